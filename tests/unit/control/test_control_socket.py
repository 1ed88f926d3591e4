"""The control socket: asked and answered over a real Unix socket, with good clients and bad ones."""

import threading
import time
from pathlib import Path

import pytest

from firmware.control import ControlClient, ControlServer, Fault, Refused
from tests.unit.control.control_methods import Methods, raw, until


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
