"""Codecs in the order of the settings, each heard both ways; and RTP from another port than the SDP says."""

import re
from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED
from tests.support.rtp import RtpEnd
from tests.support.scenes import changed
from tests.support.sipp import Sipp
from tests.support.site import ALIKE, BOB, BOX, TALK_S, WINDOW_S, Site
from tests.support.sound import Samples, fingerprint, likeness
from tests.support.waiting import until

ALL = ["pcma", "pcmu", "g722", "opus"]
OF_BARESIP = {"pcma": "pcma/8000/1", "pcmu": "pcmu/8000/1", "g722": "g722/16000/1", "opus": "opus/48000/2"}


def first(codec: str) -> list[str]:
    return [codec, *(other for other in ALL if other != codec)]


def used(site: Site) -> str:
    """The codec of the call, as the settings name it; "" while there is none."""
    return "".join(call["codec"] for call in site.box.calls()).lower()


def offered(site: Site) -> list[str]:
    """Codecs in the box's last offer, in its order."""
    body = [message for message in site.registrar.requests("INVITE", site.address) if message.body][-1].body
    names = {"0": "pcmu", "8": "pcma", "9": "g722", "18": "g729"}  # RFC 3551 section 6
    names |= {kind: name.lower() for kind, name in re.findall(r"^a=rtpmap:(\d+) ([^/\s]+)", body, re.MULTILINE)}
    found = re.search(r"^m=audio \d+ \S+ (.*?)\s*$", body, re.MULTILINE)
    assert found
    return [name for kind in found.group(1).split() if (name := names[kind]) != "telephone-event"]


@pytest.mark.parametrize("codec", ALL)
def test_the_first_codec_of_the_settings_is_offered_first_and_heard_both_ways(
    site: Site, tmp_path: Path, codec: str
) -> None:
    site.register()
    with (
        changed(site.box, codecs=first(codec)),
        site.person(tmp_path, answers="auto", codecs=[OF_BARESIP[name] for name in first(codec)]) as bob,
    ):
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        site.box.wait_line("fxs1", "talking")
        assert offered(site) == first(codec)
        until(lambda: used(site) == codec, 5, f"{codec}: {used(site)}")
        site.assert_talk(1, bob, tmp_path)
        site.box.phone(1).hang_up()
        bob.wait_for(CLOSED)


@pytest.mark.parametrize("codec", ALL)
def test_a_caller_has_the_one_codec_that_it_offers(site: Site, tmp_path: Path, codec: str) -> None:
    site.register()
    last = [*(other for other in ALL if other != codec), codec]
    with changed(site.box, codecs=last), site.person(tmp_path, codecs=[OF_BARESIP[codec]]) as bob:
        bob.dial(BOX)
        site.box.phone(1).wait("ringing", True)
        site.box.phone(1).lift()
        bob.wait_for(ESTABLISHED)
        until(lambda: used(site) == codec, 5, f"{codec}: {used(site)}")
        site.assert_talk(1, bob, tmp_path)
        site.box.phone(1).hang_up()
        bob.wait_for(CLOSED)


def test_another_order_counts_from_the_next_call_on_and_the_call_that_is_up_goes_on(site: Site, tmp_path: Path) -> None:
    site.register()
    phone = site.box.phone(1)
    both = [OF_BARESIP["pcmu"], OF_BARESIP["pcma"]]
    with changed(site.box, codecs=["pcma", "pcmu"]), site.person(tmp_path, answers="auto", codecs=both) as bob:
        phone.lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        until(lambda: used(site) == "pcma", 5, "pcma")
        site.box.set(codecs=["pcmu", "pcma"])
        site.assert_talk(1, bob, tmp_path)
        assert used(site) == "pcma"
        phone.hang_up()
        bob.wait_for(CLOSED)
        site.box.wait_line("fxs1", "on-hook")
        phone.lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        until(lambda: used(site) == "pcmu", 5, "pcmu")
        assert offered(site) == ["pcmu", "pcma"]
        site.assert_talk(1, bob, tmp_path)
        phone.hang_up()
        bob.wait_for(CLOSED)


def test_without_a_common_codec_there_is_no_call(site: Site, tmp_path: Path) -> None:
    site.register()
    with changed(site.box, codecs=["pcma"]), site.person(tmp_path, answers="auto") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        site.box.phone(1).wait_tone("congestion")
        site.box.phone(1).hang_up()
        site.box.wait_line("fxs1", "on-hook")
        assert bob.wait_for(CLOSED).parameter == "No audio codecs"
        bob.dial(BOX)
        assert bob.wait_for(CLOSED).parameter.startswith("488")
        assert not site.box.phone(1).state["ringing"]


def test_who_sends_from_another_port_than_its_sdp_says_is_answered_there(site: Site, tmp_path: Path) -> None:
    says = fingerprint(93, 5.0)
    with RtpEnd(says) as behind_nat, Sipp(tmp_path / "far", "answer", time_out_s=60) as far:
        trunk = site.trunk(outbound_proxy=f"{far.address}:{far.port}", is_registering=False)
        site.use(trunk)
        site.box.wait_trunk(trunk["name"], "registered")
        phone = site.box.phone(1)
        phone.lift_and_dial(BOB)
        site.box.wait_line("fxs1", "talking")
        port = re.search(r"^m=audio (\d+)", far.messages(), re.MULTILINE)  # the first is the offer's
        assert port
        behind_nat.target = (site.address, int(port.group(1)))
        assert_both_hear(site, behind_nat, says, tmp_path)
        assert behind_nat.sources == {behind_nat.target}
        phone.hang_up()
        assert far.outcome().exit_code == 0


def assert_both_hear(site: Site, end: RtpEnd, says: Samples, folder: Path) -> None:
    said, phone = fingerprint(94, 1.5), site.box.phone(1)

    def both_hear() -> bool:
        phone.play(said, folder)
        heard = phone.record(1.2, folder)
        alike.append(
            (
                likeness(says, heard, window_s=WINDOW_S).correlation,
                likeness(said, end.heard(), window_s=WINDOW_S).correlation,
            )
        )
        return min(alike[-1]) > ALIKE

    alike: list[tuple[float, float]] = []
    until(both_hear, TALK_S, f"both hear: {alike}")
