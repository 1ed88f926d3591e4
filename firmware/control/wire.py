"""JSON lines on a Unix socket: addresses, framing and its cap. Knows no methods."""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

# Settings brought back with 10,000 extensions of which each has changed much; any snapshot of ours is far below
# (8 lines, 32 calls: 20 KB). Bounds what one client can make us hold.
LINE_MAX_BYTES = 4 << 20
_CHUNK_BYTES = 1 << 16


class BadLine(Exception):
    """The other side sent something that is no message of ours."""


@contextlib.contextmanager
def reachable_name(path: Path) -> Iterator[str]:
    """A name of `path` that is short enough for sockaddr_un (108 bytes, unix(7)) however deep it lies."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def connect(path: Path, timeout_s: float | None) -> socket.socket:
    """A connection to the socket at `path`; raises OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        with reachable_name(path) as name:
            connection.connect(name)
    except OSError:
        connection.close()
        raise
    return connection


def encode(message: object) -> bytes:
    """One line; raises TypeError or ValueError for what JSON cannot say, ValueError above the cap."""
    line = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    if len(line) > LINE_MAX_BYTES:
        raise ValueError(f"message of {len(line)} bytes is above {LINE_MAX_BYTES}")
    return line


def decode(line: bytes) -> dict[str, object]:
    """The message of a line; raises BadLine."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine("a line that is not JSON") from error
    if not isinstance(message, dict):
        raise BadLine("a line that is not a JSON object")
    return message


class LineReader:
    """Cuts what a socket brings into lines; holds one line of LINE_MAX_BYTES and one chunk at most."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._pending = bytearray()
        self._searched = 0

    def read(self) -> bytes | None:
        """The next line, None at the end; raises OSError (TimeoutError when the socket has one), BadLine."""
        while True:
            end = self._pending.find(b"\n", self._searched)
            if end >= 0:
                line = bytes(self._pending[:end])
                del self._pending[: end + 1]
                self._searched = 0
                return line
            self._searched = len(self._pending)
            if self._searched >= LINE_MAX_BYTES:
                raise BadLine(f"a line above {LINE_MAX_BYTES} bytes")
            chunk = self._connection.recv(_CHUNK_BYTES)
            if not chunk:
                return None
            self._pending += chunk

    @property
    def has_pending(self) -> bool:
        """Whether bytes were read that no line was made of yet."""
        return bool(self._pending)
