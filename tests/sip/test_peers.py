"""The peers of the other tests are real: they talk to each other before they judge the firmware."""

import socket
import ssl
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.baresip import (
    CLOSED,
    ENCRYPTED,
    ESTABLISHED,
    INCOMING,
    REFUSED,
    REGISTERED,
    RINGING,
    Account,
    Baresip,
)
from tests.support.ca import Certificate, TestCa
from tests.support.dns import A, Dns, Record, Srv
from tests.support.network import is_bound, is_listening
from tests.support.registrar import Registrar
from tests.support.sipp import Sipp
from tests.support.sound import (
    RATE_HZ,
    fingerprint,
    level_at,
    likeness,
    resample,
    tone,
)
from tests.support.waiting import until

REPOSITORY = Path(__file__).parents[2]
DOMAIN = "example.test"
USERS = {"alice": "one", "bob": "two", "carol": "three"}
ALICE, BOB = fingerprint(1, 10), fingerprint(2, 10)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> TestCa:
    return TestCa(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def registrar(tmp_path_factory: pytest.TempPathFactory, ca: TestCa) -> Iterator[Registrar]:
    folder = tmp_path_factory.mktemp("registrar")
    with Registrar(folder, USERS, certificate=ca.server(DOMAIN), replies={"900": 486}) as running:
        yield running


def account(registrar: Registrar, user: str, transport: str = "udp", **changes: object) -> Account:
    values: dict[str, object] = {"password": USERS[user], "outbound_proxy": registrar.host(transport)}
    return Account(user, DOMAIN, transport=transport, **(values | changes))  # type: ignore[arg-type]


def has_heard_a_second(telephone: Baresip) -> bool:
    samples, rate_hz = telephone.heard()
    return len(samples) > rate_hz


@pytest.mark.parametrize(
    ("transport", "srtp", "codec"),
    [
        ("udp", "", "pcmu/8000/1"),
        ("tcp", "srtp", "pcma/8000/1"),
        ("tls", "srtp-mand", "g722/16000/1"),
        ("tls", "srtp-mand", "opus/48000/2"),
    ],
)
def test_two_telephones_hear_each_other_through_the_registrar(
    tmp_path: Path, registrar: Registrar, transport: str, srtp: str, codec: str
) -> None:
    calling = account(registrar, "alice", transport, srtp=srtp, codecs=[codec])
    called = account(registrar, "bob", transport, srtp=srtp, codecs=[codec])
    with (
        Baresip(tmp_path / "alice", calling, plays=ALICE) as alice,
        Baresip(tmp_path / "bob", called, plays=BOB) as bob,
    ):
        alice.wait_for(REGISTERED)
        bob.wait_for(REGISTERED)
        assert len(registrar.contacts("alice")) == 1
        alice.dial(f"sip:bob@{DOMAIN}")
        bob.wait_for(INCOMING)
        alice.wait_for(RINGING)
        bob.answer()
        if srtp:
            alice.wait_for(ENCRYPTED)
        alice.wait_for(ESTABLISHED)
        bob.wait_for(ESTABLISHED)
        for telephone, other, self in ((alice, BOB, ALICE), (bob, ALICE, BOB)):
            until(partial(has_heard_a_second, telephone), 10, "a second of sound")
            heard = resample(*telephone.heard(), RATE_HZ)
            assert likeness(other, heard).correlation > 0.9
            assert likeness(self, heard).correlation < 0.3
        alice.hang_up()
        bob.wait_for(CLOSED)
        invites = [m for m in registrar.requests("INVITE") if m.transport == transport and m.body]
        assert ("RTP/SAVP" in invites[-1].body) == (srtp == "srtp-mand")
        assert ("a=crypto:" in invites[-1].body) == bool(srtp)
    until(lambda: not registrar.contacts("alice"), 5, "the goodbye at the registrar")


def test_a_wrong_password_is_refused(tmp_path: Path, registrar: Registrar) -> None:
    with Baresip(tmp_path, account(registrar, "carol", password="wrong", expires_s=30)) as carol:
        assert "401" in carol.wait_for(REFUSED).parameter
        assert registrar.contacts("carol") == []
        assert registrar.requests("REGISTER", carol.address)


def test_an_echo_telephone_gives_back_what_it_hears(tmp_path: Path) -> None:
    here, there = (Account(name, "127.0.0.1", is_registering=False, answers="auto") for name in ("here", "there"))
    with (
        Baresip(tmp_path / "here", here, plays=tone(700, 10)) as caller,
        Baresip(tmp_path / "there", there, echoes=True) as echo,
    ):
        caller.dial(echo.uri)
        caller.wait_for(ESTABLISHED)
        until(lambda: level_at(caller.heard()[0][-4000:], 700) > 0.9, 10, "the tone coming back")


def test_digits_hold_and_resume_reach_the_other_telephone(tmp_path: Path) -> None:
    here, there = (Account(name, "127.0.0.1", is_registering=False, answers="auto") for name in ("here", "there"))
    with Baresip(tmp_path / "here", here) as caller, Baresip(tmp_path / "there", there) as called:
        caller.dial(called.uri)
        caller.wait_for(ESTABLISHED)
        caller.send_digits("159*#")
        until(lambda: called.digits() == "159*#", 10, "the digits")
        caller.hold()
        until(lambda: "a=sendonly" in called.sip_trace(), 5, "the hold")
        caller.resume()
        until(
            lambda: called.sip_trace().rfind("a=sendrecv") > called.sip_trace().rfind("a=sendonly"),
            5,
            "resume",
        )
        called.hang_up()
        caller.wait_for(CLOSED)


def test_the_registrar_answers_a_number_as_it_is_told(tmp_path: Path, registrar: Registrar) -> None:
    with Baresip(tmp_path, account(registrar, "carol")) as carol:
        carol.wait_for(REGISTERED)
        carol.dial(f"sip:900@{DOMAIN}")
        assert carol.wait_for(CLOSED).parameter.startswith("486")
        carol.dial(f"sip:nobody@{DOMAIN}")
        assert carol.wait_for(CLOSED).parameter.startswith("404")
        registrar.forget("carol")
        carol.dial(f"sip:carol@{DOMAIN}")
        assert carol.wait_for(CLOSED).parameter.startswith("480")


def test_a_frozen_registrar_says_nothing_and_goes_on_when_thawed(tmp_path: Path, ca: TestCa) -> None:
    with Registrar(tmp_path, USERS, certificate=ca.server(DOMAIN)) as frozen:
        context = ssl.create_default_context(cafile=str(ca.file))
        with (
            socket.create_connection((frozen.address, frozen.tls_port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=DOMAIN) as client,
        ):
            frozen.freeze()
            client.sendall(options_request(frozen, "TLS"))
            client.settimeout(0.3)
            with pytest.raises(TimeoutError):
                client.recv(4096)
            frozen.thaw()
            client.settimeout(5)
            assert client.recv(4096).startswith(b"SIP/2.0 200")
        frozen.restart()
        assert is_listening(frozen.address, frozen.tls_port)


def options_request(registrar: Registrar, transport: str) -> bytes:
    lines = [
        f"OPTIONS sip:{DOMAIN} SIP/2.0",
        f"Via: SIP/2.0/{transport} {registrar.address}:9;branch=z9hG4bKtest;rport",
        "Max-Forwards: 70",
        "From: <sip:test@example.test>;tag=1",
        f"To: <sip:{DOMAIN}>",
        "Call-ID: test",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("good", ""),
        ("expired", "certificate has expired"),
        ("early", "certificate is not yet valid"),
        ("self-signed", "self-signed certificate"),
        ("wrong name", "Hostname mismatch"),
        ("wrong CA", "unable to get local issuer certificate"),
    ],
)
def test_the_test_ca_makes_good_and_wrong_certificates(tmp_path: Path, ca: TestCa, kind: str, words: str) -> None:
    certificates: dict[str, Certificate] = {
        "good": ca.server(DOMAIN, "127.0.0.1", file_name="good"),
        "expired": ca.expired(DOMAIN),
        "early": ca.not_yet_valid(DOMAIN),
        "self-signed": ca.self_signed(DOMAIN),
        "wrong name": ca.server("other.test", file_name="wrong"),
        "wrong CA": TestCa(tmp_path / "other", "Another CA").server(DOMAIN),
    }
    with Registrar(tmp_path / "registrar", USERS, certificate=certificates[kind]) as registrar:
        context = ssl.create_default_context(cafile=str(ca.file))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection((registrar.address, registrar.tls_port), timeout=5) as plain:
            if not words:
                context.wrap_socket(plain, server_hostname=DOMAIN).close()
                return
            with pytest.raises(ssl.SSLCertVerificationError, match=words):
                context.wrap_socket(plain, server_hostname=DOMAIN)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sipp_calls_sipp(tmp_path: Path, transport: str) -> None:
    with Sipp(tmp_path / "called", "answer", transport=transport, calls=3) as called:
        target = f"{called.address}:{called.port}"
        caller = Sipp(tmp_path / "caller", "call", target=target, transport=transport, calls=3, talk_ms=100)
        outcome = caller.run()
        assert (outcome.exit_code, outcome.successful, outcome.failed) == (0, 3, 0), outcome.errors
        assert called.outcome().successful == 3


def test_a_telephone_and_sipp_call_each_other(tmp_path: Path) -> None:
    settings = Account("phone", "127.0.0.1", is_registering=False, answers="auto")
    with Baresip(tmp_path / "phone", settings, plays=ALICE) as phone:
        target = f"{phone.address}:{phone.port}"
        assert Sipp(tmp_path / "call", "call", target=target, service="phone", talk_ms=100).run().exit_code == 0
        phone.wait_for(CLOSED)
        with Sipp(tmp_path / "answer", "answer", echoes=True) as sipp:
            phone.dial(sipp.uri)
            phone.wait_for(ESTABLISHED)
            until(lambda: likeness(ALICE, phone.heard()[0]).correlation > 0.9, 10, "the echo of sipp")
            phone.hang_up()
            assert sipp.outcome().exit_code == 0
        phone.wait_for(CLOSED)
        with Sipp(tmp_path / "refuse", "refuse", keys={"status": "486 Busy Here"}) as sipp:
            phone.dial(sipp.uri)
            assert phone.wait_for(CLOSED).parameter.startswith("486")
            assert sipp.outcome().exit_code == 0
        with Sipp(tmp_path / "ring", "ring") as sipp:
            phone.dial(sipp.uri)
            phone.wait_for(RINGING)
            phone.hang_up()
            assert sipp.outcome().exit_code == 0


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("password", "exit_code"), [("three", 0), ("wrong", 1)])
def test_sipp_registers_by_digest(
    tmp_path: Path, registrar: Registrar, transport: str, password: str, exit_code: int
) -> None:
    sipp = Sipp(
        tmp_path,
        "register",
        target=registrar.host(transport),
        transport=transport,
        user="carol",
        password=password,
        keys={"user": "carol", "domain": DOMAIN},
    )
    assert sipp.run().exit_code == exit_code
    is_there = any(f"carol@{sipp.address}" in contact for contact in registrar.contacts("carol"))
    assert is_there == (exit_code == 0)


def test_a_telephone_finds_the_registrar_by_its_srv_record(tmp_path: Path, registrar: Registrar) -> None:
    records: list[Record] = [
        A("sip.example.test", registrar.address),
        Srv("_sip._tcp.example.test", "sip.example.test", registrar.port),
    ]
    with Dns(tmp_path / "dns", *records) as server:
        settings = account(registrar, "carol", "tcp", outbound_proxy="")
        with Baresip(tmp_path / "carol", settings, dns_server=server.server) as carol:
            carol.wait_for(REGISTERED)


def test_peers_leave_nothing_behind(tmp_path: Path, ca: TestCa) -> None:
    with Registrar(tmp_path / "registrar", USERS, certificate=ca.server(DOMAIN)) as registrar:
        with Baresip(tmp_path / "alice", account(registrar, "alice")) as alice:
            alice.wait_for(REGISTERED)
            assert is_bound(alice.address, alice.port, "udp")
        assert not is_bound(alice.address, alice.port, "udp")
        socket_folder = registrar.rpc("core.version") and registrar._socket_folder
    assert not is_bound(registrar.address, registrar.port, "udp")
    assert not is_bound(registrar.address, registrar.tls_port, "tcp")
    assert not socket_folder.exists()
