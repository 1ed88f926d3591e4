"""The asking side of the control socket. Knows no method by name, except `subscribe`."""

import contextlib
import itertools
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from firmware.control import wire
from firmware.control.errors import Fault, Refused, Unreachable

_Item = TypeVar("_Item")


class ControlClient:
    """Asks the process that listens at `path`. `timeout_s` bounds a whole call; None waits for ever.

    Calls share one connection (made on first use, and anew after the other side was restarted); every
    stream has its own, so that dropping the stream ends it on the other side too.
    """

    def __init__(self, path: Path, timeout_s: float | None = 5.0) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._channel: _Channel | None = None

    def call(self, method: str, /, **params: object) -> object:
        """The method's result. Raises Refused, Fault, Unreachable. Never asks twice for one call."""
        with self._lock:
            channel = self._open_channel()
            try:
                return channel.ask(method, params)
            except Unreachable:
                self._drop_channel()
                raise

    def stream(self, method: str, /, **params: object) -> "Stream[object]":
        """The method's items as they come. Close it, or use it in `with`, to end it early."""
        channel = _Channel(self._path, self._timeout_s)
        channel.send(method, params)
        return Stream(channel, channel.next_item, None)

    def events(self, *topics: str, idle_s: float | None = None) -> "Stream[tuple[str, object]]":
        """Events of the topics from now on, as (topic, data).

        With `idle_s`, ("", None) comes whenever nothing else came for that long: the moment to find out
        whether one's own audience is still there.
        """
        channel = _Channel(self._path, self._timeout_s)
        try:
            channel.ask("subscribe", {"topics": list(topics)})
        except BaseException:
            channel.close()
            raise
        return Stream(channel, channel.next_event, idle_s)

    def close(self) -> None:
        """Drop the connection; the next call makes a new one."""
        with self._lock:
            self._drop_channel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    def _open_channel(self) -> "_Channel":
        if self._channel is not None and self._channel.is_stale():
            self._drop_channel()
        if self._channel is None:
            self._channel = _Channel(self._path, self._timeout_s)
        return self._channel

    def _drop_channel(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None


class Stream(Generic[_Item]):
    """Items of a running request. Raises Refused, Fault or, when the other side goes away, Unreachable."""

    def __init__(self, channel: "_Channel", next_item: Callable[[float | None], _Item], idle_s: float | None) -> None:
        self._channel = channel
        self._next_item = next_item
        self._idle_s = idle_s

    def __iter__(self) -> Iterator[_Item]:
        return self

    def __next__(self) -> _Item:
        if self._channel.is_closed:
            raise StopIteration
        try:
            return self._next_item(self._idle_s)
        except Unreachable:
            if self._channel.is_closed:  # by us, from another thread
                raise StopIteration from None
            self.close()
            raise
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it; may be called from another thread, where a waiting `next` then ends too."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()


class _Channel:
    """One connection, used by one thread at a time."""

    def __init__(self, path: Path, timeout_s: float | None) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._ids = itertools.count(1)
        self._id = 0
        self.is_closed = False
        try:
            self._socket = wire.connect(path, timeout_s)
        except OSError as error:
            raise Unreachable(f"nobody answers at {path}") from error
        self._reader = wire.LineReader(self._socket)

    def ask(self, method: str, params: dict[str, object]) -> object:
        self.send(method, params)
        deadline = None if self._timeout_s is None else time.monotonic() + self._timeout_s
        while True:
            message = self._receive(deadline)
            if "result" in message and message.get("id") == self._id:
                return message["result"]

    def send(self, method: str, params: dict[str, object]) -> None:
        self._id = next(self._ids)
        line = wire.encode({"id": self._id, "method": method, "params": params})
        self._socket.settimeout(self._timeout_s)
        try:
            self._socket.sendall(line)
        except OSError:
            self._receive(time.monotonic())  # it may have said why it closed
            raise self._gone() from None

    def next_item(self, idle_s: float | None) -> object:
        """The next item of a stream; raises StopIteration at its end."""
        while True:
            message = self._receive(None)
            if "item" in message:
                return message["item"]
            if "result" in message:
                raise StopIteration

    def next_event(self, idle_s: float | None) -> tuple[str, object]:
        """The next event of a subscription; ("", None) after `idle_s` of silence."""
        if idle_s is not None and not self._reader.has_pending and not self._is_readable(idle_s):
            return "", None
        while True:
            message = self._receive(None)
            if "topic" in message:
                return str(message["topic"]), message.get("data")

    def is_stale(self) -> bool:
        """Whether the other side has closed, or said something that nobody asked for."""
        return self._reader.has_pending or self._is_readable(0)

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            with contextlib.suppress(OSError):  # the other side was first
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in recv
            self._socket.close()

    def _is_readable(self, wait_s: float) -> bool:
        poll = select.poll()
        try:
            poll.register(self._socket, select.POLLIN)
        except ValueError as error:  # closed by another thread
            raise self._gone() from error
        return bool(poll.poll(wait_s * 1000))

    def _receive(self, deadline: float | None) -> dict[str, object]:
        try:
            self._socket.settimeout(None if deadline is None else max(0.001, deadline - time.monotonic()))
            line = self._reader.read()
            if line is None:
                raise self._gone()
            message = wire.decode(line)
        except TimeoutError as error:
            raise Unreachable(f"no answer from {self._path.name} within {self._timeout_s:g} s") from error
        except (OSError, wire.BadLine) as error:
            raise self._gone() from error
        if "error" in message:
            raise _error_of(message["error"])
        return message

    def _gone(self) -> Unreachable:
        return Unreachable(f"the other side of {self._path.name} went away")


def _error_of(error: object) -> Exception:
    kind, text = (error.get("kind"), str(error.get("text"))) if isinstance(error, dict) else ("", str(error))
    return Refused(text) if kind == "refused" else Fault(text)
