"""IP telephones of a whole box: they register with it, and talk with its telephones, each other and the outside."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED, INCOMING, REGISTERED, RINGING, Account, Baresip
from tests.support.exchange_scenes import arranged
from tests.support.house import House, assert_talk
from tests.support.ip_phones import PASSWORDS, SAYS, assert_hears, connect
from tests.support.raw_phone import RawPhone, Reply
from tests.support.scenes import put_down
from tests.support.site import BOB, BOB_SAYS
from tests.support.waiting import until


@pytest.fixture(scope="module")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def phones(house: House, tmp_path: Path) -> Iterator[dict[str, Baresip]]:
    """Three IP telephones, registered."""
    with ExitStack() as stack:
        yield {user: stack.enter_context(house.ip_phone(tmp_path, user)) for user in PASSWORDS}


def test_an_ip_telephone_calls_a_telephone_on_the_adapter(house: House, tmp_path: Path) -> None:
    with house.ip_phone(tmp_path, "201") as phone:
        phone.dial("101")
        house.box.phone(1).wait("ringing", True)
        phone.wait_for(RINGING)
        house.box.phone(1).lift()
        phone.wait_for(ESTABLISHED)
        assert_talk(house, 1, phone, tmp_path)
        house.box.phone(1).hang_up()
        phone.wait_for(CLOSED)
    house.box.wait_idle()
    (call, *_) = house.calls_of("201")
    assert (call.dialled, call.answered_by, call.source_name) == ("extension:101", "101", "Room 201")
    assert call.source_address.startswith(phone.address) and call.destination_address == "fxs1"
    assert call.source_quality and call.source_quality.codec


def test_an_ip_telephone_is_called_from_the_adapter_and_shows_who(house: House, tmp_path: Path) -> None:
    with house.ip_phone(tmp_path, "201") as phone:
        house.box.phone(1).lift_and_dial("201")
        call = phone.wait_for(INCOMING)
        assert call.peer.startswith("sip:101@")
        house.box.phone(1).wait_tone("ringback")
        phone.answer()
        house.box.wait_line("fxs1", "talking")
        assert_talk(house, 1, phone, tmp_path)
        phone.hang_up()
        house.box.phone(1).wait_tone("busy")


def test_an_extension_without_its_telephone_is_not_reachable(house: House) -> None:
    house.box.phone(1).lift_and_dial("203")
    house.box.phone(1).wait_tone("congestion")


def test_an_ip_telephone_calls_out_by_a_trunk_and_shows_the_routes_number(house: House, tmp_path: Path) -> None:
    trunk = house.register()
    house.box.set(outbound_routes=[{"name": "all", "trunks": [trunk["name"]], "caller_number": "5551099"}])
    try:
        with house.person(tmp_path) as bob, house.ip_phone(tmp_path, "201") as phone:
            phone.dial(BOB)
            call = bob.wait_for(INCOMING)
            assert "5551099" in bob.sip_trace() and not call.peer.startswith("sip:201@")
            bob.answer()
            phone.wait_for(ESTABLISHED)
            assert_hears(phone, BOB_SAYS)
            assert_hears(bob, SAYS["201"])
            bob.hang_up()
            phone.wait_for(CLOSED)
    finally:
        house.box.set(outbound_routes=[])


def test_a_call_from_outside_reaches_an_ip_telephone(house: House, tmp_path: Path) -> None:
    house.register(destination="extension:202")
    with house.person(tmp_path) as bob, house.ip_phone(tmp_path, "202") as phone:
        bob.dial("sip:5551000@example.test")
        call = phone.wait_for(INCOMING)
        assert call.peer.startswith(f"sip:{BOB}@")
        phone.answer()
        bob.wait_for(ESTABLISHED)
        assert_hears(phone, BOB_SAYS)
        assert_hears(bob, SAYS["202"])
        phone.hang_up()
        bob.wait_for(CLOSED)


def test_a_call_from_outside_for_everybody_rings_telephones_of_every_kind(house: House, tmp_path: Path) -> None:
    house.register()  # group:all is where its calls go
    with (
        house.person(tmp_path) as bob,
        house.ip_phone(tmp_path, "201") as one,
        house.ip_phone(tmp_path, "202") as two,
    ):
        bob.dial("sip:5551000@example.test")
        one.wait_for(INCOMING)
        two.wait_for(INCOMING)
        for number in (1, 2):
            house.box.phone(number).wait("ringing", True)
        two.answer()
        bob.wait_for(ESTABLISHED)
        one.wait_for(CLOSED)
        for number in (1, 2):
            house.box.phone(number).wait("ringing", False)
        assert_hears(two, BOB_SAYS)
        two.hang_up()
        bob.wait_for(CLOSED)


def test_every_device_of_an_extension_rings_and_one_answers(house: House, tmp_path: Path) -> None:
    with house.ip_phone(tmp_path / "a", "202") as first, house.ip_phone(tmp_path / "b", "202") as second:
        house.box.phone(1).lift_and_dial("202")
        first.wait_for(INCOMING)
        second.wait_for(INCOMING)
        second.answer()
        house.box.wait_line("fxs1", "talking")
        first.wait_for(CLOSED)
        assert_talk(house, 1, second, tmp_path)
        house.box.phone(1).hang_up()
        second.wait_for(CLOSED)


def test_a_telephone_on_a_socket_and_an_ip_telephone_share_an_extension(house: House, tmp_path: Path) -> None:
    house.box.set(extensions__101__password=PASSWORDS["201"])
    try:
        account = Account("101", house.host, password=PASSWORDS["201"])
        with Baresip(tmp_path / "101", account, plays=SAYS["201"]) as phone:
            phone.wait_for(REGISTERED)
            house.box.phone(2).lift_and_dial("101")
            phone.wait_for(INCOMING)
            house.box.phone(1).wait("ringing", True)
            house.box.phone(1).lift()
            phone.wait_for(CLOSED)
            house.box.wait_line("fxs2", "talking")
            assert len(house.box.calls()) == 1
            house.box.phone(1).hang_up()
    finally:
        house.box.set(extensions__101__password="")


def test_a_blind_transfer_by_refer(house: House, phones: dict[str, Baresip], tmp_path: Path) -> None:
    connect(phones["201"], phones["202"])
    phones["202"].transfer(f"sip:101@{house.host}")
    house.box.phone(1).wait("ringing", True)
    house.box.phone(1).lift()
    phones["202"].wait_for(CLOSED)
    assert_talk(house, 1, phones["201"], tmp_path)
    phones["201"].hang_up()
    house.box.wait_idle()
    (call, *_) = house.calls_of("201")
    assert call.history == ("transferred:202",) and call.answered_by == "101"


def test_an_attended_transfer_by_refer(house: House, phones: dict[str, Baresip], tmp_path: Path) -> None:
    one, two, _ = phones.values()
    one.dial("101")
    house.box.phone(1).wait("ringing", True)
    house.box.phone(1).lift()
    one.wait_for(ESTABLISHED)
    first_call = re.findall(r"Call-ID: (\S+)\r?\nCSeq: \d+ INVITE", one.sip_trace())[-1]
    one.hold()
    until(lambda: [call["state"] for call in house.box.calls()] == ["held"], 5, "the call is held")
    connect(one, two)
    one.transfer(f"sip:101@{house.host}?Replaces={first_call}%3Bto-tag%3Da%3Bfrom-tag%3Db")
    one.wait_for(CLOSED)
    assert_talk(house, 1, two, tmp_path)
    assert len(house.box.calls()) == 1
    two.hang_up()
    house.box.wait_idle()


@pytest.mark.parametrize("number", ["9005551234", "0114930123456", "abc", "1" * 40])
def test_a_transfer_to_a_forbidden_number_is_refused(house: House, phones: dict[str, Baresip], number: str) -> None:
    house.register()
    sent = len(house.registrar.requests("INVITE", house.address))
    usual = {"extensions__202__permissions": ["national", "mobile", "international"], "dialling__digit_map": ""}
    with arranged(house.box, usual):
        connect(phones["201"], phones["202"])
        phones["202"].transfer(f"sip:{number}@{house.host}")
        phones["202"].wait_for("TRANSFER_FAILED")
        assert re.search(r"SIP/2.0 (403|404|484)", phones["202"].sip_trace())
        assert len(house.registrar.requests("INVITE", house.address)) == sent
        phones["201"].wait_for(CLOSED)  # baresip hangs up then


def test_a_changed_password_shuts_out_at_once_and_leaves_the_call(house: House, tmp_path: Path) -> None:
    with new_password_afterwards(house), house.ip_phone(tmp_path, "201") as phone:
        phone.dial("101")
        house.box.phone(1).wait("ringing", True)
        house.box.phone(1).lift()
        phone.wait_for(ESTABLISHED)
        house.box.set(extensions__201__password="another-secret")
        assert_talk(house, 1, phone, tmp_path)
        with house.raw_phone() as other:
            assert other.register() in (401, 403)
        house.box.phone(2).lift_and_dial("201")
        house.box.phone(2).wait_tone("congestion")
        assert_talk(house, 1, phone, tmp_path)
        phone.hang_up()
        house.box.phone(1).wait_tone("busy")


def test_lamps_follow_calls(house: House) -> None:
    with house.raw_phone("203") as watcher:
        assert watcher.register() == 200
        reply = watcher.ask_with_password("SUBSCRIBE", "101", extra="Event: dialog\r\nExpires: 600")
        assert reply is not None and reply.status in (200, 202)
        lamp = Lamp(watcher)
        lamp.wait("terminated")
        for _ in range(2):  # the lamp goes off, and on again
            house.box.phone(2).lift_and_dial("101")
            lamp.wait("early")
            house.box.phone(1).lift()
            lamp.wait("confirmed")
            put_down(house.box, 2)
            put_down(house.box, 1)
            lamp.wait("terminated")
        watcher.register(expires_s=0)


@contextmanager
def new_password_afterwards(house: House) -> Iterator[None]:
    """Extension 201 has its usual password again after it: the box does not tell what it is."""
    try:
        yield
    finally:
        house.box.set(extensions__201__password=PASSWORDS["201"])


class Lamp:
    """What a telephone that watches an extension is told; a message that is repeated counts once."""

    def __init__(self, watcher: RawPhone) -> None:
        self._watcher = watcher
        self._last = 0

    def wait(self, state: str) -> None:
        """The next change is to that state."""
        notified = self._next()
        assert f"<state>{state}</state>" in notified.body, notified.text

    def _next(self) -> Reply:
        while True:
            notified = self._watcher.receive(8)
            assert notified is not None, "the lamp changes"
            lines = [f"{name}: {notified.header(name)}" for name in ("Via", "From", "To", "Call-ID", "CSeq")]
            self._watcher.send("\r\n".join(["SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""]))
            number = int(notified.header("CSeq").split()[0])
            if number > self._last:
                self._last = number
                return notified


def test_ip_telephones_are_switched_off_and_on(house: House, tmp_path: Path) -> None:
    house.box.set(registrar__is_enabled=False)
    try:
        until(lambda: house.box.status()["phones"] is None, 5, "the registrar is off")
        with house.raw_phone() as phone:
            assert phone.register() == 0
        house.box.phone(1).lift_and_dial("201")
        house.box.phone(1).wait_tone("congestion")
    finally:
        house.box.set(registrar__is_enabled=True)
    house.wait_registrar()
    put_down(house.box, 1)
    with house.ip_phone(tmp_path, "201") as phone:
        phone.dial("101")
        house.box.phone(1).wait("ringing", True)
        phone.hang_up()
