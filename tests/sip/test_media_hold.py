"""Holding and taking back, from both sides; and sessions whose far end vanished."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED
from tests.support.rtp import RtpEnd
from tests.support.scenes import changed
from tests.support.sipp import Sipp
from tests.support.site import ALIKE, BOB, BOB_SAYS, BOX, CAROL, TALK_S, WINDOW_S, Site
from tests.support.sound import Samples, fingerprint, likeness
from tests.support.waiting import until

# baresip 1.0 writes down nothing of what it hears after a hold: where that matters, the far end is sipp and ours.
CAROL_SAYS = fingerprint(78, 30.0)
REFRESH_S = 55.0  # half of the shortest session that RFC 4028 allows (90 s), with time to spare
VANISHED_S = 30.0  # two thirds of it, or 32 s before its end, counted from the refresh


def media_address(sipp: Sipp) -> tuple[str, int]:
    """Where the box's first offer wants its audio."""
    lines = [line for line in sipp.messages().splitlines() if line.startswith(("c=IN IP4 ", "m=audio "))]
    media, connection = sorted(lines[:2], reverse=True)
    return connection.split()[2], int(media.split()[1])


def hears(site: Site, folder: Path, said: Samples, phone: int = 1) -> bool:
    """Whether the telephone hears that in the next second."""
    return likeness(said, site.box.phone(phone).record(1.0, folder), window_s=WINDOW_S).correlation > ALIKE


def is_heard(site: Site, folder: Path, end: RtpEnd) -> bool:
    """Whether what telephone 1 says in the next second arrives at the far end."""
    said, before = fingerprint(4243, 1.0), len(end.heard())
    site.box.phone(1).play(said, folder, background=False)
    return likeness(said, end.heard()[before:], window_s=WINDOW_S).correlation > ALIKE


@contextmanager
def talking(site: Site, folder: Path, scenario: str, **keys: str) -> Iterator[tuple[Sipp, RtpEnd]]:
    """Telephone 1 called a far end that holds or is held as the scenario says; both hear each other."""
    with RtpEnd(BOB_SAYS) as end:
        keys |= {"address": end.address, "port": str(end.port)}
        with Sipp(folder, scenario, keys=keys, time_out_s=60) as far:
            site.use_peer(f"{far.address}:{far.port}")
            site.box.phone(1).lift_and_dial(BOB)
            site.box.wait_line("fxs1", "talking")
            end.target = media_address(far)
            until(lambda: hears(site, folder, BOB_SAYS), TALK_S, "the far end is heard")
            yield far, end
            site.box.phone(1).hang_up()
            outcome = far.outcome()
            assert outcome.exit_code == 0, outcome.errors


def test_a_flash_holds_the_far_end_and_another_takes_it_back(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with talking(site, tmp_path, "held") as (far, end):
        until(lambda: is_heard(site, tmp_path, end), TALK_S, "the telephone is heard")
        phone.flash()
        site.box.wait_line("fxs1", "dial-tone")
        phone.wait_tone("dial")
        assert site.box.line("fxs1")["has_held_call"]
        until(lambda: "a=sendonly" in far.messages(), 3, "the far end is told")
        assert site.box.calls()[0]["state"] == "held"
        assert not hears(site, tmp_path, BOB_SAYS)
        phone.flash()
        site.box.wait_line("fxs1", "talking")
        until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "the far end is heard again")
        until(lambda: is_heard(site, tmp_path, end), TALK_S, "the telephone is heard again")
        assert site.box.calls()[0]["state"] == "talking"


@pytest.mark.parametrize(("direction", "taken"), [("sendonly", "a=recvonly"), ("inactive", "a=inactive")])
def test_the_far_end_holds_and_resumes(site: Site, tmp_path: Path, direction: str, taken: str) -> None:
    with talking(site, tmp_path, "holds", direction=direction) as (far, end):
        until(lambda: taken in far.messages(), 10, "the hold is taken")
        until(lambda: not is_heard(site, tmp_path, end), 3, "the telephone is not heard any more")
        assert site.box.line("fxs1")["state"] == "talking"
        until(lambda: far.messages().count("ACK sip:") == 3, 10, "the resumption is taken")
        until(lambda: is_heard(site, tmp_path, end), TALK_S, "the telephone is heard again")
        until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "the far end is heard again")


def test_an_encrypted_call_is_held_and_taken_back(site: Site, tmp_path: Path) -> None:
    site.register("tls", srtp="required")
    phone = site.box.phone(1)
    with site.person(tmp_path, transport="tls", srtp="srtp-mand") as bob:
        bob.dial(BOX)
        phone.wait("ringing", True)
        phone.lift()
        bob.wait_for(ESTABLISHED)
        site.assert_talk(1, bob, tmp_path)
        phone.flash()
        site.box.wait_line("fxs1", "dial-tone")
        until(lambda: "a=sendonly" in bob.sip_trace(), 3, "the far end is told")
        phone.flash()
        site.box.wait_line("fxs1", "talking")
        until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "the far end is heard again")


