"""IP telephones of a whole box: they register with it, and talk with its telephones, each other and the outside."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED, INCOMING, REFUSED, REGISTERED, RINGING, Account, Baresip
from tests.support.house import PASSWORDS, SAYS, House, assert_phone_hears, assert_talk
from tests.support.scenes import comes
from tests.support.site import BOB, BOB_SAYS
from tests.support.waiting import until


@pytest.fixture(scope="module")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house")) as house:
        house.wait_registrar()
        yield house


@pytest.fixture
def house(running_house: House) -> Iterator[House]:
    """Nobody in a call; every test ends so."""
    running_house.new_log()
    yield running_house
    running_house.tidy()


@pytest.fixture
def phones(house: House, tmp_path: Path) -> Iterator[dict[str, Baresip]]:
    """Three IP telephones, registered."""
    with ExitStack() as stack:
        yield {user: stack.enter_context(house.ip_phone(tmp_path, user)) for user in PASSWORDS}


def connect(caller: Baresip, called: Baresip) -> None:
    """One calls the other, which answers."""
    caller.dial(called.account.user)
    called.wait_for(INCOMING)
    called.answer()
    caller.wait_for(ESTABLISHED)
    called.wait_for(ESTABLISHED)


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
            assert_phone_hears(phone, BOB_SAYS)
            assert_phone_hears(bob, SAYS["201"])
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
        assert_phone_hears(phone, BOB_SAYS)
        assert_phone_hears(bob, SAYS["202"])
        phone.hang_up()
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


def test_an_attended_transfer_by_refer(house: House, phones: dict[str, Baresip]) -> None:
    house.box.set(calls__voice_channels=4)
    one, two, three = phones.values()
    connect(one, two)
    first_call = re.findall(r"Call-ID: (\S+)\r?\nCSeq: \d+ INVITE", one.sip_trace())[-1]
    one.hold()
    connect(one, three)
    one.transfer(f"sip:202@{house.host}?Replaces={first_call}%3Bto-tag%3Da%3Bfrom-tag%3Db")
    one.wait_for(CLOSED)
    assert_phone_hears(two, SAYS["203"])
    assert_phone_hears(three, SAYS["202"])
    assert len(house.box.calls()) == 1
    two.hang_up()
    three.wait_for(CLOSED)


def test_a_transfer_to_a_forbidden_number_is_refused_and_the_call_goes_on(
    house: House, phones: dict[str, Baresip]
) -> None:
    house.register()
    sent = len(house.registrar.requests("INVITE", house.address))
    with_fence = {"extensions/202/permissions": ["national"], "country": "US", "fence/blocked": ["900*"]}
    before = {path: house.box.gateway.call("settings.get", path=path) for path in with_fence}
    house.box.gateway.call("settings.set", changes=with_fence)
    try:
        connect(phones["201"], phones["202"])
        for number in ("9005551234", "011881612345678"):
            phones["202"].transfer(f"sip:{number}@{house.host}")
            phones["202"].wait_for("TRANSFER_FAILED")
        assert re.search(r"SIP/2.0 (403|404|484)", phones["202"].sip_trace())
        assert len(house.registrar.requests("INVITE", house.address)) == sent
        assert comes(lambda: len(house.box.calls()) <= 1)
    finally:
        house.box.gateway.call("settings.set", changes=before)
        phones["201"].hang_up()


def test_a_changed_password_shuts_out_at_once_and_leaves_the_call(house: House, tmp_path: Path) -> None:
    try:
        with house.ip_phone(tmp_path, "201") as phone:
            phone.dial("101")
            house.box.phone(1).wait("ringing", True)
            house.box.phone(1).lift()
            phone.wait_for(ESTABLISHED)
            house.box.set(extensions__201__password="another-secret")
            assert_talk(house, 1, phone, tmp_path)
            phone.command("uareg", f"60 {0}")
            phone.wait_for(REFUSED)
            house.box.phone(2).lift_and_dial("201")
            house.box.phone(2).wait_tone("congestion")
            phone.hang_up()
            house.box.phone(1).wait_tone("busy")
    finally:
        house.box.set(extensions__201__password=PASSWORDS["201"])


def test_lamps_follow_calls(house: House, tmp_path: Path) -> None:
    with house.raw_phone("203") as watcher:
        assert watcher.register() == 200
        extra = "Event: dialog\r\nAccept: application/dialog-info+xml\r\nExpires: 60"
        reply = watcher.ask_with_password("SUBSCRIBE", "101", extra=extra)
        assert reply is not None and reply.status in (200, 202)
        seen: list[str] = []

        def lamp(state: str) -> None:
            def is_seen() -> bool:
                while (notify := watcher.receive(0.05)) is not None:
                    if notify.method == "NOTIFY":
                        kept = [n for n in ("Via", "From", "To", "Call-ID", "CSeq") for _ in "1"]
                        lines = [f"{name}: {notify.header(name)}" for name in kept]
                        watcher.send("\r\n".join(["SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""]))
                        seen.extend(re.findall(r"<state>(\w+)</state>|<state[^>]*>(\w+)<", notify.body)[-1:] or [])
                return any(state in str(each) for each in seen)

            until(is_seen, 8, f"the lamp is {state}: {seen}")
            seen.clear()

        house.box.phone(2).lift_and_dial("101")
        lamp("early")
        house.box.phone(1).lift()
        lamp("confirmed")
        house.box.phone(2).hang_up()
        house.box.phone(1).hang_up()
        lamp("terminated")


def test_ip_telephones_are_switched_off_and_on(house: House, tmp_path: Path) -> None:
    house.box.set(registrar__is_enabled=False)
    try:
        assert house.box.status()["phones"] is None
        with house.raw_phone() as phone:
            assert phone.register() == 0
        house.box.phone(1).lift_and_dial("201")
        house.box.phone(1).wait_tone("congestion")
    finally:
        house.box.set(registrar__is_enabled=True)
    house.wait_registrar()
    house.box.phone(1).hang_up()
    with house.ip_phone(tmp_path, "201") as phone:
        phone.dial("101")
        house.box.phone(1).wait("ringing", True)
        phone.hang_up()
