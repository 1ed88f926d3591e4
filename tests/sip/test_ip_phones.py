"""IP telephones that call each other through registrar and engine: real ones, over UDP, TCP and TLS."""

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED, INCOMING, REGISTERED, RINGING, Account, Baresip
from tests.support.ca import TestCa
from tests.support.ip_phones import PASSWORDS, SAYS, assert_hear_each_other, assert_hears, connect
from tests.support.linphone import Linphone
from tests.support.phone_exchange import PhoneExchange
from tests.support.raw_phone import RawPhone
from tests.support.sipp import Sipp
from tests.support.torture import broken_messages
from tests.support.waiting import until


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestCa:
    return TestCa(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory, authority: TestCa) -> Iterator[PhoneExchange]:
    folder = tmp_path_factory.mktemp("exchange")
    with PhoneExchange(folder, PASSWORDS, certificate=authority.server("twinline"), requests_max=100) as running:
        yield running


@contextlib.contextmanager
def telephone(
    exchange: PhoneExchange, folder: Path, user: str, transport: str = "udp", trusts: Path | None = None, **more: Any
) -> Iterator[Baresip]:
    account = Account(user, exchange.host(transport), **({"password": PASSWORDS[user], "transport": transport} | more))
    options = {"sip_verify_server": "no"} if transport == "tls" else None
    with Baresip(folder / user, account, plays=SAYS[user], trusts=trusts, options=options) as phone:
        phone.wait_for(REGISTERED)
        exchange.wait_registered(user)
        yield phone


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_two_telephones_talk(exchange: PhoneExchange, authority: TestCa, tmp_path: Path, transport: str) -> None:
    trust = authority.file if transport == "tls" else None
    with (
        telephone(exchange, tmp_path, "201", transport, trust) as one,
        telephone(exchange, tmp_path, "202", transport, trust) as two,
    ):
        one.dial("202")
        call = two.wait_for(INCOMING)
        assert call.peer == f"sip:201@{exchange.address}" and call.peer_name == "Room 201"
        one.wait_for(RINGING)
        two.answer()
        one.wait_for(ESTABLISHED)
        assert_hear_each_other(one, two)
        for phone in (one, two):
            told = re.findall(r"c=IN IP4 ([0-9.]+)", phone.sip_trace())
            assert "127.0.0.1" not in told
        one.hang_up()
        two.wait_for(CLOSED)


def test_a_telephone_with_a_wrong_password_stays_out_and_is_told_of(exchange: PhoneExchange, tmp_path: Path) -> None:
    for user in ("201", "299"):
        with Baresip(tmp_path / user, Account(user, exchange.host(), password="wrong")) as phone:
            exchange.wait("security", kind="password", source=phone.address)
            phone.listen_for(0.5)
            assert REGISTERED not in [event.kind for event in phone.events]


def test_every_device_of_an_extension_rings_and_one_answers(exchange: PhoneExchange, tmp_path: Path) -> None:
    with (
        telephone(exchange, tmp_path / "a", "202") as first,
        telephone(exchange, tmp_path / "b", "202") as second,
        telephone(exchange, tmp_path, "201") as caller,
    ):
        caller.dial("202")
        first.wait_for(INCOMING)
        second.wait_for(INCOMING)
        second.answer()
        caller.wait_for(ESTABLISHED)
        first.wait_for(CLOSED)
        assert_hears(caller, SAYS["202"])
        second.hang_up()
        caller.wait_for(CLOSED)


def test_a_telephone_is_told_how_to_ring_and_when_to_answer_by_itself(exchange: PhoneExchange, tmp_path: Path) -> None:
    with telephone(exchange, tmp_path, "201") as one, telephone(exchange, tmp_path, "202") as two:
        for number in ("202", "*80202"):
            one.dial(number)
            two.wait_for(INCOMING)
            one.hang_up()
            two.wait_for(CLOSED)
        told = re.findall(r"^(Alert-Info|Call-Info): (.*?)\r?$", two.sip_trace(), re.MULTILINE)
    assert told == [
        ("Alert-Info", f"<http://{exchange.address}>;info=ring3"),
        ("Alert-Info", f"<http://{exchange.address}>;info=alert-autoanswer"),
        ("Call-Info", f"<sip:{exchange.address}>;answer-after=0"),
    ]


