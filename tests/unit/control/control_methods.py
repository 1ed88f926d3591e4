"""Methods for tests of the control socket."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from firmware.control import Refused, wire

DEADLINE_S = 10.0


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_true():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.005)


@contextlib.contextmanager
def raw(path: Path) -> Iterator[socket.socket]:
    with wire.connect(path, DEADLINE_S) as connection:
        yield connection


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
