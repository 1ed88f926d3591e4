"""The adapter's own 8 kHz clock, and what is due on it. Knows no line and reads no clock itself."""

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.fxs.line import SAMPLE_RATE_HZ

# A crystal is off by tens of ppm; a test may go further, but not so far that 5 ms blocks change their order.
PPM_MAX = 20_000.0


class LineClock:
    """Samples since the start, on an absolute schedule: a late reader never makes the clock slow."""

    def __init__(self, now_s: float, ppm: float = 0.0) -> None:
        self._origin_s = now_s
        self._origin_sample = 0.0
        self._ppm = ppm

    @property
    def ppm(self) -> float:
        """How far the clock is off, in parts per million; above 0 is fast."""
        return self._ppm

    def samples_at(self, now_s: float) -> int:
        """Whole samples that have passed at `now_s` (monotonic seconds)."""
        return math.floor(self._origin_sample + (now_s - self._origin_s) * self._rate_hz + 1e-6)

    def time_of(self, sample: int) -> float:
        """Monotonic seconds of a sample."""
        return self._origin_s + (sample - self._origin_sample) / self._rate_hz

    def set_ppm(self, ppm: float, now_s: float) -> None:
        """Change the rate from now on; the count goes on without a jump. Raises ValueError beyond PPM_MAX."""
        if not abs(ppm) <= PPM_MAX:
            raise ValueError(f"a clock off by {ppm:g} ppm is more than {PPM_MAX:g}")
        self._origin_sample += (now_s - self._origin_s) * self._rate_hz
        self._origin_s = now_s
        self._ppm = ppm

    @property
    def _rate_hz(self) -> float:
        return SAMPLE_RATE_HZ * (1.0 + self._ppm * 1e-6)


@dataclass(order=True, slots=True)
class Due:
    """Something that will be done at a sample, unless cancelled."""

    sample: int
    order: int
    action: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Forget it; harmless when it is done already."""
        self.action = None


class Timeline:
    """Actions by sample. While one runs, `now` is the sample it was due at, not when it got its turn."""

    def __init__(self) -> None:
        self.now = 0
        self.target = 0  # where the running advance will end: how late `now` is
        self._heap: list[Due] = []
        self._orders = itertools.count()

    def at(self, sample: int, action: Callable[[], None]) -> Due:
        """Do `action` at `sample`; one in the past is done at the next advance, at `now`."""
        due = Due(max(sample, self.now), next(self._orders), action)
        heapq.heappush(self._heap, due)
        return due

    def after_ms(self, ms: float, action: Callable[[], None]) -> Due:
        """Do `action` that long after `now`."""
        return self.at(self.now + samples_of(ms), action)

    @property
    def next_due(self) -> int | None:
        """The sample of the next action; None when nothing is planned."""
        while self._heap and self._heap[0].action is None:
            heapq.heappop(self._heap)
        return self._heap[0].sample if self._heap else None

    def advance(self, sample: int) -> None:
        """Do all that is due up to and at `sample`, in order, and stand there."""
        self.target = max(sample, self.now)
        while (due := self.next_due) is not None and due <= sample:
            entry = heapq.heappop(self._heap)
            self.now = max(self.now, entry.sample)
            if entry.action is not None:
                entry.action()
        self.now = max(self.now, sample)


def samples_of(ms: float) -> int:
    """Whole samples in `ms`."""
    return round(ms * SAMPLE_RATE_HZ / 1000)


def ms_of(samples: int) -> int:
    """Whole milliseconds in `samples`."""
    return round(samples * 1000 / SAMPLE_RATE_HZ)
