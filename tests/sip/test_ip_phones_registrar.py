"""The registrar of IP telephones with nothing behind it: who is let in, what reaches the exchange, what is told."""

import re
import socket
import ssl
import statistics
import time
from collections.abc import Iterator

import pytest

from firmware.registrar.presence import Lamp
from tests.support.front import TOKEN, Front
from tests.support.raw_phone import RawPhone, Reply
from tests.support.waiting import until


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with Front(tmp_path_factory.mktemp("front")) as running:
        yield running


def drained(front: Front) -> None:
    while front.exchange_hears(0.05) is not None:
        pass


def test_a_telephone_registers_and_unregisters(front: Front) -> None:
    with front.phone() as phone:
        assert phone.register() == 200
        until(lambda: front.registrar.is_registered("201"), 3, "201 is registered")
        assert phone.register(expires_s=0) == 200
        until(lambda: not front.registrar.is_registered("201"), 3, "201 is not registered")
    assert ("201", True) in front.changes and ("201", False) in front.changes


def test_a_registration_expires(front: Front) -> None:
    with front.phone("202") as phone:
        assert phone.register(expires_s=2) == 200
        until(lambda: front.registrar.is_registered("202"), 3, "202 is registered")
        until(lambda: not front.registrar.is_registered("202"), 8, "202 expired")


def test_a_telephone_registers_over_tcp_and_tls(front: Front) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with front.phone() as phone:
        for port in (front.port, front.port + 1):
            with socket.create_connection((front.address, port), timeout=3) as plain:
                connection = plain if port == front.port else context.wrap_socket(plain)
                connection.sendall(phone.text("REGISTER", extra="Expires: 60").replace("/UDP", "/TCP").encode())
                challenge = Reply(connection.recv(65535))
                assert challenge.status == 401
                line = phone.credentials(challenge, "REGISTER")
                connection.sendall(phone.text("REGISTER", authorization=line).replace("/UDP", "/TCP").encode())
                assert Reply(connection.recv(65535)).status == 200
                if port != front.port:
                    assert connection.version() in ("TLSv1.2", "TLSv1.3")
                    connection.close()


def test_tls_below_1_2_is_not_spoken(front: Front) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection((front.address, front.port + 1), timeout=3) as plain, pytest.raises(OSError):
        context.wrap_socket(plain)


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "SUBSCRIBE"])
def test_known_and_unknown_users_are_answered_alike(front: Front, method: str) -> None:
    shapes = set()
    for user in ("201", "299", "nobody", "203"):
        with front.phone(user, "wrong") as phone:
            more = {"body": phone.sdp} if method == "INVITE" else {"extra": "Event: dialog"}
            first = phone.ask(method, "202" if method != "REGISTER" else "", **more)
            second = phone.ask_with_password(method, "202" if method != "REGISTER" else "", **more)
            assert first is not None and second is not None
            shapes.add((first.status, re.sub("[0-9]+", "", first.shape().replace(user, "")), second.status))
    assert len(shapes) == 1, shapes


def test_known_and_unknown_users_are_answered_equally_fast(front: Front) -> None:
    medians = []
    for user in ("201", "299"):
        with front.phone(user, "wrong") as phone:
            challenge = phone.ask("REGISTER")
            assert challenge is not None
            times = []
            for _ in range(80):
                text = phone.text("REGISTER", authorization=phone.credentials(challenge, "REGISTER"))
                begun = time.perf_counter()
                phone.send(text)
                phone.receive(0.5)
                times.append(time.perf_counter() - begun)
            medians.append(statistics.median(times))
    assert abs(medians[0] - medians[1]) < 0.005, medians


