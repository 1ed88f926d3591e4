"""The real server under clients that mean no good, and under more friends than it has room for."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.webadmin import server as server_module
from firmware.webadmin.guard import LARGE_BODY_BYTES_MAX
from firmware.webadmin.now.listening import LISTENERS_MAX
from firmware.webadmin.now.live import WATCHERS_MAX
from firmware.webadmin.roles import Role
from firmware.webadmin.server import WebServer
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway, Simulator
from tests.unit.webadmin.wsgi_browser import pages_of

DEADLINE_S = 15.0
COOKIE: dict[str, str] = {}  # of the box that is served now


@contextlib.contextmanager
def serving(app: Callable[..., Iterable[bytes]], on_stop: Callable[[], None] = lambda: None) -> Iterator[WebServer]:
    served = WebServer(app, "127.0.0.1", 0)
    thread = threading.Thread(target=served.serve, args=(on_stop,))
    thread.start()
    try:
        yield served
    finally:
        served.stop()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LOOK_S", "_REQUEST_S", "_STALLED_S", "_IDLE_S"):
        monkeypatch.setattr(server_module, name, 1)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[WebServer]:
    run = tmp_path / "run"
    run.mkdir()
    with Gateway(run), Simulator(run):
        pages = pages_of(run)
        pages.start()
        COOKIE["Cookie"] = f"twinline={pages.sessions.open('installer', Role.INSTALLER).id}"
        with serving(pages.wsgi, pages.stop) as served:
            until(lambda: get(served, "/")[0] == 200, DEADLINE_S, "the page finds the gateway")
            yield served


@contextlib.contextmanager
def connections(served: WebServer, count: int, first_bytes: bytes = b"") -> Iterator[list[socket.socket]]:
    opened = []
    try:
        for _ in range(count):
            opened.append(socket.create_connection(("127.0.0.1", served.port), DEADLINE_S))
            opened[-1].sendall(first_bytes)
        yield opened
    finally:
        for connection in opened:
            connection.close()


def get(served: WebServer, path: str) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=DEADLINE_S)
    try:
        connection.request("GET", path, headers=COOKIE)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def request_of(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {COOKIE.get('Cookie', '')}\r\n\r\n".encode()


def first_line(connection: socket.socket) -> bytes:
    heard = b""
    while b"\r\n" not in heard:
        heard += connection.recv(1)
    return heard.strip()


def is_closed_by_server(connection: socket.socket) -> bool:
    connection.settimeout(0.01)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        pass
    return True


def test_half_open_and_silent_clients_do_not_hold_up_the_page(box: WebServer) -> None:
    with connections(box, 50, b"GET / HTTP/1.1\r\nHost: loc"), connections(box, 50):
        began = time.monotonic()
        assert get(box, "/")[0] == 200
        assert time.monotonic() - began < 1


def test_a_full_house_does_not_hold_up_the_page(box: WebServer) -> None:
    with (
        connections(box, WATCHERS_MAX, request_of("/live")) as watching,
        connections(box, LISTENERS_MAX, request_of("/simulator/phone/1/ear")) as listening,
    ):
        for connection in (*watching, *listening):
            assert first_line(connection) == b"HTTP/1.1 200 OK"
        began = time.monotonic()
        assert get(box, "/")[0] == 200
        assert time.monotonic() - began < 1
        assert "pages are watching already" in get(box, "/live")[1]
        assert "browsers listen already" in get(box, "/simulator/phone/2/ear")[1]
    with connections(box, 1, request_of("/live")) as again:
        assert first_line(again[0]) == b"HTTP/1.1 200 OK"


@pytest.mark.long
def test_a_page_that_is_reloaded_without_pause_keeps_its_live_updates(box: WebServer) -> None:
    for _ in range(5 * WATCHERS_MAX):
        with connections(box, 1, request_of("/live")) as watching:
            assert first_line(watching[0]) == b"HTTP/1.1 200 OK"


def test_the_server_does_not_tell_what_it_is(box: WebServer) -> None:
    assert "server" not in get(box, "/")[2]


def test_a_body_above_the_cap_is_refused_before_it_is_sent(box: WebServer) -> None:
    head = b"POST /simulator/phone/1/hook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 52428800\r\n\r\n"
    with connections(box, 1, head) as [connection]:
        assert first_line(connection).startswith(b"HTTP/1.1 413")


def test_ending_does_not_wait_for_those_who_watch_and_listen(box: WebServer) -> None:
    with (
        connections(box, 3, request_of("/live")) as watching,
        connections(box, 2, request_of("/simulator/phone/1/ear")) as listening,
    ):
        for connection in (*watching, *listening):
            first_line(connection)
        began = time.monotonic()
        box.stop()
        for connection in (*watching, *listening):
            until(lambda c=connection: is_closed_by_server(c), DEADLINE_S, "the server ends")  # type: ignore[misc]
        assert time.monotonic() - began < 3
    until(lambda: not [t for t in threading.enumerate() if t.name.startswith("waitress")], 5, "its threads end")


@pytest.mark.long
def test_a_request_that_trickles_in_is_cut_off(impatient: None) -> None:
    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [])
        return [b""]

    with serving(app) as served, connections(served, 1, b"GET / HTTP/1.1\r\n") as [connection]:

        def trickle() -> bool:
            with contextlib.suppress(OSError):
                connection.sendall(b"X: y\r\n")
            return is_closed_by_server(connection)

        until(trickle, DEADLINE_S, "the connection is cut off")


@pytest.mark.long
def test_an_answer_that_nobody_takes_gives_its_thread_back(impatient: None) -> None:
    has_ended = threading.Event()

    def endless() -> Iterator[bytes]:
        try:
            while True:
                yield bytes(65536)
        finally:
            has_ended.set()

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [])
        return endless()

    with serving(app) as served, connections(served, 1, request_of("/")):
        assert has_ended.wait(DEADLINE_S)


def test_a_port_that_is_taken_is_an_error_and_leaves_no_socket(box: WebServer) -> None:
    with pytest.raises(OSError, match="in use"):
        WebServer(lambda environ, start: [], "127.0.0.1", box.port)


def test_a_backup_that_is_uploaded_with_its_passphrase_never_lies_in_a_file() -> None:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        taken = len(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [f"{taken} bytes, {nameless_files()} files".encode()]

    with serving(app) as served:
        before = nameless_files()
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=DEADLINE_S)
        connection.request("POST", "/system/restore", b"x" * (LARGE_BODY_BYTES_MAX - 1))
        assert connection.getresponse().read() == f"{LARGE_BODY_BYTES_MAX - 1} bytes, {before} files".encode()
        connection.close()


def nameless_files() -> int:
    """Open files that no folder names any more, as temporary ones are."""
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # that of the listing itself
            count += "(deleted)" in str(descriptor.readlink())
    return count
