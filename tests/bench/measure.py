"""What is measured, and what came out: values only. Knows no box."""

from dataclasses import dataclass
from statistics import median

_MANY = 100  # values; from here on the 99th percentile says more than the one worst


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: its name, its unit, how it is taken, and what it should be at the most (or at the least)."""

    name: str
    unit: str
    how: str
    goal: float | None = None
    is_more_better: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """The values of a measure, or in words why there are none."""

    measure: Measure
    values: tuple[float, ...] = ()
    note: str = ""

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)

    @property
    def worst(self) -> tuple[str, float]:
        """The largest value, or of many the 99th percentile: what it is, and it."""
        ordered = sorted(self.values)
        if len(ordered) < _MANY:
            return "max", ordered[-1]
        return "p99", ordered[-(-99 * len(ordered) // 100) - 1]

    @property
    def is_met(self) -> bool | None:
        """Whether the median reaches the goal; None where there is no goal or no value."""
        goal = self.measure.goal
        if goal is None or not self.values:
            return None
        return self.median >= goal if self.measure.is_more_better else self.median <= goal