def test_hasty_flashes_end_in_audio(site: Site, tmp_path: Path) -> None:
    """The second comes while the far end has not answered the first: one re-INVITE at a time."""
    site.register("tcp")
    phone = site.box.phone(1)
    with site.person(tmp_path, transport="tcp", answers="auto") as bob:
        phone.lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        bob.freeze()
        phone.flash()
        site.box.wait_line("fxs1", "dial-tone")
        phone.flash()
        site.box.wait_line("fxs1", "talking")
        bob.thaw()
        until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "the far end is heard")
        offers = [m.body for m in site.registrar.requests("INVITE", site.address) if m.header("To").find("tag=") > 0]
        assert ["a=sendonly" in offer for offer in offers[-2:]] == [True, False]


def test_both_hold_and_both_come_back(site: Site, tmp_path: Path) -> None:
    site.register()
    phone = site.box.phone(1)
    with site.person(tmp_path, answers="auto") as bob:
        phone.lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        phone.flash()
        site.box.wait_line("fxs1", "dial-tone")
        until(lambda: "a=sendonly" in bob.sip_trace(), 3, "the far end is told")
        bob.hold()
        phone.flash()
        site.box.wait_line("fxs1", "talking")
        bob.resume()
        until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "the far end is heard")


@pytest.fixture
def british(site: Site) -> Iterator[Site]:
    """Telephones whose R swaps two calls; in the US it makes a three-way call of them."""
    site.box.fault(country="UK")
    with changed(site.box, country="UK"):
        yield site
        site.tidy()
    site.box.fault(country="US")


def test_a_second_call_is_made_while_the_first_is_held(british: Site, tmp_path: Path) -> None:
    site = british
    site.register()
    phone = site.box.phone(1)
    with (
        site.person(tmp_path, answers="auto") as bob,
        site.person(tmp_path, CAROL, answers="auto", plays=CAROL_SAYS) as carol,
    ):
        phone.lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        phone.flash()
        site.box.wait_line("fxs1", "dial-tone")
        phone.dial(CAROL)
        carol.wait_for(ESTABLISHED)
        until(lambda: hears(site, tmp_path, CAROL_SAYS), TALK_S, "the second is heard")
        phone.flash()
        until(lambda: hears(site, tmp_path, BOB_SAYS), TALK_S, "the first is heard")
        bob.hang_up()
        phone.wait_tone("busy")
        phone.hang_up()
        phone.wait("ringing", True)  # a call forgotten on hold rings back
        phone.lift()
        until(lambda: hears(site, tmp_path, CAROL_SAYS), TALK_S, "the second is heard again")
        phone.hang_up()
        carol.wait_for(CLOSED)


def test_the_far_end_may_not_send_us_elsewhere(site: Site, tmp_path: Path) -> None:
    """A REFER is refused: whoever calls must not make this box dial."""
    site.register()
    with site.person(tmp_path, answers="auto") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        before = [len(site.registrar.requests(method, site.address)) for method in ("INVITE", "BYE")]
        bob.transfer(f"sip:{CAROL}@example.test")
        until(lambda: "603 Decline" in bob.sip_trace(), 5, "the refusal")
        # baresip hangs up on a refusal; the box itself neither dialled nor hung up.
        until(lambda: "BYE sip:" in bob.sip_trace(), 5, "the end")
        assert "202 Accepted" not in bob.sip_trace()
        assert [len(site.registrar.requests(method, site.address)) for method in ("INVITE", "BYE")] == before


@pytest.mark.timeout(180)
def test_sessions_are_refreshed_and_those_whose_far_end_vanished_end(site: Site, tmp_path: Path) -> None:
    keys = {"rtp": "[media_port]"}
    with (
        Sipp(tmp_path / "kept", "session", keys=keys | {"refresher": "uac"}, time_out_s=100) as kept,
        Sipp(tmp_path / "vanished", "session", keys=keys | {"refresher": "uas"}, time_out_s=100) as vanished,
    ):
        for number, far in ((1, kept), (2, vanished)):
            site.use_peer(f"{far.address}:{far.port}")
            site.box.phone(number).lift_and_dial(BOB)
            site.box.wait_line(f"fxs{number}", "talking")
        until(lambda: kept.messages().count("INVITE sip:") >= 2, REFRESH_S, "the refresh")
        assert vanished.messages().count("INVITE sip:") == 1
        site.box.phone(2).wait_tone("congestion", VANISHED_S)
        assert "BYE sip:" in vanished.messages()
        assert site.box.line("fxs1")["state"] == "talking"
        site.box.phone(1).hang_up()
        assert kept.outcome().exit_code == 0
