"""The one thread that owns calls: a queue of things to do, timers, and the poll of the SIP engine between them."""

import heapq
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol

_LOG = logging.getLogger(__name__)

# 64 calls x a few events each, with room: an adapter or a peer that floods faster than
# this is drained is dropped at its own cap first; a full queue is a fault of ours.
_QUEUE_CAP = 10_000
_POLL_MS = 10  # how late a posted event may be seen at the most
_STALL_MS = 200


class Poll(Protocol):
    """Waits for the SIP engine's events, `max_wait_ms` at the most, and handles them."""

    def __call__(self, max_wait_ms: int) -> None: ...


class Timer:
    """A thing to do later; `cancel` is idempotent and belongs to the call thread."""

    __slots__ = ("action", "due", "is_cancelled")

    def __init__(self, due: float, action: Callable[[], None]) -> None:
        self.due = due
        self.action = action
        self.is_cancelled = False

    def cancel(self) -> None:
        """Do not do it any more."""
        self.is_cancelled = True


class CallLoop:
    """Runs posted actions and timers in order on the thread that calls `run`."""

    def __init__(self, *, poll: Poll | None = None) -> None:
        self._poll = poll or _idle
        self._posted: queue.Queue[Callable[[], None]] = queue.Queue(_QUEUE_CAP)
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._thread: int | None = None
        self._is_stopping = False
        self.stalls = 0

    def post(self, action: Callable[[], None]) -> None:
        """Have `action` done on the call thread. Any thread; a full queue drops it with an error line."""
        try:
            self._posted.put_nowait(action)
        except queue.Full:
            _LOG.error("call loop is %d events behind: one event dropped", _QUEUE_CAP)

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Have `action` done after `delay_s` of monotonic time. Call thread only."""
        self.check_thread()
        timer = Timer(time.monotonic() + delay_s, action)
        heapq.heappush(self._timers, (timer.due, next(self._order), timer))
        return timer

    def check_thread(self) -> None:
        """Raise RuntimeError on any thread but the call thread (and before it runs, never)."""
        if self._thread is not None and threading.get_ident() != self._thread:
            raise RuntimeError("calls belong to the call thread")

    def run(self) -> None:
        """Run until `stop`; an action that throws is logged and the next one runs."""
        self._thread = threading.get_ident()
        try:
            while not self._is_stopping:
                self._poll(self._wait_ms())
                started = time.monotonic()
                self._drain()
                self._fire(time.monotonic())
                if (time.monotonic() - started) * 1000 > _STALL_MS:
                    self.stalls += 1
                    _LOG.warning("the call thread was busy for %.0f ms", (time.monotonic() - started) * 1000)
        finally:
            self._thread = None

    def stop(self) -> None:
        """Leave `run` after the current round. Any thread."""
        self.post(self._stop)

    def run_until(self, is_done: Callable[[], bool], timeout_s: float) -> bool:
        """Run on this thread until `is_done` or the time is over; tells which. For orderly ends and tests."""
        deadline = time.monotonic() + timeout_s
        while not is_done():
            if time.monotonic() > deadline:
                return False
            self._poll(self._wait_ms())
            self._drain()
            self._fire(time.monotonic())
        return True

    def _stop(self) -> None:
        self._is_stopping = True

    def _wait_ms(self) -> int:
        if not self._posted.empty():
            return 0
        if not self._timers:
            return _POLL_MS
        due_ms = (self._timers[0][0] - time.monotonic()) * 1000
        return max(0, min(_POLL_MS, int(due_ms) + 1))

    def _drain(self) -> None:
        # Only what was there when the round began: an action that posts cannot starve the engine.
        for _ in range(self._posted.qsize()):
            try:
                action = self._posted.get_nowait()
            except queue.Empty:
                return
            _guarded(action)

    def _fire(self, now: float) -> None:
        while self._timers and self._timers[0][0] <= now:
            timer = heapq.heappop(self._timers)[2]
            if not timer.is_cancelled:
                _guarded(timer.action)


class Alarm:
    """One thing to do later: what is set takes the place of what was. Belongs to the call thread."""

    def __init__(self, loop: CallLoop) -> None:
        self._loop = loop
        self._timer: Timer | None = None

    @property
    def is_set(self) -> bool:
        """Something is still to be done."""
        return self._timer is not None

    def set(self, delay_s: float, action: Callable[[], object]) -> None:
        """Do this after `delay_s`, and not what was to be done so far."""
        self.clear()
        self._timer = self._loop.call_later(delay_s, lambda: self._ring(action))

    def clear(self) -> None:
        """Do nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self, action: Callable[[], object]) -> None:
        self._timer = None
        action()


def _guarded(action: Callable[[], None]) -> None:
    try:
        action()
    except Exception:
        _LOG.exception("an action on the call thread failed")


def _idle(max_wait_ms: int) -> None:
    time.sleep(max_wait_ms / 1000)
