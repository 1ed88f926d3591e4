"""The answering side of the control socket: listens, admits clients, publishes. Knows no method by name."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from firmware.control import wire
from firmware.control.errors import Refused
from firmware.control.served import ServedClient

_LOG = logging.getLogger(__name__)

_STOP_TIMEOUT_S = 2.0
_ACCEPT_RETRY_S = 0.2  # out of file descriptors: others may give some back


class ControlServer:
    """Answers requests at `path`, each connection on its own thread.

    A method gets its params as keywords and returns what JSON can say, or raises Refused. It may return an
    iterator, whose items are then streamed; when the client goes away the iterator is closed, which it can
    only be between two items: one that may be silent for long yields None (sent to nobody) now and then.
    """

    def __init__(self, path: Path, methods: Mapping[str, Callable[..., object]], max_clients: int = 32) -> None:
        self._path = path
        self._methods = dict(methods)
        self._max_clients = max_clients  # each costs a thread
        self._lock = threading.Lock()
        self._clients: set[ServedClient] = set()
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._inode = 0
        self._is_stopping = threading.Event()

    def start(self) -> None:
        """Listen, mode 0600. Raises Refused when another process answers there, OSError when it cannot."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(OSError), wire.connect(self._path, timeout_s=1.0):
            raise Refused(f"another process answers at {self._path}")
        self._listener = self._listen()
        self._is_stopping.clear()
        self._thread = threading.Thread(
            target=self._accept_all, args=(self._listener,), name=f"control-{self._path.stem}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, end every connection and running stream, remove the socket. May be repeated."""
        if self._listener is None or self._thread is None:
            return
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._inode:  # a successor may have replaced it
                self._path.unlink()
        self._is_stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._thread.join()
        self._listener.close()
        self._listener = self._thread = None
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            client.drop()
        for client in clients:
            client.join(max(0.0, deadline - time.monotonic()))

    def has_subscribers(self, topic: str) -> bool:
        """Whether an event of `topic` would reach anybody: costly data need not be made otherwise."""
        with self._lock:
            return any(topic in client.topics for client in self._clients)

    def publish(self, topic: str, data: object) -> None:
        """Send an event to every subscriber of `topic`. Never waits: a slow subscriber is dropped."""
        with self._lock:
            subscribers = [client for client in self._clients if topic in client.topics]
        if subscribers:
            line = wire.encode({"topic": topic, "data": data})
            for client in subscribers:
                client.offer(line)

    def _listen(self) -> socket.socket:
        """Made under another name and moved into place: nobody ever finds it missing, or not yet 0600."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        temporary = self._path.with_name(f".{self._path.name}.new")
        try:
            temporary.unlink(missing_ok=True)
            with wire.reachable_name(temporary) as name:
                listener.bind(name)
            temporary.chmod(0o600)
            listener.listen(self._max_clients)
            self._inode = temporary.stat().st_ino
            temporary.replace(self._path)
        except OSError:
            listener.close()
            raise
        return listener

    def _accept_all(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError as error:
                if self._is_stopping.wait(_ACCEPT_RETRY_S):
                    return
                _LOG.warning("control socket cannot accept: %s", error)
            else:
                self._admit(connection)

    def _admit(self, connection: socket.socket) -> None:
        client = ServedClient(connection, self._methods, self._forget)
        with self._lock:
            is_full = len(self._clients) >= self._max_clients
            if not is_full:
                self._clients.add(client)
        if is_full:
            client.refuse(f"more than {self._max_clients} connections")
        else:
            client.start()

    def _forget(self, client: ServedClient) -> None:
        with self._lock:
            self._clients.discard(client)
