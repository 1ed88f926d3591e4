"""nginx and the page behind it, under clients that mean no good and under more friends than there is room for."""

import contextlib
import http.client
import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.webadmin.now.live import WATCHERS_MAX
from firmware.webadmin.tls.certificate import Certificates
from tests.support.waiting import until
from tests.web.conftest import DEADLINE_S, TlsBox

PAGE_S = 1.0


def page_s(box: TlsBox, headers: dict[str, str]) -> float:
    """How long the page takes now, TLS and all."""
    began = time.monotonic()
    assert box.ask("GET", "/", headers=headers)[0] == 200
    return time.monotonic() - began


@contextlib.contextmanager
def silent_clients(box: TlsBox, count: int, first_bytes: bytes = b"") -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", box.port), DEADLINE_S))
            one.sendall(first_bytes)
        yield


@contextlib.contextmanager
def tls_clients(box: TlsBox, count: int, first_bytes: bytes) -> Iterator[list[ssl.SSLSocket]]:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(box.connect()) for _ in range(count)]
        for one in clients:
            one.sendall(first_bytes)
        yield clients


def test_silent_and_half_open_clients_do_not_hold_up_the_page(tls_box: TlsBox) -> None:
    headers = tls_box.session
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"  # a ClientHello that does not go on
    with (
        silent_clients(tls_box, 50),
        silent_clients(tls_box, 50, hello),
        tls_clients(tls_box, 50, b"GET / HTTP/1.1\r\nHost: loc"),
    ):
        assert page_s(tls_box, headers) < PAGE_S


def test_slow_posts_and_huge_bodies_do_not_hold_up_the_page(tls_box: TlsBox) -> None:
    headers = tls_box.session
    head = f"POST /sign-in HTTP/1.1\r\nHost: localhost:{tls_box.port}\r\nContent-Length: 60000\r\n\r\nname=".encode()
    huge = f"POST /sign-in HTTP/1.1\r\nHost: localhost:{tls_box.port}\r\nContent-Length: 52428800\r\n\r\n".encode()
    with tls_clients(tls_box, 20, head), tls_clients(tls_box, 1, huge) as [large]:
        assert large.recv(12) == b"HTTP/1.1 413"
        assert page_s(tls_box, headers) < PAGE_S


def test_a_large_upload_is_taken_whole_and_never_lies_in_a_file(tls_box: TlsBox) -> None:
    same = {"Origin": f"https://localhost:{tls_box.port}", "Content-Type": "application/x-www-form-urlencoded"}
    status, text, _told = tls_box.ask("POST", "/system/restore", b"x" * 2_000_000, headers={**tls_box.session, **same})
    assert status == 403, "it came to the page, which misses its token"
    assert "reload" in text
    assert "temporary file" not in tls_box.nginx.log.read_text(), "nginx would warn of it"


def test_a_body_that_hides_its_length_is_cut_off(tls_box: TlsBox) -> None:
    head = f"POST /sign-in HTTP/1.1\r\nHost: localhost:{tls_box.port}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with tls_clients(tls_box, 1, head) as [one]:
        with contextlib.suppress(OSError):
            for _ in range(50):
                one.sendall(b"4000\r\n" + bytes(0x4000) + b"\r\n")
        one.settimeout(DEADLINE_S)
        heard = b""
        with contextlib.suppress(OSError):
            heard = one.recv(12)
        assert heard in (b"HTTP/1.1 413", b"")


def test_those_who_watch_leave_room_for_those_who_work(tls_box: TlsBox) -> None:
    headers = tls_box.session
    line = f"GET /live HTTP/1.1\r\nHost: localhost:{tls_box.port}\r\nCookie: {headers['Cookie']}\r\n\r\n".encode()
    with tls_clients(tls_box, WATCHERS_MAX, line) as watching:
        for one in watching:
            assert one.recv(15) == b"HTTP/1.1 200 OK"
        assert page_s(tls_box, headers) < PAGE_S
        assert tls_box.ask("GET", "/live", headers=headers)[0] == 503
        assert "hx-swap-oob" in tls_box.ask("GET", "/parts", headers=headers)[1]
    until(lambda: tls_box.pages.live.watchers.taken == 0, DEADLINE_S, "their seats are free again")