def test_a_call_reaches_the_exchange_with_the_extension_and_the_token(front: Front) -> None:
    drained(front)
    with front.phone() as phone:
        forged = "X-Twinline-Extension: 999\r\nX-Twinline-Token: x\r\nP-Asserted-Identity: <sip:999@a>"
        phone.ask_with_password("INVITE", "*70%23", body=phone.sdp, extra=forged)
    reached = front.exchange_hears()
    assert reached is not None and reached.method == "INVITE"
    assert reached.uri.startswith("sip:*70%23@127.0.0.1:")
    assert re.findall("X-Twinline-Extension: (.*)\r", reached.text) == ["201"]
    assert re.findall("X-Twinline-Token: (.*)\r", reached.text) == [TOKEN]
    assert "P-Asserted-Identity" not in reached.text and "Authorization" not in reached.text
    assert f"X-Twinline-Source: {phone.address}:{phone.port}" in reached.text


SESSION = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
CONNECTION = "c=IN IP4 127.0.0.1\r\n"
AUDIO = "m=audio 40000 RTP/AVP 0\r\n"
BAD_BODIES = {
    "m= without c=": SESSION + "t=0 0\r\n" + AUDIO,
    "a refused m= without c=": SESSION + "t=0 0\r\nm=audio 0 RTP/AVP 0\r\n",
    "the second m= without c=": SESSION + "t=0 0\r\n" + AUDIO + CONNECTION + AUDIO,
    "the first m= without c=": SESSION + "t=0 0\r\n" + AUDIO + AUDIO + CONNECTION,
    "three m=": SESSION + CONNECTION + "t=0 0\r\n" + AUDIO * 3,
    "twenty m=": SESSION + CONNECTION + "t=0 0\r\n" + AUDIO * 20,
    "no m=": SESSION + CONNECTION + "t=0 0\r\n",
    "no version": CONNECTION + AUDIO,
    "noise": "%%%\r\n" * 20,
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_call_with_a_broken_body_is_refused_and_the_exchange_sees_nothing(front: Front, name: str) -> None:
    drained(front)
    with front.phone() as phone:
        reply = phone.ask_with_password("INVITE", "202", body=BAD_BODIES[name])
        assert reply is not None and reply.status == 488
    assert front.exchange_hears(0.2) is None


def test_a_call_without_a_body_passes_and_one_that_is_no_sdp_does_not(front: Front) -> None:
    drained(front)
    with front.phone() as phone:
        reply = phone.ask_with_password("INVITE", "202", body="hello", content_type="text/plain")
        assert reply is not None and reply.status == 415
        assert front.exchange_hears(0.2) is None
        phone.ask_with_password("INVITE", "202")
    reached = front.exchange_hears()
    assert reached is not None and reached.method == "INVITE" and reached.body == ""


@pytest.mark.parametrize("body", [SESSION + CONNECTION + AUDIO * 2, SESSION + (AUDIO + CONNECTION) * 2])
def test_two_media_lines_with_an_address_pass(front: Front, body: str) -> None:
    drained(front)
    with front.phone() as phone:
        phone.send(phone.text("OPTIONS"))
        assert phone.final() is not None
        phone.ask_with_password("INVITE", "202", body=body)
    reached = front.exchange_hears()
    assert reached is not None and reached.body.count("m=") == 2


@pytest.mark.parametrize("number", ["2" * 200, "2" * 21, "abc", "201&202", "2%0d%0a", "%00", "201;x=1", "a@b", "+-1"])
def test_only_numbers_reach_the_exchange(front: Front, number: str) -> None:
    drained(front)
    with front.phone() as phone:
        reply = phone.ask_with_password("INVITE", number, body=phone.sdp)
        assert reply is None or reply.status >= 400
    reached = front.exchange_hears(0.2)
    assert reached is None or re.match(r"sip:[0-9*#+]{1,20}(;[^@]*)?@", reached.uri), reached.uri


def test_a_telephone_calls_as_itself_only(front: Front) -> None:
    drained(front)
    with front.phone() as phone:
        reply = phone.ask_with_password("INVITE", "202", body=phone.sdp, from_user="202")
        assert reply is not None and reply.status == 403
    until(lambda: "impersonation" in front.kinds(), 2, "the event")
    assert front.exchange_hears(0.2) is None


def test_requests_inside_calls_that_never_were_reach_nobody(front: Front) -> None:
    drained(front)
    with front.phone() as phone:
        inside = f"Route: <sip:{front.address}:{front.port};lr;tw={'0' * 32}>, "
        inside += f"<sip:127.0.0.1:{front.inside.registrar_port};lr>"
        for method in ("BYE", "INVITE", "REFER", "INFO", "UPDATE", "NOTIFY"):
            for extra in ("", inside):
                body = phone.sdp if method == "INVITE" else ""
                uri = f"sip:x@127.0.0.1:{front.inside.exchange_port}"
                reply = phone.ask(method, "202", tag="abc", uri=uri, extra=extra, body=body)
                assert reply is not None and reply.status == 481, (method, extra, reply and reply.text)
        forged = f"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {front.address}:{front.port};branch=z9hG4bKx\r\n"
        forged += f"Via: SIP/2.0/UDP 127.0.0.1:{front.inside.exchange_port};branch=z9hG4bKy\r\n"
        phone.send(forged + "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n")
    assert front.exchange_hears(0.3) is None


def test_nobody_without_the_token_passes_for_the_exchange(front: Front) -> None:
    with (
        front.phone() as phone,
        RawPhone(("127.0.0.1", front.inside.registrar_port), "1", address="127.0.0.1") as local,
    ):
        assert phone.register() == 200
        reply = local.ask("INVITE", "201", body=local.sdp)
        assert reply is not None and reply.status == 403
        reply = local.ask("PUBLISH", "201", extra="Event: dialog")
        assert reply is not None and reply.status == 403


def test_a_call_from_the_exchange_rings_every_device_at_the_address_it_knows(front: Front) -> None:
    with front.phone() as one, front.phone() as two:
        assert one.register() == two.register() == 200
        with RawPhone(("127.0.0.1", front.inside.registrar_port), "x", address="127.0.0.1") as exchange:
            exchange.send(exchange.text("INVITE", "201", body=exchange.sdp, extra=f"X-Twinline-Token: {TOKEN}"))
            for phone in (one, two):
                call = phone.receive()
                assert call is not None and call.method == "INVITE"
                assert f"c=IN IP4 {front.address}\r\n" in call.body and "127.0.0.1" not in call.body
                assert int(call.header("Content-Length")) == len(call.body)
                assert TOKEN not in call.text
        one.register(expires_s=0)
        two.register(expires_s=0)


def test_lamps_and_message_lights_are_told(front: Front) -> None:
    with front.phone() as phone:
        reply = phone.ask_with_password("SUBSCRIBE", "202", extra="Event: dialog\r\nExpires: 600")
        assert reply is not None and reply.status in (200, 202)
        notified = phone.receive()
        assert notified is not None and notified.method == "NOTIFY" and "terminated" in notified.body
        answer(phone, notified)
        for lamp in (Lamp.RINGING, Lamp.BUSY, Lamp.FREE):
            front.registrar.set_lamp("202", lamp)
            notified = phone.receive()
            assert notified is not None and f"<state>{lamp.value}</state>" in notified.body, notified
            answer(phone, notified)
        reply = phone.ask_with_password("SUBSCRIBE", "201", extra="Event: message-summary\r\nExpires: 600")
        assert reply is not None and reply.status in (200, 202)
        answer(phone, phone.receive())
        front.registrar.set_messages("201", 3, 1)
        notified = phone.receive()
        assert notified is not None and "Voice-Message: 3/1" in notified.body
        answer(phone, notified)


def answer(phone: RawPhone, request: Reply | None) -> None:
    assert request is not None
    kept = [line for line in request.text.split("\r\n") if re.match("(Via|From|To|Call-ID|CSeq|t|f|i|v):", line)]
    phone.send("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]))
