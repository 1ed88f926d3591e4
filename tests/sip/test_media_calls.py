"""The audio of calls through a trunk: codecs, digits, early media, where RTP comes from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from firmware.dsp.spandsp import DtmfReceiver
from tests.support.baresip import ESTABLISHED
from tests.support.rtp import RtpEnd
from tests.support.sipp import Sipp
from tests.support.site import ALIKE, BOB, BOB_SAYS, BOX, TALK_S, WINDOW_S, Site
from tests.support.sound import Samples, fingerprint, likeness, read_wav
from tests.support.waiting import until

SILENCE = np.zeros(8000, np.int16)
DEFAULT_CODECS = ["g722", "pcma", "pcmu", "opus", "g729"]


def media_address(sipp: Sipp) -> tuple[str, int]:
    """Where the last offer that sipp received wants its audio."""
    lines = [line for line in sipp.messages().splitlines() if line.startswith(("c=IN IP4 ", "m=audio "))]
    offer = lines[:2] if lines[0].startswith("c=") else lines[1::-1]
    return offer[0].split()[2], int(offer[1].split()[1])


def hears(site: Site, folder: Path, said: Samples, phone: int = 1) -> bool:
    """Whether the telephone hears that in the next second."""
    return likeness(said, site.box.phone(phone).record(1.0, folder), window_s=WINDOW_S).correlation > ALIKE


def is_heard(site: Site, folder: Path, end: RtpEnd, phone: int = 1) -> bool:
    """Whether what the telephone says in the next second arrives at this end."""
    said = fingerprint(4242, 1.0)
    before = len(end.heard())
    site.box.phone(phone).play(said, folder, background=False)
    return likeness(said, end.heard()[before:], window_s=WINDOW_S).correlation > ALIKE


@contextmanager
def answering(site: Site, folder: Path, **keys: str) -> Iterator[Sipp]:
    """The box's trunk leads to a sipp that answers; telephone 1 called it."""
    with Sipp(folder, "answer-at", keys=keys, echoes=True) as sipp:
        site.use_peer(f"{sipp.address}:{sipp.port}")
        site.box.phone(1).lift_and_dial(BOB)
        site.box.wait_line("fxs1", "talking")
        yield sipp
        site.box.phone(1).hang_up()
        assert sipp.outcome().exit_code == 0


# ---- codecs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "theirs", "name"),
    [
        ("g722", "g722/16000/1", "G722"),
        ("opus", "opus/48000/2", "opus"),
        ("pcma", "pcma/8000/1", "PCMA"),
        ("pcmu", "pcmu/8000/1", "PCMU"),
    ],
)
def test_every_codec_carries_sound_both_ways(site: Site, tmp_path: Path, codec: str, theirs: str, name: str) -> None:
    site.register()
    with site.person(tmp_path, codecs=[theirs], answers="auto") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        until(lambda: [call["codec"].lower() for call in site.box.calls()] == [name.lower()], 3, name)
        site.assert_talk(1, bob, tmp_path)


def test_g_729_carries_sound(site: Site, tmp_path: Path) -> None:
    keys = {"address": "[media_ip]", "port": "[media_port]"}  # sipp's own, which echoes
    with answering(site, tmp_path, formats="18", attributes="a=rtpmap:18 G729/8000", **keys):
        until(lambda: [call["codec"] for call in site.box.calls()] == ["G729"], 3, "G.729")
        said = fingerprint(99, 1.5)

        def comes_back() -> bool:
            site.box.phone(1).play(said, tmp_path)
            return hears(site, tmp_path, said)

        until(comes_back, TALK_S, "the echo")


def test_codecs_are_offered_in_the_order_of_the_setting(site: Site) -> None:
    site.register()
    for order, payloads in (
        (["pcmu", "g722", "pcma"], ["0", "9", "8"]),
        (["g729", "pcma"], ["18", "8"]),
        (DEFAULT_CODECS, ["9", "8", "0", "96", "18"]),
    ):
        site.box.set(codecs=order)
        site.box.phone(1).lift_and_dial("5559486")
        site.box.phone(1).wait_tone("busy")
        site.box.phone(1).hang_up()
        site.box.wait_line("fxs1", "on-hook")
        body = [message.body for message in site.registrar.requests("INVITE", site.address) if message.body][-1]
        (media,) = [line for line in body.splitlines() if line.startswith("m=")]
        offered = media.split()[3:]
        assert offered[: len(payloads)] == payloads
        assert len(offered) - len(payloads) <= 2  # telephone-event at 8 and at 48 kHz


