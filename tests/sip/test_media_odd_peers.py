"""Peers unlike most: with G.729 alone, without RFC 4733, without an offer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from firmware.dsp.spandsp import DtmfReceiver
from tests.support.rtp import RtpEnd
from tests.support.sipp import Sipp
from tests.support.site import ALIKE, BOB, BOB_SAYS, BOX, TALK_S, WINDOW_S, Site
from tests.support.sound import Samples, fingerprint, likeness
from tests.support.waiting import until

SILENCE = np.zeros(8000, np.int16)


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


def test_g_729_carries_sound(site: Site, tmp_path: Path) -> None:
    keys = {"address": "[media_ip]", "port": "[media_port]"}  # sipp's own, which echoes
    with answering(site, tmp_path, formats="18", attributes="a=rtpmap:18 G729/8000", **keys):
        until(lambda: [call["codec"] for call in site.box.calls()] == ["G729"], 3, "G.729")
        said = fingerprint(99, 1.5)

        def comes_back() -> bool:
            site.box.phone(1).play(said, tmp_path)
            heard = site.box.phone(1).record(1.0, tmp_path)
            # G.729 makes much of noise its own: 0.6 is all that is alike afterwards; another noise has 0.2.
            return likeness(said, heard, window_s=0.1).correlation > 0.45

        until(comes_back, TALK_S, "the echo")


def test_a_peer_without_rfc_4733_hears_digits_as_tones(site: Site, tmp_path: Path) -> None:
    with RtpEnd(SILENCE) as end:
        keys = {"address": end.address, "port": str(end.port), "formats": "0", "attributes": "a=rtpmap:0 PCMU/8000"}
        with answering(site, tmp_path, **keys):
            site.box.phone(1).dial("2580")
            # A busy machine tears a tone in two, and a tone has no number that would tell.
            until(
                lambda: re.sub(r"(.)\1+", r"\1", DtmfReceiver().feed(end.heard().tobytes())) == "2580", 5, "the tones"
            )


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
