"""A telephone's bell: what cadence it was rung with, and when. Knows no loop and asks no clock."""

from firmware.fxs.simulator.clock import ms_of, samples_of

_TIMES_MAX = 16  # two turns of the longest cadence; the oldest go
_PAUSE_MAX = samples_of(6000)  # bursts further apart are two calls: no country pauses longer than 5 s


class Ringer:
    """Hears bursts. Ringing lasts from the first burst until the box says stop, or nothing comes for 6 s."""

    def __init__(self) -> None:
        self.is_burst = False
        self.started: int | None = None
        self.stopped: int | None = None
        self._times: list[int] = []
        self._changed = 0
        self._is_ringing = False

    def burst(self, sample: int, is_on: bool) -> bool:
        """Ringing voltage came or went. True when this is the first burst of a new ringing."""
        if is_on == self.is_burst:
            return False
        is_first = is_on and not self.is_ringing(sample)
        if is_first:
            self.started, self.stopped = sample, None
            self._times = []
        else:
            self._times = [*self._times, ms_of(sample - self._changed)][-_TIMES_MAX:]
        self.is_burst, self._changed = is_on, sample
        self._is_ringing = True
        return is_first

    def stop(self, sample: int) -> None:
        """No more bursts will come."""
        if self.is_burst:
            self.burst(sample, is_on=False)
        if self._is_ringing:
            self._is_ringing = False
            self.stopped = sample

    def is_ringing(self, sample: int) -> bool:
        """Whether it rings, pauses of the cadence included."""
        return self._is_ringing and (self.is_burst or sample - self._changed <= _PAUSE_MAX)

    @property
    def cadence_ms(self) -> tuple[int, ...]:
        """Completed on and off times of the last ringing in turn, on first (until the oldest were let go)."""
        return tuple(self._times)
