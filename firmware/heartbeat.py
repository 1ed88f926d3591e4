"""A process proves to its supervisor that it lives: a byte a second through a pipe. Knows neither's work.

A pipe, because the beat comes from a thread that must never wait: no disk, no lock, nobody to answer.
"""

import contextlib
import os
import time
from collections.abc import Callable, Mapping

BEAT_EVERY_S = 1.0
SILENT_S = 10.0  # far longer than any stall that a busy machine brings, short enough for whoever holds a receiver
FIRST_BEAT_S = 60.0  # a cold start from a slow card

_VARIABLE = "TWINLINE_HEARTBEAT_FD"
_DRAIN_BYTES = 65536  # all that a pipe holds


class Pulse:
    """The side that lives. `beat` may be called from any thread and as often as one likes."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Take the pipe that `Watch` left; without one, beats go nowhere."""
        self._fd = _own_fd(environment.get(_VARIABLE, ""))

    def beat(self) -> None:
        """Say that the caller's thread gets its turn. Never blocks, never raises."""
        if self._fd is None:
            return
        try:
            os.write(self._fd, b".")
        except BlockingIOError:  # the supervisor has not looked for hours; what is there will do
            return
        except OSError:  # it is gone
            self.close()

    def close(self) -> None:
        """Beat no more."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


class Watch:
    """The side that looks: one for each start of a process. One thread's own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reading, self._writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._deadline = clock() + FIRST_BEAT_S

    @property
    def fd(self) -> int:
        """For `pass_fds` of the process to be started."""
        return self._writing

    @property
    def environment(self) -> dict[str, str]:
        """To be added to the environment of the process to be started."""
        return {_VARIABLE: str(self._writing)}

    def started(self) -> None:
        """The process has its end now: let go of ours. Idempotent."""
        if self._writing >= 0:
            os.close(self._writing)
            self._writing = -1

    def silent_in_s(self) -> float:
        """Seconds until it counts as silent, by what it said until now; 0 when it does."""
        with contextlib.suppress(BlockingIOError):
            if os.read(self._reading, _DRAIN_BYTES):
                self._deadline = self._clock() + SILENT_S
        return max(0.0, self._deadline - self._clock())

    def look_in_s(self) -> float:
        """Seconds until it is worth looking again: what is noticed late counts from then."""
        return min(self.silent_in_s(), SILENT_S / 2)

    def close(self) -> None:
        """The process is over, or was not started."""
        self.started()
        if self._reading >= 0:
            os.close(self._reading)
            self._reading = -1


def _own_fd(text: str) -> int | None:
    """The descriptor, no more inherited by anybody; None where there is no pipe of that number."""
    if not text.isdecimal():
        return None
    try:
        os.set_inheritable(int(text), False)
        os.set_blocking(int(text), False)
    except OSError:
        return None
    return int(text)
