"""Ends of the control socket: servers that go, clients that misbehave, and nothing that is left of either."""

import contextlib
import json
import os
import queue
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.control import ControlClient, ControlServer, Refused, Unreachable, wire
from tests.unit.control.control_methods import DEADLINE_S, Methods, raw, until


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
