"""Telephone functions of a whole box, as people use them on IP telephones: by codes, by REFER, by a second line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED, INCOMING, RINGING, Baresip
from tests.support.exchange_scenes import kept
from tests.support.house import House, assert_talk
from tests.support.ip_phones import PASSWORDS, SAYS, assert_hear_each_other, assert_hears, connect
from tests.support.scenes import put_down
from tests.support.sipp import Sipp
from tests.support.waiting import until


@pytest.fixture(scope="module")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house"), country="US", calls__voice_channels=4) as house:
        yield house


@pytest.fixture
def house(house: House) -> Iterator[House]:
    """Nothing that was dialled is kept."""
    yield house
    for field in ("forwarding/always", "is_do_not_disturb", "pickup_group"):
        house.box.gateway.call("settings.set", changes={f"extensions/201/{field}": None})


def dial_code(house: House, phone: Baresip, code: str, path: str, value: object) -> None:
    """The code is answered, says what it did, and hangs up: the setting is that then."""
    phone.dial(code)
    phone.wait_for(ESTABLISHED)
    phone.wait_for(CLOSED)
    until(lambda: house.box.gateway.call("settings.get", path=path) == value, 5, f"{path} is {value!r}")


def ring_102(house: House) -> None:
    """Telephone 1 calls telephone 2."""
    house.box.phone(1).lift_and_dial("102")
    house.box.phone(2).wait("ringing", True)


def test_who_does_not_want_to_be_disturbed_is_busy(house: House, tmp_path: Path) -> None:
    with house.ip_phone(tmp_path, "201") as phone:
        dial_code(house, phone, "*78", "extensions/201/is_do_not_disturb", True)
        house.box.phone(1).lift_and_dial("201")
        house.box.phone(1).wait_tone("busy")
        put_down(house.box, 1)
        dial_code(house, phone, "*79", "extensions/201/is_do_not_disturb", False)
        house.box.phone(1).lift_and_dial("201")
        phone.wait_for(INCOMING)


def test_every_call_is_forwarded_until_it_is_taken_back(house: House, tmp_path: Path) -> None:
    with house.ip_phone(tmp_path, "201") as phone:
        dial_code(house, phone, "*72102", "extensions/201/forwarding/always", "extension:102")
        house.box.phone(1).lift_and_dial("201")
        house.box.phone(2).wait("ringing", True)
        put_down(house.box, 1)
        dial_code(house, phone, "*73", "extensions/201/forwarding/always", "")
        assert [event.kind for event in phone.events].count(INCOMING) == 0


@pytest.mark.parametrize(("moved_to", "rings"), [("102", True), ("201", False), ("7", False)])
def test_a_telephone_that_forwards_by_itself_sends_the_call_where_its_own_user_could_dial(
    house: House, tmp_path: Path, moved_to: str, rings: bool
) -> None:
    keys = {"domain": house.host, "user": "201", "moved_to": moved_to}
    known: dict[str, Any] = {"target": house.host, "user": "201", "password": PASSWORDS["201"], "keys": keys}
    registers = Sipp(tmp_path / "register", "register", **known)
    assert registers.run().successful == 1
    with Sipp(tmp_path / "moved", "moved", keys=keys, where=registers) as phone:
        house.box.phone(1).lift_and_dial("201")
        assert phone.outcome().successful == 1
        if rings:
            house.box.phone(2).wait("ringing", True)
        else:
            until(lambda: house.box.calls() == [], 5, "the call's end")
            assert not house.box.phone(2).state["ringing"]


@pytest.mark.parametrize("code", ["**102", "*8"])
def test_a_call_that_rings_elsewhere_is_taken_here(house: House, tmp_path: Path, code: str) -> None:
    groups = {f"extensions/{number}/pickup_group": "all" for number in (102, 201)}
    with kept(house.box, "extensions/102"), house.ip_phone(tmp_path, "201") as phone:
        house.box.gateway.call("settings.set", changes=groups)
        ring_102(house)
        phone.dial(code)
        phone.wait_for(ESTABLISHED)
        house.box.phone(2).wait("ringing", False)
        assert_talk(house, 1, phone, tmp_path)
        phone.hang_up()


def test_a_call_is_parked_by_refer_and_fetched_on_another_telephone(house: House, tmp_path: Path) -> None:
    with house.ip_phone(tmp_path, "201") as one, house.ip_phone(tmp_path, "202") as two:
        one.dial("101")
        house.box.phone(1).wait("ringing", True)
        house.box.phone(1).lift()
        one.wait_for(ESTABLISHED)
        one.transfer(f"sip:*58703@{house.host}")
        one.wait_for(CLOSED)
        until(lambda: [call["state"] for call in house.box.calls()] == ["parked"], 5, "it is parked")
        two.dial("*59703")
        two.wait_for(ESTABLISHED)
        assert_talk(house, 1, two, tmp_path)
        two.hang_up()


def test_a_second_caller_is_announced_with_its_number_and_taken(house: House, tmp_path: Path) -> None:
    with (
        house.ip_phone(tmp_path, "201") as one,
        house.ip_phone(tmp_path, "202") as two,
        house.ip_phone(tmp_path, "203") as three,
    ):
        connect(one, two)
        three.dial("201")
        assert one.wait_for(INCOMING).peer.startswith("sip:203@")
        three.wait_for(RINGING)
        assert_hear_each_other(one, two)
        two.hang_up()
        one.wait_for(CLOSED)
        one.answer()
        three.wait_for(ESTABLISHED)
        assert_hears(three, SAYS["201"])
        three.hang_up()
        one.wait_for(CLOSED)


def test_the_last_caller_is_called_back_and_the_last_number_again(house: House, tmp_path: Path) -> None:
    with house.ip_phone(tmp_path, "201") as phone:
        house.box.phone(1).lift_and_dial("201")
        phone.wait_for(INCOMING)
        put_down(house.box, 1)
        phone.wait_for(CLOSED)
        for number in ("*69", "101", "*07"):
            phone.dial(number)
            house.box.phone(1).wait("ringing", True)
            phone.hang_up()
            phone.wait_for(CLOSED)
            house.box.phone(1).wait("ringing", False)


def test_a_group_is_called_by_code_and_rings_all_others(house: House, tmp_path: Path) -> None:
    with house.ip_phone(tmp_path, "201") as one, house.ip_phone(tmp_path, "202") as two:
        one.dial("**9")
        two.wait_for(INCOMING)
        for number in (1, 2):
            house.box.phone(number).wait("ringing", True)
        two.answer()
        one.wait_for(ESTABLISHED)
        assert_hear_each_other(one, two)
        one.hang_up()
        two.wait_for(CLOSED)
