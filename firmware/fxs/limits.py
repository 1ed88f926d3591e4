"""What an adapter may send us before it is dropped, and what its sample counter says. Time is given."""

from firmware.fxs.line import SAMPLE_RATE_HZ


class Allowance:
    """So many at once, and so many a second after that."""

    def __init__(self, burst: float, per_s: float) -> None:
        self._burst = burst
        self._per_s = per_s
        self._left = burst
        self._at: float | None = None

    def take(self, count: float, now: float) -> bool:
        """Whether `count` more are within the allowance."""
        if self._at is not None:
            self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        self._left -= count
        return self._left >= 0


class FloodGuard:
    """Holds an adapter to what 16 lines can need; beyond that it starves the others."""

    def __init__(self) -> None:
        # 16 lines at 5 ms are 3,200 frames of 90 bytes a second.
        self._bytes = Allowance(burst=1_000_000, per_s=500_000)
        self._frames = Allowance(burst=8_000, per_s=4_000)
        # A line dials 24 changes a second, bounce included some 100; a reconnection sends one a line.
        self._events = Allowance(burst=1_000, per_s=400)
        # A healthy USB link has none at all; a loose plug has some at the moment of plugging.
        self._bad = Allowance(burst=400, per_s=40)

    def check(self, now: float, size: int, frames: int, bad: int) -> str:
        """Why the adapter must be dropped after reading `size` bytes; "" as long as all is well."""
        if not self._bad.take(bad, now):
            return "it sends garbage"
        if not (self._bytes.take(size, now) and self._frames.take(frames, now)):
            return "it floods the box with data"
        return ""

    def check_event(self, now: float) -> str:
        """The same for one more event."""
        return "" if self._events.take(1, now) else "it floods the box with events"


class SampleClock:
    """Where the adapter's sample counter stands between two stamps of it, by our own clock."""

    def __init__(self) -> None:
        self._sample = 0.0
        self._at: float | None = None

    def observe(self, sample: int, now: float) -> None:
        """A stamp arrived. Stamps come late, never early: earlier ones count at once, later ones slowly."""
        if self._at is None:
            self._sample, self._at = float(sample), now
            return
        expected = self._sample + (now - self._at) * SAMPLE_RATE_HZ
        behind = (expected - sample + (1 << 31)) % (1 << 32) - (1 << 31)
        # A sixteenth a stamp follows a clock that is 500 ppm off within a few samples.
        self._sample = expected - (behind if behind < 0 else behind / 16)
        self._at = now

    def read(self, now: float) -> int:
        """The counter at `now`; 0 before the first stamp."""
        if self._at is None:
            return 0
        return int(self._sample + (now - self._at) * SAMPLE_RATE_HZ) & 0xFFFFFFFF
