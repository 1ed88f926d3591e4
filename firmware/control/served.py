"""One client of the control socket: its requests are answered on its own thread. Knows no other client."""

import contextlib
import inspect
import logging
import queue
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping

from firmware.control import wire
from firmware.control.errors import Refused

_LOG = logging.getLogger(__name__)

_SEND_TIMEOUT_S = 5  # a client that takes nothing for so long is dropped: it holds a thread of ours
_EVENTS_WAITING_MAX = 64  # 12 s of status at 5 a second; a subscriber further behind is dropped
_TOPICS_MAX = 32  # there are fewer; bounds what a subscription can make us hold
_LAST_WORDS_S, _QUESTION_BYTES = 0.1, 1 << 16  # for a client that is turned away; nobody else is admitted meanwhile


class _Gone(Exception):
    """The client takes nothing any more."""


class ServedClient:
    """One connection: a thread that reads and answers and, once subscribed, one that sends events."""

    def __init__(
        self,
        connection: socket.socket,
        methods: Mapping[str, Callable[..., object]],
        on_end: Callable[["ServedClient"], None],
    ) -> None:
        self.topics: frozenset[str] = frozenset()
        self._connection = connection
        # struct timeval; bounds sends only, so that a silent but honest subscriber stays
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SEND_TIMEOUT_S, 0))
        self._methods = methods
        self._on_end = on_end
        self._send_lock = threading.Lock()
        self._events: queue.Queue[bytes | None] = queue.Queue(_EVENTS_WAITING_MAX)
        self._is_dropped = threading.Event()
        self._reader = threading.Thread(target=self._run, name="control-client", daemon=True)
        self._sender: threading.Thread | None = None

    def start(self) -> None:
        self._reader.start()

    def join(self, timeout_s: float) -> None:
        if self._reader is not threading.current_thread():  # a method may stop the server
            self._reader.join(timeout_s)

    def refuse(self, text: str) -> None:
        with contextlib.suppress(_Gone):
            self._send_error(None, "refused", text)
        with contextlib.suppress(
            OSError
        ):  # closed with a question unread, the socket would be reset and the words lost
            self._connection.shutdown(socket.SHUT_WR)
            self._connection.settimeout(_LAST_WORDS_S)
            self._connection.recv(_QUESTION_BYTES)
        self._connection.close()

    def drop(self) -> None:
        """End it from any thread; its own thread then closes the socket."""
        self._is_dropped.set()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def offer(self, line: bytes) -> None:
        try:
            self._events.put_nowait(line)
        except queue.Full:
            if not self._is_dropped.is_set():
                _LOG.warning("control client dropped: it does not read its events")
            self.drop()

    def _run(self) -> None:
        try:
            self._answer_all()
        except wire.BadLine as error:
            with contextlib.suppress(_Gone):
                self._send_error(None, "refused", str(error))
        except (_Gone, OSError) as error:
            _LOG.debug("control client gone: %s", error)
        except Exception:  # the thread's top
            _LOG.exception("control client")
        finally:
            self._end()

    def _end(self) -> None:
        self.drop()
        self._on_end(self)
        if self._sender is not None:
            with contextlib.suppress(queue.Full):
                self._events.put_nowait(None)
            self._sender.join()
        self._connection.close()

    def _answer_all(self) -> None:
        reader = wire.LineReader(self._connection)
        while (line := reader.read()) is not None:
            request = wire.decode(line)
            self._answer(request.get("id"), request.get("method"), request.get("params") or {})

    def _answer(self, request_id: object, method: object, params: object) -> None:
        try:
            result = self._perform(method, params)
            if isinstance(result, Iterator):
                self._stream(request_id, result)
                result = None
            line = wire.encode({"id": request_id, "result": result})
        except Refused as refusal:
            self._send_error(request_id, "refused", str(refusal))
        except _Gone:
            raise
        except Exception:  # the edge between a client and our methods
            _LOG.exception("control method %r", method)
            self._send_error(request_id, "fault", f"internal error in {method}; see the log")
        else:
            self._send(line)
        if self.topics and self._sender is None:  # not before: events follow the answer
            self._sender = threading.Thread(target=self._send_events, name="control-events", daemon=True)
            self._sender.start()

    def _perform(self, method: object, params: object) -> object:
        if not isinstance(method, str) or not isinstance(params, dict):
            raise Refused("a request needs a method (string) and params (object)")
        function = self._subscribe if method == "subscribe" else self._methods.get(method)
        if function is None:
            raise Refused(f"there is no method {method[:80]!r}")
        try:
            bound = inspect.signature(function).bind(**params)
        except TypeError as error:
            raise Refused(f"{method}: {error}") from error
        return function(*bound.args, **bound.kwargs)

    def _stream(self, request_id: object, items: Iterator[object]) -> None:
        try:
            for item in items:
                if item is not None:
                    self._send(wire.encode({"id": request_id, "item": item}))
                elif self._is_gone():
                    break
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    def _subscribe(self, topics: list[str]) -> None:
        if not isinstance(topics, list) or len(topics) > _TOPICS_MAX:
            raise Refused(f"subscribe needs a list of at most {_TOPICS_MAX} topics")
        self.topics = frozenset(map(str, topics))

    def _send_events(self) -> None:
        while (line := self._events.get()) is not None and not self._is_dropped.is_set():
            try:
                self._send(line)
            except _Gone:
                return

    def _is_gone(self) -> bool:
        poll = select.poll()
        poll.register(self._connection, 0)  # POLLHUP comes unasked; a client that only stopped asking stays
        return self._is_dropped.is_set() or bool(poll.poll(0))

    def _send_error(self, request_id: object, kind: str, text: str) -> None:
        self._send(wire.encode({"id": request_id, "error": {"kind": kind, "text": text}}))

    def _send(self, line: bytes) -> None:
        try:
            with self._send_lock:
                self._connection.sendall(line)
        except OSError as error:
            self.drop()  # half a line may be out: nothing more can be said on it
            raise _Gone(str(error)) from error
