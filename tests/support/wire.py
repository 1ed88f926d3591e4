"""A TCP relay that can be cut without a word: what is sent into it then is not even acknowledged."""

import ctypes
import fcntl
import socket
import struct
import sys
import termios
import threading
from types import TracebackType
from typing import Self

from tests.support.network import free_port, loopback_address
from tests.support.waiting import until

_SO_ATTACH_FILTER = 26
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # classic BPF: return 0 bytes


class Wire:
    """Carries connections to `address`:`port`. After `cut`, those that were there are dead; new ones work."""

    def __init__(self, address: str, port: int) -> None:
        self.address = loopback_address()
        self.port = free_port(self.address)
        self._far_end = (address, port)
        self._listener = socket.create_server((self.address, self.port))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._cut: list[socket.socket] = []

    @property
    def place(self) -> str:
        """`address:port`."""
        return f"{self.address}:{self.port}"

    @property
    def connections(self) -> int:
        """How many there were so far."""
        return len(self._pairs)

    def cut(self) -> None:
        """As a router that is switched off: nothing comes through, nothing is acknowledged, nobody is told."""
        program = ctypes.create_string_buffer(_DROP_ALL)
        for near, far in self._pairs:
            if near not in self._cut and near.fileno() >= 0:
                # What is not acknowledged yet would be repeated, and show that somebody lives.
                until(lambda near=near: not _unacknowledged(near), 5, "all is acknowledged")  # type: ignore[misc]
                self._cut.append(near)
                near.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))
                _end(far)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in (self._listener, *(end for pair in self._pairs for end in pair)):
            _end(end)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:  # closed
                return
            far = socket.create_connection(self._far_end, timeout=5)
            far.settimeout(None)
            self._pairs.append((near, far))
            self._start(lambda near=near, far=far: self._pump(near, far))  # type: ignore[misc]
            self._start(lambda near=near, far=far: self._pump(far, near))  # type: ignore[misc]

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            if sink not in self._cut:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _start(self, work: object) -> None:
        thread = threading.Thread(target=work, name="wire", daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


def _end(end: socket.socket) -> None:
    """Close it, and wake whoever waits for it."""
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:  # the other side was first
        pass
    end.close()


def _unacknowledged(end: socket.socket) -> int:
    """How many bytes were sent and not acknowledged."""
    return int.from_bytes(fcntl.ioctl(end, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
