"""The control socket: asked and answered over a real Unix socket, with good clients and bad ones."""

import contextlib
import json
import os
import queue
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.control import ControlClient, ControlServer, Fault, Refused, Unreachable, wire

DEADLINE_S = 10.0


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_true():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.005)


class Methods:
    """What the test server can do."""

    def __init__(self) -> None:
        self.closed_streams = 0
        self.release = threading.Event()

    def table(self) -> dict[str, Callable[..., object]]:
        return {
            "add": lambda a, b: a + b,
            "refuse": self._refuse,
            "fail": self._fail,
            "set": lambda: {1, 2},
            "huge": lambda: "x" * wire.LINE_MAX_BYTES,
            "wait": lambda: self.release.wait(DEADLINE_S),
            "count": lambda to: iter(range(to)),
            "forever": self._forever,
            "silent": self._silent,
            "stops_refused": self._stops_refused,
        }

    def _refuse(self) -> None:
        raise Refused("not on a Sunday")

    def _fail(self) -> None:
        raise OSError("secret detail")

    def _forever(self) -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            self.closed_streams += 1

    def _silent(self) -> Iterator[None]:
        try:
            while True:
                time.sleep(0.01)
                yield None
        finally:
            self.closed_streams += 1

    def _stops_refused(self) -> Iterator[int]:
        yield 1
        raise Refused("enough")


@pytest.fixture
def methods() -> Iterator[Methods]:
    methods = Methods()
    yield methods
    methods.release.set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "test.sock"


@pytest.fixture
def server(path: Path, methods: Methods) -> Iterator[ControlServer]:
    before = threading.active_count()
    server = ControlServer(path, methods.table(), max_clients=4)
    server.start()
    yield server
    methods.release.set()
    server.stop()
    until(lambda: threading.active_count() <= before)


@pytest.fixture
def client(path: Path, server: ControlServer) -> Iterator[ControlClient]:
    with ControlClient(path) as client:
        yield client


@contextlib.contextmanager
def raw(path: Path) -> Iterator[socket.socket]:
    with wire.connect(path, DEADLINE_S) as connection:
        yield connection


def test_a_call_brings_the_result(client: ControlClient) -> None:
    assert client.call("add", a=2, b=3) == 5
    assert client.call("add", a="zwölf", b=" ☎") == "zwölf ☎"


def test_a_refusal_arrives_in_its_own_words(client: ControlClient) -> None:
    with pytest.raises(Refused, match="not on a Sunday"):
        client.call("refuse")
    assert client.call("add", a=1, b=1) == 2


