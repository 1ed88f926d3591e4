"""Holding and taking back, from both sides; sessions that are refreshed and sessions whose far end vanished."""

from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED, Baresip
from tests.support.sipp import Sipp
from tests.support.site import BOB, BOX, CAROL, Site
from tests.support.waiting import until

REFRESH_S = 55.0  # half of the shortest session that RFC 4028 allows (90 s), with time to spare
VANISHED_S = 70.0  # two thirds of it, or 32 s before its end


def last_direction(person: Baresip) -> str:
    """What the last SDP that the person received asks for."""
    trace = person.sip_trace()
    words = ("a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive")
    return max(words, key=trace.rfind)


@pytest.mark.parametrize("transport", ["udp", "tls"])
def test_a_flash_holds_the_far_end_and_another_takes_it_back(site: Site, tmp_path: Path, transport: str) -> None:
    srtp = "srtp" if transport == "tls" else ""
    site.register(transport)
    phone = site.box.phone(1)
    with site.person(tmp_path, transport=transport, srtp=srtp, answers="auto") as bob:
        phone.lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        site.assert_talk(1, bob, tmp_path)
        phone.flash()
        site.box.wait_line("fxs1", "dial-tone")
        phone.wait_tone("dial")
        assert site.box.line("fxs1")["has_held_call"]
        until(lambda: site.box.calls()[0]["state"] == "held", 2, "the call is held")
        until(lambda: "a=sendonly" in bob.sip_trace() or "a=inactive" in bob.sip_trace(), 3, "the far end is told")
        phone.flash()
        site.box.wait_line("fxs1", "talking")
        until(lambda: site.box.calls()[0]["state"] == "talking", 2, "the call is taken back")
        site.assert_talk(1, bob, tmp_path)


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
        site.assert_talk(1, bob, tmp_path)
        invites = [m for m in site.registrar.requests("INVITE", site.address) if m.header("To").find(";tag=") > 0]
        assert len(invites) >= 2


def test_the_far_end_holds_and_resumes(site: Site, tmp_path: Path) -> None:
    site.register()
    with site.person(tmp_path) as bob:
        bob.dial(BOX)
        site.box.phone(1).wait("ringing", True)
        site.box.phone(1).lift()
        bob.wait_for(ESTABLISHED)
        site.assert_talk(1, bob, tmp_path)
        bob.hold()
        until(lambda: last_direction(bob) in ("a=recvonly", "a=inactive"), 3, "the hold is taken")
        site.assert_silence(1, bob, tmp_path)
        bob.resume()
        until(lambda: last_direction(bob) == "a=sendrecv", 3, "the resumption is taken")
        site.assert_talk(1, bob, tmp_path)


def test_both_hold_and_both_come_back(site: Site, tmp_path: Path) -> None:
    site.register()
    phone = site.box.phone(1)
    with site.person(tmp_path, answers="auto") as bob:
        phone.lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        phone.flash()
        site.box.wait_line("fxs1", "dial-tone")
        bob.hold()
        phone.flash()
        site.box.wait_line("fxs1", "talking")
        bob.resume()
        until(lambda: last_direction(bob) == "a=sendrecv", 5, "both are back")
        site.assert_talk(1, bob, tmp_path)


def test_a_second_call_is_made_while_the_first_is_held(site: Site, tmp_path: Path) -> None:
    site.register()
    phone = site.box.phone(1)
    with (
        site.person(tmp_path, answers="auto") as bob,
        site.person(tmp_path, CAROL, answers="auto") as carol,
    ):
        phone.lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        phone.flash()
        site.box.wait_line("fxs1", "dial-tone")
        phone.dial(CAROL)
        carol.wait_for(ESTABLISHED)
        site.assert_talk(1, carol, tmp_path)
        phone.flash()  # swaps
        site.assert_talk(1, bob, tmp_path)
        bob.hang_up()
        phone.wait_tone("busy")
        phone.hang_up()
        phone.wait("ringing", True)  # a call forgotten on hold rings back
        phone.lift()
        site.assert_talk(1, carol, tmp_path)
        phone.hang_up()
        carol.wait_for(CLOSED)


def test_the_far_end_may_not_send_us_elsewhere(site: Site, tmp_path: Path) -> None:
    """A REFER is refused: whoever calls must not make this box dial."""
    site.register()
    with site.person(tmp_path, answers="auto") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        before = len(site.registrar.requests("INVITE", site.address))
        bob.transfer(f"sip:{CAROL}@example.test")
        until(lambda: "603 Decline" in bob.sip_trace(), 5, "the refusal")
        site.assert_talk(1, bob, tmp_path)
        assert len(site.registrar.requests("INVITE", site.address)) == before


@pytest.mark.timeout(180)
def test_sessions_are_refreshed_and_those_whose_far_end_vanished_end(site: Site, tmp_path: Path) -> None:
    keys = {"rtp": "[media_port]"}
    with (
        Sipp(tmp_path / "kept", "session", keys=keys | {"refresher": "uac"}, time_out_s=100) as kept,
        Sipp(tmp_path / "vanished", "session", keys=keys | {"refresher": "uas"}, time_out_s=100) as vanished,
    ):
        first = site.trunk("udp", outbound_proxy=f"{kept.address}:{kept.port}", is_registering=False)
        second = site.trunk("udp", outbound_proxy=f"{vanished.address}:{vanished.port}", is_registering=False)
        for number, trunk in ((1, first), (2, second)):
            site.use(trunk)
            site.box.wait_trunk(trunk["name"], "registered")
            site.box.phone(number).lift_and_dial(BOB)
            site.box.wait_line(f"fxs{number}", "talking")
        assert "Session-Expires: 1800" in kept.messages() and "Supported:" in kept.messages()
        until(lambda: kept.messages().count("INVITE sip:") >= 2, REFRESH_S, "the refresh")
        assert vanished.messages().count("INVITE sip:") == 1
        site.box.phone(2).wait_tone("busy", VANISHED_S - REFRESH_S + 30)
        assert "BYE sip:" in vanished.messages()
        assert site.box.line("fxs1")["state"] == "talking"
        site.box.phone(1).hang_up()
        assert kept.outcome().exit_code == 0