def test_a_call_survives_the_registrar_and_ends_as_ever(exchange: PhoneExchange, tmp_path: Path) -> None:
    with telephone(exchange, tmp_path, "201") as one, telephone(exchange, tmp_path, "202") as two:
        connect(one, two)
        time.sleep(1.5)  # registrations are written once a second
        os.kill(int((exchange.folder / "run" / "kamailio.pid").read_text()), signal.SIGKILL)
        time.sleep(0.1)
        assert_hear_each_other(one, two)
        one.hold()
        exchange.wait("held", extension="201", is_held=True)
        one.resume()
        exchange.wait("held", extension="201", is_held=False)
        two.hang_up()
        one.wait_for(CLOSED)
        two.dial("201")  # nobody registered again meanwhile
        one.wait_for(INCOMING)
        two.hang_up()


def test_a_codec_for_wideband_is_agreed(exchange: PhoneExchange, tmp_path: Path) -> None:
    codecs = ("g722/16000/1", "pcmu/8000/1")
    with (
        telephone(exchange, tmp_path, "201", codecs=codecs) as one,
        telephone(exchange, tmp_path, "202", codecs=codecs) as two,
    ):
        before = len(exchange.said("joined"))
        connect(one, two)
        until(lambda: exchange.said("joined")[before:], 5, "joined")
        assert exchange.said("joined")[-1]["codecs"] == ["G722", "G722"]
        one.hang_up()
        two.wait_for(CLOSED)


def test_media_are_encrypted_where_signalling_is_and_keys_are_told_there_only(
    exchange: PhoneExchange, authority: TestCa, tmp_path: Path
) -> None:
    with (
        telephone(exchange, tmp_path, "201", "tls", authority.file, srtp="srtp-mand") as one,
        telephone(exchange, tmp_path, "202", "tls", authority.file, srtp="srtp-mand") as two,
        telephone(exchange, tmp_path, "203") as three,
    ):
        connect(one, two)
        assert_hear_each_other(one, two)
        assert "RTP/SAVP" in one.sip_trace() and "a=crypto" in two.sip_trace()
        one.hang_up()
        two.wait_for(CLOSED)
        one.dial("203")
        three.wait_for(INCOMING)
        three.answer()
        assert_hears(one, SAYS["203"])
        assert "a=crypto" not in three.sip_trace()
        one.hang_up()
        three.wait_for(CLOSED)


def test_a_blind_transfer_is_asked_of_the_exchange(exchange: PhoneExchange, tmp_path: Path) -> None:
    with (
        telephone(exchange, tmp_path, "201") as one,
        telephone(exchange, tmp_path, "202") as two,
        telephone(exchange, tmp_path, "203") as three,
    ):
        connect(one, two)
        two.transfer(f"sip:203@{exchange.host()}")
        exchange.wait("transfer", extension="202", number="203", replaces=False)
        three.wait_for(INCOMING)
        three.answer()
        two.wait_for(CLOSED)
        assert_hear_each_other(one, three)
        one.hang_up()
        three.wait_for(CLOSED)


def test_a_transfer_to_nobody_is_reported(exchange: PhoneExchange, tmp_path: Path) -> None:
    with telephone(exchange, tmp_path, "201") as one, telephone(exchange, tmp_path, "202") as two:
        connect(one, two)
        two.transfer(f"sip:999@{exchange.host()}")
        exchange.wait("transfer", extension="202", number="999", replaces=False)
        two.wait_for("TRANSFER_FAILED")
        assert "SIP/2.0 480" in two.sip_trace()
        one.wait_for(CLOSED)  # baresip hangs up then


def test_an_attended_transfer_joins_the_two_others(exchange: PhoneExchange, tmp_path: Path) -> None:
    with (
        telephone(exchange, tmp_path, "201") as one,
        telephone(exchange, tmp_path, "202") as two,
        telephone(exchange, tmp_path, "203") as three,
    ):
        connect(one, two)
        first_call = re.findall(r"Call-ID: (\S+)\r?\nCSeq: \d+ INVITE", one.sip_trace())[-1]
        one.hold()
        one.dial("203")
        three.wait_for(INCOMING)
        three.answer()
        one.wait_for(ESTABLISHED)
        one.transfer(f"sip:202@{exchange.host()}?Replaces={first_call}%3Bto-tag%3Da%3Bfrom-tag%3Db")
        exchange.wait("transfer", extension="201", number="202", replaces=True)
        assert_hear_each_other(two, three)
        two.hang_up()
        three.wait_for(CLOSED)


