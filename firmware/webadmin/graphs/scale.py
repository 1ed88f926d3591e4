"""Values to places, and round numbers for an axis. Knows no SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 5.0, 10.0)
_FINEST = 1e-6  # of the greatest value: finer steps are lost in its digits
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Scale:
    """Straight from `low`..`high` to `first`..`last`; what lies beyond is put on the edge."""

    low: float
    high: float
    first: float
    last: float

    def place(self, value: float) -> float:
        """Where it is drawn."""
        if not math.isfinite(value) or self.high <= self.low:
            return self.first
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.first + part * (self.last - self.first)


def ticks(low: float, high: float, most: int = 4, *, are_whole: bool = False) -> tuple[float, ...]:
    """Round numbers from at or below `low` to at or above `high`, about `most` steps; two at least."""
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = 0.0, 1.0
    finest = max(abs(low), abs(high)) * _FINEST
    step = _step(max((high - low) / most, finest) if high > low else abs(high))
    if are_whole:
        step = max(1.0, math.ceil(step))
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return tuple(number * step for number in range(first, last + 1))


def worded(value: float, values: Sequence[float]) -> str:
    """The tick as text, all of an axis with as many digits."""
    step = abs(values[1] - values[0]) if len(values) > 1 else 1.0
    digits = 0 if step >= 1 else min(3, math.ceil(-math.log10(step)))
    return f"{value:.{digits}f}"


def _step(rough: float) -> float:
    """The next round step that is not smaller."""
    power = 10.0 ** math.floor(math.log10(rough)) if rough > _LEAST else 1.0
    return next(step * power for step in (*_STEPS, 20.0) if step * power >= rough * 0.999)