def test_live_updates_come_at_once_through_nginx(tls_box: TlsBox) -> None:
    line = f"GET /live HTTP/1.1\r\nHost: localhost:{tls_box.port}\r\nCookie: {tls_box.session['Cookie']}\r\n\r\n"
    with tls_clients(tls_box, 1, line.encode()) as [one]:
        one.settimeout(3)
        heard = b""
        while b"event: adapters" not in heard:
            heard += one.recv(65536)
        tls_box.gateway.snapshot = {**tls_box.gateway.snapshot, "calls": []}
        began = time.monotonic()
        tls_box.gateway.publish()
        while b"Nobody is calling" not in heard:
            heard += one.recv(65536)
        assert time.monotonic() - began < PAGE_S


def test_foreign_hosts_and_origins_are_refused_through_nginx_too(tls_box: TlsBox) -> None:
    assert tls_box.ask("GET", "/", headers={"Host": "evil.example"})[0] == 421
    for more in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert tls_box.ask("POST", "/sign-in", b"name=x", more)[0] == 403


def test_nobody_can_say_of_himself_where_he_comes_from(tls_box: TlsBox) -> None:
    headers = {"X-Real-IP": "192.0.2.9", "X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.9"}
    assert tls_box.ask("GET", "/settings", headers={**tls_box.session, **headers})[0] == 200


def test_over_tls_everything_is_guarded_and_nobody_says_what_it_is(tls_box: TlsBox) -> None:
    status, _text, told = tls_box.ask("GET", "/sign-in")
    assert status == 303
    assert told["strict-transport-security"]
    assert "nginx/" not in told.get("server", "")
    assert "__Host-twinline-form=" in tls_box.ask("GET", "/setup")[2]["set-cookie"]


def test_plain_http_leads_to_https_and_nowhere_else(tls_box: TlsBox) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", tls_box.http_port, timeout=DEADLINE_S)
    connection.request("GET", "/settings?x=1", headers={"Host": f"localhost:{tls_box.http_port}"})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Location")) == (308, f"https://localhost:{tls_box.port}/settings?x=1")
    connection.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(tls_box: TlsBox, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", tls_box.port)) as plain, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(plain)


def test_a_new_certificate_is_served_without_a_break(tls_box: TlsBox, tmp_path: Path) -> None:
    other = Certificates(tmp_path / "other")
    other.ensure(["localhost"])
    line = f"GET /live HTTP/1.1\r\nHost: localhost:{tls_box.port}\r\nCookie: {tls_box.session['Cookie']}\r\n\r\n"
    with tls_clients(tls_box, 1, line.encode()) as [watching]:
        assert watching.recv(15) == b"HTTP/1.1 200 OK"
        tls_box.certificates.replace(other.cert.read_bytes(), other.key.read_bytes())
        pid = int((tls_box.folder / "nginx.pid").read_text())
        os.kill(pid, signal.SIGHUP)
        until(lambda: serves(tls_box, other.cert), DEADLINE_S, "the new certificate")
        watching.settimeout(3)
        assert watching.recv(100), "who watches is not cut off"


def serves(box: TlsBox, cert: Path) -> bool:
    expected = ssl.PEM_cert_to_DER_cert(cert.read_text())
    try:
        with box.connect() as one:
            return one.getpeercert(binary_form=True) == expected
    except ssl.SSLError:  # the old one, which is trusted no more
        return False


def test_while_the_page_starts_nginx_says_so(tls_box: TlsBox) -> None:
    (tls_box.folder / "run" / "web.sock").unlink()
    status, text, told = tls_box.ask("GET", "/")
    assert status == 503
    assert "just starting" in text
    assert told["retry-after"] == "2"