def test_nobody_takes_the_calls_of_others_by_replaces(exchange: PhoneExchange, tmp_path: Path) -> None:
    with telephone(exchange, tmp_path, "201") as one, telephone(exchange, tmp_path, "202") as two:
        connect(one, two)
        other_call = re.findall(r"Call-ID: (\S+)\r?\nCSeq: \d+ INVITE", one.sip_trace())[-1]
        before = len(exchange.said("transfer"))
        two.transfer(f"sip:201@{exchange.host()}?Replaces={other_call}%3Bto-tag%3Da%3Bfrom-tag%3Db")
        two.wait_for("TRANSFER_FAILED")
        assert len(exchange.said("transfer")) == before
        assert "SIP/2.0 481" in two.sip_trace()


def test_a_flood_and_broken_messages_leave_a_call_alone(exchange: PhoneExchange, tmp_path: Path) -> None:
    with telephone(exchange, tmp_path, "201") as one, telephone(exchange, tmp_path, "202") as two:
        connect(one, two)
        place = (exchange.address, exchange.port)
        with RawPhone(place, "666", "x") as stranger:
            for message in broken_messages(stranger):
                stranger.send(message)
            end = time.monotonic() + 4
            while time.monotonic() < end:  # 200 a second
                stranger.send(stranger.text("INVITE", "202", body=stranger.sdp))
                time.sleep(0.005)
            exchange.wait("security", kind="flood", source=stranger.address)
        assert_hear_each_other(one, two)
        assert exchange.said("incoming")[-1]["extension"] != "666"
        one.hang_up()
        two.wait_for(CLOSED)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sipp_registers_and_calls(exchange: PhoneExchange, tmp_path: Path, transport: str) -> None:
    ways: dict[str, Any] = {"target": exchange.host(), "transport": transport, "user": "201"}
    ways |= {"password": PASSWORDS["201"]}
    keys = {"domain": exchange.host(), "user": "201"}
    assert Sipp(tmp_path / "register", "register", keys=keys, **ways).run().successful == 1
    with telephone(exchange, tmp_path, "202", answers="auto") as two:
        calls = Sipp(
            tmp_path / "call", "ip-phone-call", service="202", keys=keys, calls=3, rate=1.0, talk_ms=500, **ways
        )
        outcome = calls.run()
        assert (outcome.successful, outcome.failed) == (3, 0), outcome.errors
        two.wait_for(CLOSED)


def test_sipp_registers_and_is_called(exchange: PhoneExchange, tmp_path: Path) -> None:
    keys = {"domain": exchange.host(), "user": "201"}
    registers = Sipp(
        tmp_path / "register", "register", target=exchange.host(), keys=keys, user="201", password=PASSWORDS["201"]
    )
    assert registers.run().successful == 1
    with (
        Sipp(tmp_path / "answer", "answer", echoes=True, where=registers) as sipp,
        telephone(exchange, tmp_path, "202") as two,
    ):
        two.dial("201")
        two.wait_for(ESTABLISHED)
        assert_hears(two, SAYS["202"])  # which SIPp gives back
        two.hang_up()
        assert sipp.outcome().successful == 1


def test_a_call_from_linphone(exchange: PhoneExchange, tmp_path: Path) -> None:
    with telephone(exchange, tmp_path, "202", answers="auto") as two, Linphone(tmp_path / "linphone") as linphone:
        linphone.register("201", PASSWORDS["201"], exchange.host())
        until(lambda: linphone.heard_say("to [LinphoneRegistrationOk]"), 10, "linphone registers")
        linphone.say(f"call sip:202@{exchange.host()}")
        two.wait_for(ESTABLISHED)
        exchange.wait("answered", extension="202")
        linphone.say("terminate all")
        two.wait_for(CLOSED)
        two.dial("201")
        two.wait_for(RINGING)
        linphone.say("answer")
        two.wait_for(ESTABLISHED)
        two.hang_up()
