"""Emergency calls of a whole box: whatever else is so, they go out."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from firmware.records import FILE_NAME
from tests.support.baresip import CLOSED, ESTABLISHED
from tests.support.exchange_scenes import arranged
from tests.support.house import House
from tests.support.raw_phone import RawPhone
from tests.support.scenes import put_down
from tests.support.sipp import Sipp
from tests.support.waiting import until

HURRY_S = 3.0
SLACK_S = 0.5  # of a machine that runs other tests too


@pytest.fixture(scope="module")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = {"country": "US", "dialling__digit_map": "", "registrar__guesses_max": 3, "registrar__ban_s": 60}
    with House(tmp_path_factory.mktemp("house"), **settings) as house:
        yield house


@pytest.fixture
def house(house: House) -> Iterator[House]:
    """No trunk and no route, afterwards."""
    yield house
    house.use(outbound_routes=[])


@pytest.mark.parametrize("fails", ["503 Service Unavailable", "silent"])
def test_an_emergency_call_gets_a_channel_and_the_second_trunk(house: House, tmp_path: Path, fails: str) -> None:
    with (
        house.ip_phone(tmp_path, "201") as one,
        house.ip_phone(tmp_path, "202", answers="auto") as two,
        house.ip_phone(tmp_path, "203", answers="auto") as three,
        house.failing(tmp_path / "bad", fails) as first,
        Sipp(tmp_path / "good", "answer") as second,
    ):
        peers = [house.peer(first), house.peer(f"{second.address}:{second.port}")]
        house.use(*peers)
        house.box.wait_trunk(peers[1]["name"], "registered")
        one.dial("202")
        one.wait_for(ESTABLISHED)
        two.wait_for(ESTABLISHED)
        house.box.phone(1).lift_and_dial("203")
        house.box.wait_line("fxs1", "talking")
        assert house.box.status()["channels"]["used"] == 2
        house.box.phone(2).lift_and_dial("911")
        begun = time.monotonic()
        until(lambda: "INVITE sip:911@" in second.messages(), HURRY_S + SLACK_S, "the second trunk is called")
        house.box.wait_line("fxs2", "talking")
        assert time.monotonic() - begun < HURRY_S + 2 * SLACK_S
        three.wait_for(CLOSED)
        assert house.box.line("fxs1")["state"] == "congestion-tone"
        assert house.box.status()["channels"]["used"] == 1, "an emergency call is not counted"
        house.box.phone(2).hang_up()
        one.hang_up()
        house.box.phone(1).hang_up()
        house.box.wait_idle()


def test_an_emergency_call_goes_out_with_the_digits_that_a_trunk_wants(house: House, tmp_path: Path) -> None:
    with (
        Sipp(tmp_path / "first", "refuse", keys={"status": "404 Not Found"}) as first,
        Sipp(tmp_path / "pbx", "answer") as pbx,
    ):
        peers = [house.peer(f"{far.address}:{far.port}") for far in (first, pbx)]
        house.use(*peers, outbound_routes=[{"name": "pbx", "trunks": [peers[1]["name"]], "prefix": "0"}])
        house.box.phone(2).lift_and_dial("911")
        until(lambda: "INVITE sip:0911@" in pbx.messages(), 2 * HURRY_S, "the private exchange is called")
        house.box.wait_line("fxs2", "talking")
        assert "INVITE sip:911@" in first.messages()
        put_down(house.box, 2)


def test_no_limit_and_no_permission_holds_an_emergency_call_back(house: House, tmp_path: Path) -> None:
    shut: dict[str, object] = {
        "fence__hour_calls_max": 1,
        "extensions__102__permissions": [],
        "fence__blocked": ["911"],
    }
    with Sipp(tmp_path / "far", "answer") as far, arranged(house.box, shut):
        house.use(house.peer(f"{far.address}:{far.port}"))
        before = house.box.status()["fence"]["hour_calls"]
        house.box.phone(2).lift_and_dial("911")
        house.box.wait_line("fxs2", "talking")
        put_down(house.box, 2)
        house.box.wait_idle()
        assert house.box.status()["fence"]["hour_calls"] == before, "nor is it counted"
        house.box.phone(2).lift_and_dial("2125552001")
        house.box.wait_line("fxs2", "congestion-tone")
        assert "INVITE sip:911@" in far.messages() and "2125552001" not in far.messages()


def security_events(house: House) -> list[tuple[str, str]]:
    """Kind and source of each that the box has written down."""
    with closing(sqlite3.connect(house.box.folder / FILE_NAME)) as written:
        return written.execute("SELECT kind, source FROM security_events").fetchall()


@contextmanager
def shut_out(house: House, address: str) -> Iterator[RawPhone]:
    """A telephone at an address that guessed too much."""
    with RawPhone(house.registrar_place, "202", "wrong", address=address) as guesser:
        before = house.box.log.count("security event guessing")

        def is_shut_out() -> bool:
            return guesser.register() == 0 and house.box.log.count("security event guessing") > before

        until(is_shut_out, 30, "the address is shut out")
        yield guesser


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_address_that_is_shut_out_calls_for_help_and_hangs_up(house: House, tmp_path: Path, transport: str) -> None:
    with Sipp(tmp_path / "far", "answer") as far, house.ip_phone(tmp_path, "201", transport=transport) as phone:
        house.use(house.peer(f"{far.address}:{far.port}"))
        with shut_out(house, phone.address) as guesser:
            assert guesser.ask("OPTIONS") is None
            until(lambda: ("guessing", phone.address) in security_events(house), 5, "it is written down")
            phone.dial("911")
            phone.wait_for(ESTABLISHED)
            assert guesser.ask("INVITE", "5552001", body=guesser.sdp) is None, "the rest stays shut out"
            until(lambda: len(house.box.calls()) == 1, 5, "the call is up")
            phone.hang_up()
            house.box.wait_idle()


def test_a_call_that_is_up_when_its_address_is_shut_out_goes_on_and_ends(house: House, tmp_path: Path) -> None:
    with house.ip_phone(tmp_path, "201") as one, house.ip_phone(tmp_path, "202", answers="auto") as two:
        one.dial("202")
        one.wait_for(ESTABLISHED)
        with shut_out(house, one.address):
            one.hold()
            until(lambda: [call["state"] for call in house.box.calls()] == ["held"], 5, "the call is held")
            one.hang_up()
            two.wait_for(CLOSED)
            house.box.wait_idle()
