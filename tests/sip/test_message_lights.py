"""Messages wait at the provider, or the box is told so: lights of IP telephones and the dial tone of others show it."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.baresip import REGISTERED, Account, Baresip
from tests.support.house import House
from tests.support.mailbox import Mailbox
from tests.support.network import loopback_address
from tests.support.raw_phone import RawPhone, Reply
from tests.support.scenes import put_down
from tests.support.waiting import until

PASSWORD = "secret-of-101"


@pytest.fixture(scope="module")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house"), extensions__101__password=PASSWORD) as house:
        yield house


@pytest.fixture
def house(house: House) -> Iterator[House]:
    """Nothing waits for anybody, before and after."""
    yield house
    house.box.gateway.call("messages.set", extension="101", new=0)
    house.use()
    until(lambda: house.box.status()["messages"] == {}, 5, "nothing waits")


@contextmanager
def provided(house: House, mailbox: Mailbox, extension: str = "101") -> Iterator[Mailbox]:
    """An account whose mailbox is that extension's."""
    with mailbox:
        trunk = house.trunk("udp", outbound_proxy=mailbox.place, messages_for=extension, is_registering=True)
        house.use(trunk)
        house.box.wait_trunk(trunk["name"], "registered")
        yield mailbox


class Light:
    """The message light of an IP telephone of extension 101."""

    def __init__(self, phone: RawPhone) -> None:
        self._phone = phone
        assert phone.register() == 200
        reply = phone.ask_with_password("SUBSCRIBE", "101", extra="Event: message-summary\r\nExpires: 600")
        assert reply is not None and reply.status in (200, 202)
        self._last = 0

    def wait(self, words: str) -> None:
        """The telephone is told so, sooner or later; it may be told of something else before."""
        notified = self._next()
        while words not in notified.body:
            notified = self._next()

    def _next(self) -> Reply:
        notified = self._phone.receive(8)
        assert notified is not None, "the light changes"
        lines = [f"{name}: {notified.header(name)}" for name in ("Via", "From", "To", "Call-ID", "CSeq")]
        self._phone.send("\r\n".join(["SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""]))
        return notified


@contextmanager
def light_of(house: House) -> Iterator[Light]:
    with RawPhone(house.registrar_place, "101", PASSWORD) as phone:
        yield Light(phone)
        phone.register(expires_s=0)


def wait_status(house: House, new: int, old: int = 0) -> None:
    """The status says that so many wait for extension 101, and none for anybody else."""
    due = {"101": {"new": new, "old": old}}
    until(lambda: house.box.status()["messages"] == due, 5, f"{due}: {house.box.status()['messages']}")


def assert_dial_tone(house: House, name: str) -> None:
    house.box.phone(1).lift()
    house.box.phone(1).wait_tone(name)
    put_down(house.box, 1)


def test_the_providers_mailbox_lights_the_lamp_and_makes_the_dial_tone_stutter_until_it_is_empty(house: House) -> None:
    with provided(house, Mailbox()) as mailbox, light_of(house) as light:
        mailbox.say(3, 1)
        light.wait("Messages-Waiting: yes\r\nMessage-Account: sip:101@")
        wait_status(house, 3, 1)
        assert_dial_tone(house, "stutter-dial")
        mailbox.say(0, 4)
        light.wait("Voice-Message: 0/4")
        assert_dial_tone(house, "dial")
        mailbox.say(0)
        light.wait("Voice-Message: 0/0")


def test_a_telephone_as_it_is_bought_is_told_by_the_providers_mailbox(house: House, tmp_path: Path) -> None:
    account = Account("101", house.host, password=PASSWORD, is_told_of_messages=True)
    with provided(house, Mailbox()) as mailbox, Baresip(tmp_path / "101", account) as phone:
        phone.wait_for(REGISTERED)
        mailbox.say(2)
        until(lambda: "Voice-Message: 2/0" in phone.sip_trace(), 10, "baresip is told")


def test_a_provider_that_asks_for_the_password_is_told_it(house: House) -> None:
    with provided(house, Mailbox(is_challenging=True)) as mailbox:
        mailbox.say(1)
        wait_status(house, 1)


def test_a_provider_that_takes_no_subscription_tells_unasked(house: House) -> None:
    with provided(house, Mailbox(refuses=489)) as mailbox, light_of(house) as light:
        mailbox.say_unasked("Messages-Waiting: yes\r\n")
        light.wait("Messages-Waiting: yes")
        assert_dial_tone(house, "stutter-dial")
        mailbox.say_unasked("Messages-Waiting: no\r\n")
        light.wait("Messages-Waiting: no")
        assert_dial_tone(house, "dial")


def test_a_stranger_lights_no_lamp(house: House) -> None:
    with provided(house, Mailbox()) as mailbox, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((loopback_address(), 0))
        mailbox.say_unasked("Messages-Waiting: yes\r\nVoice-Message: 9/9\r\n", stranger)
        mailbox.say(1)
        wait_status(house, 1)


def test_what_is_not_the_mailboxs_is_neither_believed_nor_fatal(house: House) -> None:
    with provided(house, Mailbox()) as mailbox:
        for body in (
            "",
            "Messages-Waiting: perhaps\r\n",
            "Voice-Message: 99999999999999999999/1\r\n",
            "\0" * 3000,
            "a/" * 900,
        ):
            mailbox.say_unasked(body or "\r\n")
        mailbox.say(2)
        wait_status(house, 2)


def test_messages_are_nobodys_any_more_when_the_setting_goes(house: House) -> None:
    with provided(house, Mailbox()) as mailbox, light_of(house) as light:
        mailbox.say(3)
        light.wait("Voice-Message: 3/0")
        house.box.set(trunks__0__messages_for="")
        light.wait("Voice-Message: 0/0")
        until(lambda: not mailbox.is_subscribed, 5, "the subscription is taken back")
        assert_dial_tone(house, "dial")


def test_who_is_told_by_command_is_told_until_it_is_taken_back_and_over_a_restart(house: House) -> None:
    with light_of(house) as light:
        said = subprocess.run(
            house.box.command("messages", "101", "2", "1"), capture_output=True, text=True, check=True
        )
        assert said.stdout == "extension 101: 2 new, 1 old\n"
        light.wait("Voice-Message: 2/1")
    house.kill()
    wait_status(house, 2, 1)
    assert_dial_tone(house, "stutter-dial")
    with light_of(house) as light:
        light.wait("Voice-Message: 2/1")
        subprocess.run(house.box.command("messages", "101", "0"), capture_output=True, check=True)
        light.wait("Voice-Message: 0/0")
    assert_dial_tone(house, "dial")


@pytest.mark.parametrize("words", [("999", "1"), ("101", "10000"), ("101", "0", "10000"), ("1\r\n", "1")])
def test_a_command_that_cannot_be_is_refused_in_words(house: House, words: tuple[str, ...]) -> None:
    said = subprocess.run(house.box.command("messages", *words), capture_output=True, text=True)
    assert said.returncode == 1 and re.match("twinline: (nobody has extension|messages are counted)", said.stderr)
    assert house.box.status()["messages"] == {}


def test_two_mailboxes_of_one_extension_add_up(house: House) -> None:
    with provided(house, Mailbox()) as mailbox, light_of(house) as light:
        mailbox.say(3)
        house.box.gateway.call("messages.set", extension="101", new=2, old=5)
        light.wait("Voice-Message: 5/5")
