"""What is no number, in every place where one is expected: it ends in words or a tone, and nothing is left of it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from firmware.records import CallRecord
from tests.support.baresip import CLOSED
from tests.support.box import Refused
from tests.support.exchange_scenes import arranged, kept, last_key, records
from tests.support.hostile import BAD_USERS, Attacker
from tests.support.house import House
from tests.support.ip_phones import connect
from tests.support.scenes import put_down
from tests.support.waiting import until

SHOWN_MAX = 32  # characters of a caller's number
NUMBERS_MAX = 20
TONES = ("congestion-tone", "busy-tone")
NO_REFER = {"@", "nothing", "markup", "quotes", "parameters"}  # baresip sends none, or what is before it is a number


@pytest.fixture(scope="module")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Calls of its trunk ring telephone 1."""
    with House(tmp_path_factory.mktemp("house"), country="US", dialling__digit_map="") as house:
        house.register(destination="extension:101")
        yield house


def sent(house: House) -> int:
    """Calls that the trunk's far end has seen."""
    return len(house.registrar.requests("INVITE", house.address))


def invite(house: House, number: str) -> int:
    """The final status that an IP telephone gets for a call to `number`; 0 for silence."""
    with house.raw_phone("201") as phone:
        reply = phone.ask_with_password("INVITE", number, body=phone.sdp)
        return reply.status if reply else 0


@pytest.mark.parametrize("field", ["requested", "caller", "called"])
def test_a_call_from_outside_ends_whatever_its_users_are(house: House, field: str) -> None:
    key = last_key(house.box)
    attacker = Attacker(house.registrar.address, (house.address, house.port))
    try:
        for bad in BAD_USERS.values():
            attacker.invite_by(**{field: bad})
        attacker.pass_over_unanswered()  # what is no SIP
        endings = attacker.give_up()
        assert len(endings) > len(BAD_USERS) / 2 and all(400 <= status < 700 for status in endings), endings
    finally:
        attacker.close()
    house.box.wait_idle()
    house.box.phone(1).wait("ringing", False)
    assert house.box.status()["channels"]["used"] == 0

    def rows() -> list[CallRecord]:
        return [call for call in records(house.box).page(limit=100).calls if call.key > key]

    until(lambda: all(call.state == "ended" for call in rows()), 5, "all that began is written down as ended")
    assert len(rows()) <= len(BAD_USERS)
    for call in rows():
        assert call.source_number.isprintable() and len(call.source_number) <= SHOWN_MAX, call


@pytest.mark.parametrize("name", BAD_USERS)
def test_an_ip_telephone_that_dials_it_is_refused(house: House, name: str) -> None:
    before = sent(house)
    status = invite(house, BAD_USERS[name])
    assert status == 0 or 400 <= status < 500
    assert sent(house) == before
    house.box.wait_idle()


@pytest.mark.parametrize("code", ["*72", "*75{1}*", "*52", "*98"])
def test_behind_a_feature_code_it_is_refused_and_nothing_is_set(house: House, code: str) -> None:
    before = house.box.gateway.call("settings.get", path="extensions/201/forwarding")
    for bad in BAD_USERS.values():
        status = invite(house, f"{code.replace('{1}', '1')}{bad}" if bad else f"{code}&")
        assert status == 0 or 400 <= status < 500, bad
    house.box.wait_idle()
    assert house.box.gateway.call("settings.get", path="extensions/201/forwarding") == before
    assert not house.box.gateway.call("settings.get", path="extensions/201/hotline")
    assert house.box.gateway.call("settings.get", path="extensions/201/speed_dials") == {}


def test_a_telephone_that_dials_digits_without_end_hears_a_tone(house: House) -> None:
    with kept(house.box, "extensions/101"):
        for code in ("", "*72"):
            house.box.phone(1).lift_and_dial(code + "5" * 60, on_ms=50, off_ms=50)
            until(lambda: house.box.line("fxs1")["state"] in TONES, 10, "a tone that says that it is over")
            put_down(house.box, 1)
        forwarding = house.box.gateway.call("settings.get", path="extensions/101/forwarding/always")
        assert len(str(forwarding)) <= len("number:") + NUMBERS_MAX


@pytest.mark.parametrize("name", [name for name in BAD_USERS if name not in NO_REFER])
def test_a_transfer_to_it_is_refused_and_the_call_is_told(house: House, tmp_path: Path, name: str) -> None:
    before = sent(house)
    with house.ip_phone(tmp_path, "201") as one, house.ip_phone(tmp_path, "202") as two:
        connect(one, two)
        two.transfer(f"sip:{BAD_USERS[name]}@{house.host}")
        two.wait_for("TRANSFER_FAILED")
        two.hang_up()
        one.wait_for(CLOSED)
        house.box.wait_idle()
    assert sent(house) == before


_PLACES = ("forwarding/always", "forwarding/busy", "forwarding/no_answer", "forwarding/unreachable")


@pytest.mark.parametrize("place", [*_PLACES, "speed_dials/1", "hotline", "block/0"])
def test_a_setting_that_is_it_is_refused_in_words_or_leads_nowhere(house: House, place: str) -> None:
    before = sent(house)
    for bad in map(unquote, BAD_USERS.values()):
        value = f"number:{bad}" if place.startswith(("forwarding", "speed")) else bad
        if not bad:
            continue
        try:
            with arranged(house.box, {f"extensions__202__{place.replace('/', '__')}": value}):
                status = invite(house, "202")
                assert status >= 400, (bad, status)
        except Refused as refused:
            assert f"extensions/202/{place}" in str(refused) and len(str(refused)) < 1000
    house.box.wait_idle()
    assert sent(house) == before