# ---- digits ------------------------------------------------------------------------------------------


def test_digits_go_out_and_come_in_as_rfc_4733(site: Site, tmp_path: Path) -> None:
    site.register()
    with site.person(tmp_path, answers="auto", plays=SILENCE) as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        site.box.phone(1).dial("159*#0")
        until(lambda: bob.digits() == "159*#0", 10, f"the digits: {bob.digits()}")
        site.box.phone(1).do("record", seconds=4.0, path=str(tmp_path / "digits.wav"), background=True)
        bob.send_digits("73*#")
        until((tmp_path / "digits.wav").exists, 10, "the recording")
        assert DtmfReceiver().feed(read_wav(tmp_path / "digits.wav")[0].tobytes()) == "73*#"


def test_a_peer_without_rfc_4733_hears_digits_as_tones(site: Site, tmp_path: Path) -> None:
    with RtpEnd(SILENCE) as end:
        keys = {"address": end.address, "port": str(end.port), "formats": "0", "attributes": "a=rtpmap:0 PCMU/8000"}
        with answering(site, tmp_path, **keys):
            site.box.phone(1).dial("2580")
            # A busy machine tears a tone in two, and a tone has no number that would tell.
            until(
                lambda: re.sub(r"(.)\1+", r"\1", DtmfReceiver().feed(end.heard().tobytes())) == "2580", 5, "the tones"
            )


# ---- early media -------------------------------------------------------------------------------------


def test_what_is_said_before_the_answer_is_heard_in_place_of_ringback(site: Site, tmp_path: Path) -> None:
    with RtpEnd(BOB_SAYS) as end:
        keys = {"address": end.address, "port": str(end.port)}
        with Sipp(tmp_path, "early", keys=keys) as sipp:
            site.use_peer(f"{sipp.address}:{sipp.port}")
            phone = site.box.phone(1)
            phone.lift_and_dial(BOB)
            phone.wait_tone("ringback", 3)
            end.target = media_address(sipp)
            until(lambda: hears(site, tmp_path, BOB_SAYS), 4, "early media")
            until(lambda: sipp.messages().count("180 Ringing") == 2, 5, "the second 180")
            assert hears(site, tmp_path, BOB_SAYS), "it is not drowned by ringback"
            assert site.box.line("fxs1")["state"] == "calling"
            site.box.wait_line("fxs1", "talking")
            until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "the answer")
            until(lambda: is_heard(site, tmp_path, end), TALK_S, "the telephone")
            phone.hang_up()
            assert sipp.outcome().exit_code == 0


# ---- where RTP comes from ----------------------------------------------------------------------------


def test_audio_goes_back_to_where_it_comes_from(site: Site, tmp_path: Path) -> None:
    """As behind a router: the SDP names an address from which nothing comes."""
    with RtpEnd(SILENCE) as named, RtpEnd(BOB_SAYS) as real:
        keys = {"address": named.address, "port": str(named.port), "formats": "0", "attributes": "a=rtpmap:0 PCMU/8000"}
        with answering(site, tmp_path, **keys) as sipp:
            real.target = media_address(sipp)
            until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "it is heard")
            until(lambda: is_heard(site, tmp_path, real), TALK_S, "it hears")
            assert real.sources == {media_address(sipp)}, "one port for both ways"


def test_a_call_without_an_offer_is_offered_by_the_answer(site: Site, tmp_path: Path) -> None:
    with RtpEnd(BOB_SAYS) as end:
        keys = {"address": end.address, "port": str(end.port)}
        caller = Sipp(tmp_path, "call-late", target=site.place, service=BOX, talk_ms=6000, keys=keys)
        site.use_peer(f"{caller.address}:{caller.port}")
        with caller:
            site.box.phone(1).wait("ringing", True)
            site.box.phone(1).lift()
            until(lambda: "m=audio" in caller.messages(), 5, "the offer")
            end.target = media_address(caller)
            until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "the caller")
            assert is_heard(site, tmp_path, end)
            assert caller.outcome().exit_code == 0
        site.box.phone(1).wait_tone("busy")