@pytest.mark.parametrize("method", ["fail", "set", "huge"])
def test_a_fault_says_no_detail_and_the_connection_goes_on(client: ControlClient, method: str) -> None:
    with pytest.raises(Fault) as fault:
        client.call(method)
    assert "secret detail" not in str(fault.value)
    assert client.call("add", a=1, b=1) == 2


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("no such", {}, "no method"),
        ("add", {"a": 1}, "missing a required argument: 'b'"),
        ("add", {"a": 1, "b": 2, "c": 3}, "unexpected keyword argument 'c'"),
        ("subscribe", {"topics": "status"}, "list"),
    ],
)
def test_a_wrong_request_is_refused_in_words(
    client: ControlClient, method: str, params: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        client.call(method, **params)


def test_a_stream_brings_every_item_and_ends(client: ControlClient) -> None:
    assert list(client.stream("count", to=1000)) == list(range(1000))


def test_a_stream_can_end_in_a_refusal(client: ControlClient) -> None:
    stream = client.stream("stops_refused")
    assert next(stream) == 1
    with pytest.raises(Refused, match="enough"):
        next(stream)
    assert list(stream) == []


@pytest.mark.parametrize("method", ["forever", "silent"])
def test_a_stream_is_closed_when_the_client_goes_away(client: ControlClient, methods: Methods, method: str) -> None:
    stream = client.stream(method)
    if method == "forever":
        assert next(stream) == 1
    stream.close()
    until(lambda: methods.closed_streams == 1)
    assert list(stream) == []


def test_a_stream_closed_by_another_thread_ends(client: ControlClient) -> None:
    stream = client.stream("silent")
    closer = threading.Timer(0.05, stream.close)
    closer.start()
    assert list(stream) == []
    closer.join()


def test_calls_go_on_while_a_stream_runs(client: ControlClient) -> None:
    with client.stream("forever") as stream:
        assert next(stream) == 1
        assert client.call("add", a=1, b=2) == 3
        assert next(stream) == 1


def test_no_event_is_lost_after_events_returned(client: ControlClient, server: ControlServer) -> None:
    for round_number in range(50):
        with client.events("status") as events:
            server.publish("status", round_number)
            assert next(events) == ("status", round_number)


def test_events_of_other_topics_do_not_come(client: ControlClient, server: ControlServer) -> None:
    assert not server.has_subscribers("status")
    with client.events("status", "log") as events:
        assert server.has_subscribers("status")
        for topic in ("noise", "log", "noise", "status"):
            server.publish(topic, topic.upper())
        assert [next(events), next(events)] == [("log", "LOG"), ("status", "STATUS")]
    until(lambda: not server.has_subscribers("status"))


def test_a_silent_subscription_wakes_when_asked_to(client: ControlClient, server: ControlServer) -> None:
    with client.events("status", idle_s=0.02) as events:
        assert next(events) == ("", None)
        server.publish("status", 1)
        server.publish("status", 2)
        assert [item for item in (next(events) for _ in range(3)) if item[0]][:2] == [
            ("status", 1),
            ("status", 2),
        ]


def test_a_subscriber_that_does_not_read_is_dropped_and_publish_never_waits(
    client: ControlClient, server: ControlServer, path: Path
) -> None:
    with raw(path) as slow, client.events("status") as events:
        slow.sendall(b'{"id":1,"method":"subscribe","params":{"topics":["status"]}}\n')
        assert b"result" in slow.recv(1000)
        slowest = 0.0
        for number in range(300):
            started = time.monotonic()
            server.publish("status", [number, "x" * 20_000])
            slowest = max(slowest, time.monotonic() - started)
            assert next(events)[1] == [number, "x" * 20_000]
        assert slowest < 1.0
        until(lambda: len(server._clients) == 1)


def test_nobody_listening_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        ControlClient(tmp_path / "nothing.sock").call("add")
    with pytest.raises(Unreachable):
        ControlClient(tmp_path / "no folder" / "nothing.sock").events("status")


def test_a_socket_left_by_a_killed_process_is_unreachable_and_can_be_taken(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead, wire.reachable_name(path) as name:
        dead.bind(name)
    with pytest.raises(Unreachable):
        ControlClient(path).call("add")
    server = ControlServer(path, {"ping": lambda: "pong"})
    server.start()
    with ControlClient(path) as client:
        assert client.call("ping") == "pong"
    server.stop()


def test_a_running_server_is_not_displaced(server: ControlServer, client: ControlClient, path: Path) -> None:
    with pytest.raises(Refused, match="another process"):
        ControlServer(path, {}).start()
    assert client.call("add", a=1, b=1) == 2


def test_the_client_finds_a_restarted_server(path: Path) -> None:
    with ControlClient(path) as client:
        for answer in ("first", "second"):
            server = ControlServer(path, {"who": lambda answer=answer: answer})
            server.start()
            assert client.call("who") == answer
            server.stop()
        with pytest.raises(Unreachable):
            client.call("who")


def test_a_call_and_a_stream_end_when_the_server_stops(path: Path, methods: Methods) -> None:
    server = ControlServer(path, methods.table())
    server.start()
    outcomes: queue.Queue[object] = queue.Queue()

    def wait_for(action: Callable[[], object]) -> None:
        try:
            outcomes.put(action())
        except Unreachable as error:
            outcomes.put(error)

    client = ControlClient(path, timeout_s=None)
    events = client.events("status")
    threads = [
        threading.Thread(target=wait_for, args=(action,))
        for action in (lambda: client.call("wait"), lambda: next(events))
    ]
    for thread in threads:
        thread.start()
    until(lambda: len(server._clients) == 2)
    threading.Timer(0.05, methods.release.set).start()
    server.stop()
    for thread in threads:
        thread.join(DEADLINE_S)
    assert any(isinstance(outcomes.get(timeout=DEADLINE_S), Unreachable) for _ in threads)
    assert not path.exists()
    client.close()


def test_a_call_without_answer_ends_in_time_and_the_late_answer_confuses_nobody(
    path: Path, server: ControlServer, methods: Methods
) -> None:
    with ControlClient(path, timeout_s=0.1) as client:
        with pytest.raises(Unreachable, match=r"within 0\.1 s"):
            client.call("wait")
        methods.release.set()
        assert client.call("add", a=20, b=1) == 21


def test_one_client_serves_many_threads(client: ControlClient) -> None:
    results: queue.Queue[bool] = queue.Queue()

    def ask(base: int) -> None:
        for number in range(100):
            results.put(client.call("add", a=base, b=number) == base + number)

    threads = [threading.Thread(target=ask, args=(1000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [results.get() for _ in range(400)] == [True] * 400


def test_the_socket_is_for_its_owner_alone(server: ControlServer, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_too_deep_for_a_socket_address_works(tmp_path: Path) -> None:
    path = tmp_path / ("d" * 100) / ("e" * 100) / "test.sock"
    server = ControlServer(path, {"ping": lambda: "pong"})
    server.start()
    with ControlClient(path) as client:
        assert client.call("ping") == "pong"
    server.stop()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe\n",
        b"[]\n",
        b'"text"\n',
        b"[" * 900_000 + b"\n",
        b"x" * (wire.LINE_MAX_BYTES + 70_000),
        b"\n",
    ],
    ids=["bytes", "list", "string", "deep", "endless", "empty"],
)
def test_garbage_is_answered_in_words_and_the_connection_closed(
    server: ControlServer, client: ControlClient, path: Path, garbage: bytes
) -> None:
    with raw(path) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(garbage)
        reader = wire.LineReader(connection)
        answer = reader.read()
        assert answer is not None
        assert json.loads(answer)["error"]["kind"] == "refused"
        with contextlib.suppress(ConnectionResetError):
            assert reader.read() is None
    assert client.call("add", a=1, b=1) == 2


def test_half_a_line_and_a_request_in_pieces_are_fine(server: ControlServer, path: Path) -> None:
    with raw(path) as connection:
        for byte in b'{"id":7,"method":"add","params":{"a":1,"b":2}}\n{"id":8,"meth':
            connection.sendall(bytes([byte]))
        assert json.loads(connection.recv(1000)) == {"id": 7, "result": 3}


def test_answers_come_to_a_client_that_only_stopped_asking(server: ControlServer, path: Path) -> None:
    with raw(path) as connection:
        connection.sendall(b'{"id":1,"method":"count","params":{"to":2}}\n')
        connection.shutdown(socket.SHUT_WR)
        reader = wire.LineReader(connection)
        assert [reader.read() for _ in range(4)] == [
            b'{"id":1,"item":0}',
            b'{"id":1,"item":1}',
            b'{"id":1,"result":null}',
            None,
        ]


def test_one_connection_too_many_is_refused_in_words(server: ControlServer, path: Path) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(ControlClient(path)) for _ in range(5)]
        for client in clients[:4]:
            client.call("add", a=1, b=1)
        with pytest.raises(Refused, match="more than 4 connections"):
            clients[4].call("add", a=1, b=1)
        clients[0].close()
        until(lambda: len(server._clients) < 4)
        assert clients[4].call("add", a=1, b=1) == 2


def test_file_descriptors_are_given_back(path: Path, methods: Methods) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        server = ControlServer(path, methods.table())
        server.start()
        with ControlClient(path) as client, client.events("status"), client.stream("forever") as stream:
            next(stream)
        server.stop()
    until(lambda: len(os.listdir("/proc/self/fd")) == before)
