"""Calls through a trunk, out and in: who hears whom, who hangs up, and which tone says what went wrong."""

from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED, INCOMING, RINGING
from tests.support.registrar import Registrar
from tests.support.sipp import Sipp
from tests.support.site import BOB, BOX, CAROL, DAVE, DOMAIN, USERS, Site
from tests.support.waiting import until

TRANSPORTS = ["udp", "tcp", "tls"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_call_out_is_heard_both_ways(site: Site, tmp_path: Path, transport: str) -> None:
    site.register(transport)
    phone = site.box.phone(1)
    with site.person(tmp_path, transport=transport) as bob:
        phone.lift_and_dial(BOB)
        assert bob.wait_for(INCOMING).peer == f"sip:{BOX}@{DOMAIN}"
        phone.wait_tone("ringback")
        bob.answer()
        site.box.wait_line("fxs1", "talking")
        site.assert_talk(1, bob, tmp_path)
        phone.hang_up()
        bob.wait_for(CLOSED)
    registers = site.registrar.requests("REGISTER", site.address)
    register = [message for message in registers if message.header("Expires") != "0"][-1]
    assert register.transport == transport
    assert "Digest" in register.header("Authorization")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_call_in_rings_all_telephones_and_is_heard_both_ways(site: Site, tmp_path: Path, transport: str) -> None:
    site.register(transport)
    with site.person(tmp_path, transport=transport) as bob:
        bob.dial(BOX)
        site.box.phone(1).wait("ringing", True)
        site.box.phone(2).wait("ringing", True)
        bob.wait_for(RINGING)
        site.box.phone(2).lift()
        bob.wait_for(ESTABLISHED)
        site.box.phone(1).wait("ringing", False)
        site.assert_talk(2, bob, tmp_path)
        bob.hang_up()
        site.box.phone(2).wait_tone("busy")


def test_the_far_end_of_a_call_out_may_hang_up_and_the_telephone_that_of_a_call_in(site: Site, tmp_path: Path) -> None:
    site.register()
    phone = site.box.phone(1)
    with site.person(tmp_path, answers="auto") as bob:
        phone.lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        bob.hang_up()
        phone.wait_tone("busy")
        phone.hang_up()
        site.box.wait_line("fxs1", "on-hook")
        bob.dial(BOX)
        phone.wait("ringing", True)
        phone.lift()
        bob.wait_for(ESTABLISHED)
        phone.hang_up()
        bob.wait_for(CLOSED)


@pytest.mark.parametrize(
    ("number", "tone"),
    [
        ("5559486", "busy"),
        ("5559603", "busy"),
        ("5559480", "congestion"),
        ("5559503", "congestion"),
        ("5559404", "congestion"),  # after three notes that say that the number is wrong
    ],
)
def test_what_went_wrong_is_heard(site: Site, number: str, tone: str) -> None:
    site.register()
    phone = site.box.phone(1)
    phone.lift_and_dial(number)
    if number.endswith("404"):
        until(lambda: _is_note((phone.state["tone"] or {"hz": []})["hz"]), 5, "a note")
    phone.wait_tone(tone)
    assert site.box.calls() == []


def _is_note(hz: list[int]) -> bool:
    return len(hz) == 1 and any(abs(hz[0] - note) < 15 for note in (985, 1371, 1777))


def test_nobody_answers_a_call_out(site: Site, tmp_path: Path) -> None:
    site.register()
    site.box.set(calls__no_answer_s=5)
    with site.person(tmp_path) as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(INCOMING)
        bob.wait_for(CLOSED)
        assert site.registrar.requests("CANCEL", site.address)
        site.box.phone(1).wait_tone("congestion")
    site.box.set(calls__no_answer_s=60)


def test_nobody_answers_a_call_in(site: Site, tmp_path: Path) -> None:
    site.register()
    site.box.set(calls__no_answer_s=5)
    with site.person(tmp_path) as bob:
        bob.dial(BOX)
        site.box.phone(1).wait("ringing", True)
        assert bob.wait_for(CLOSED).parameter.startswith("480")
        site.box.phone(1).wait("ringing", False)
        site.box.phone(2).wait("ringing", False)
    site.box.set(calls__no_answer_s=60)


def test_a_caller_outside_gives_up_and_the_telephones_stop_ringing(site: Site, tmp_path: Path) -> None:
    site.register()
    with site.person(tmp_path) as bob:
        bob.dial(BOX)
        site.box.phone(1).wait("ringing", True)
        bob.wait_for(RINGING)
        bob.hang_up()
        site.box.phone(1).wait("ringing", False, 2)
        site.box.phone(2).wait("ringing", False, 2)


def test_a_caller_inside_gives_up_and_the_far_end_stops_ringing(site: Site, tmp_path: Path) -> None:
    site.register()
    with site.person(tmp_path) as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(INCOMING)
        site.box.phone(1).hang_up()
        bob.wait_for(CLOSED)
        assert site.registrar.requests("CANCEL", site.address)


def test_busy_telephones_are_busy_to_a_caller_outside(site: Site, tmp_path: Path) -> None:
    site.register()
    site.box.phone(1).lift()
    site.box.phone(2).lift()
    site.box.wait_line("fxs2", "dial-tone")
    with site.person(tmp_path) as bob:
        bob.dial(BOX)
        assert bob.wait_for(CLOSED).parameter.startswith("486")


def test_there_are_two_voice_channels_and_no_third(site: Site, tmp_path: Path) -> None:
    site.register()
    with (
        site.person(tmp_path, answers="auto") as bob,
        site.person(tmp_path, CAROL) as carol,
        site.person(tmp_path, DAVE) as dave,
    ):
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        carol.dial(BOX)
        site.box.phone(2).wait("ringing", True)
        site.box.phone(2).lift()
        carol.wait_for(ESTABLISHED)
        dave.dial(BOX)
        dave.wait_for(CLOSED)  # busy, not out of order: a proxy would turn a 503 into a 500 (RFC 3261 section 16.7)
        assert site.registrar.messages("INVITE", site.address)[-1].start_line.startswith("SIP/2.0 486")
        site.box.phone(1).flash()
        site.box.wait_line("fxs1", "dial-tone")
        site.box.phone(1).dial(DAVE)
        site.box.phone(1).wait_tone("congestion")
        site.assert_talk(2, carol, tmp_path)


def test_a_stranger_is_refused_and_told_once(site: Site, tmp_path: Path) -> None:
    site.register()
    stranger = Sipp(tmp_path, "call", target=site.place, service=BOX, calls=2)
    outcome = stranger.run()
    assert outcome.failed == 2
    assert "403 Forbidden" in outcome.errors
    assert not site.box.phone(1).state["ringing"]
    assert site.new_log().count(f"calls from {stranger.address} are refused") == 1


def test_a_trunk_that_nobody_serves_gives_congestion_soon(site: Site) -> None:
    trunk = site.trunk(outbound_proxy=f"{site.address}:9", is_registering=False)
    site.use(trunk)
    site.box.wait_trunk(trunk["name"], "registered")
    phone = site.box.phone(1)
    phone.lift_and_dial(BOB)
    phone.wait_tone("congestion", 12)


def test_accounts_that_are_alike_are_told_apart_by_their_servers(site: Site, tmp_path: Path) -> None:
    """One user name at two services, both over UDP: the engine cannot tell whose a call is."""
    with Registrar(tmp_path / "own", USERS, domain=DOMAIN) as other:
        trunks = [site.trunk("udp"), site.trunk("udp", other)]
        site.use(*trunks)
        for trunk in trunks:
            site.box.wait_trunk(trunk["name"], "registered")
        for registrar in (site.registrar, other):
            with site.person(tmp_path / registrar.address, registrar=registrar) as bob:
                bob.dial(BOX)
                site.box.phone(1).wait("ringing", True)
                site.box.phone(1).lift()
                bob.wait_for(ESTABLISHED)
                site.assert_talk(1, bob, tmp_path)
                bob.hang_up()
                site.box.phone(1).wait_tone("busy")
                site.box.phone(1).hang_up()
                site.box.wait_line("fxs1", "on-hook")
