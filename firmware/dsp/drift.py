"""Decides how fast to resample so that a buffer between two clocks keeps its depth; pure, and sees no audio."""

from typing import Final

_MAX_PPM: Final = 500.0  # 1 cent of pitch is 578 ppm: nobody hears this
_MAX_DRIFT_PPM: Final = 300.0  # two crystals of 100 ppm, with something to spare

# A proportional-integral loop, critically damped at 0.15 rad/s: 200 ppm are taken up in half a minute, with less than
# 1 ms of swing, while the jitter of single blocks is averaged away.
_PROPORTIONAL_PPM_PER_MS: Final = 300.0
_INTEGRAL_PPM_PER_MS_S: Final = 22.5
_AVERAGE_S: Final = 1.5
_FIRST_AVERAGE_S: Final = 0.5  # no steering on less than that

_SPARE_MS: Final = 1.0  # beyond the lateness that was seen
_SLIP_STEP_MS: Final = 3.0
_MAX_LATE_MS: Final = 8.0  # later than that is a stall, which no depth that a talker would bear can hide
_FORGET_PER_S: Final = 0.03  # of what the target was raised by: half of it is gone in 23 s


class DriftControl:
    """Takes the depth now and then; tells `ppm`, how much more to take in than to give out."""

    def __init__(self, *, target_ms: float, max_ms: float, drift_ppm: float = 0.0) -> None:
        self._base_ms = target_ms
        self._most_ms = max(target_ms, max_ms / 2)  # half of the room above stays free for a late reader
        self._raised_ms = 0.0
        self._late_ms = 0.0
        self._drift_ppm = drift_ppm
        self._depth_ms = target_ms
        self._age_s = 0.0
        self._is_fixed = False
        self.ppm = drift_ppm

    @property
    def depth_ms(self) -> float:
        """The depth, averaged over a second or two."""
        return self._depth_ms

    @property
    def drift_ppm(self) -> float:
        """How much faster the writer's clock runs than the reader's."""
        return self._drift_ppm

    @property
    def target_ms(self) -> float:
        """What the depth is steered to: as set, more where blocks come late or slips have shown the need."""
        if self._is_fixed:
            return self._most_ms
        late_ms = self._late_ms + _SPARE_MS
        return min(self._most_ms, max(self._base_ms + self._raised_ms, late_ms))

    def set_fixed(self, is_fixed: bool) -> None:
        """True: no more steering. The rate stays at the drift that was found, the target goes to its upper end."""
        self._is_fixed = is_fixed
        self.ppm = self._drift_ppm

    def restart(self, slips: int) -> None:
        """The depth was set anew after so many more slips: the drift is still true, the average is not."""
        self._age_s = 0.0
        self._depth_ms = self.target_ms
        self._raised_ms = min(self._most_ms, self._raised_ms + slips * _SLIP_STEP_MS)
        self.ppm = self._drift_ppm

    def take(self, depth_ms: float, dt_s: float) -> None:
        """One look at the depth, `dt_s` after the one before."""
        self._age_s += dt_s
        window_s = min(_AVERAGE_S, max(self._age_s, dt_s))
        self._depth_ms += (depth_ms - self._depth_ms) * min(1.0, dt_s / window_s)
        forget = min(1.0, _FORGET_PER_S * dt_s)
        self._raised_ms -= self._raised_ms * forget
        if self._age_s < _FIRST_AVERAGE_S:
            return
        late_ms = min(_MAX_LATE_MS, self._depth_ms - depth_ms)
        self._late_ms = max(late_ms, self._late_ms - self._late_ms * forget)
        if not self._is_fixed:
            self._steer(dt_s)

    def _steer(self, dt_s: float) -> None:
        error_ms = self._depth_ms - self.target_ms
        wanted = self._drift_ppm + _PROPORTIONAL_PPM_PER_MS * error_ms
        self.ppm = _within(wanted, _MAX_PPM)
        if self.ppm == wanted:  # at the stop, the integral would only wind up
            grown = self._drift_ppm + _INTEGRAL_PPM_PER_MS_S * error_ms * dt_s
            self._drift_ppm = _within(grown, _MAX_DRIFT_PPM)


def _within(value: float, limit: float) -> float:
    return max(-limit, min(limit, value))
