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

    def is_reached_by(self, value: float) -> bool:
        """Whether a value is as good as the goal; every value is where there is none."""
        return self.goal is None or (value >= self.goal if self.is_more_better else value <= self.goal)


@dataclass(frozen=True, slots=True)
class Figure:
    """The values of a measure, or in words why there are none."""

    measure: Measure
    values: tuple[float, ...] = ()
    note: str = ""

    def row(self) -> "Row":
        """What is kept of it."""
        ordered = sorted(self.values)
        if not ordered:
            return Row(self.measure, 0, note=self.note)
        p99 = ordered[-(-99 * len(ordered) // 100) - 1] if len(ordered) >= _MANY else None
        return Row(self.measure, len(ordered), ordered[0], median(ordered), p99, ordered[-1], self.note)


@dataclass(frozen=True, slots=True)
class Row:
    """A figure as a line of the table: `count` values, the 99th percentile where there are many."""

    measure: Measure
    count: int
    low: float | None = None
    middle: float | None = None
    p99: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the goal is met: the median counts, and it is told when the worst is beyond."""
        if self.middle is None or self.low is None or self.high is None:
            return "not measured"
        if self.measure.goal is None:
            return ""
        if not self.measure.is_reached_by(self.middle):
            return "missed"
        worst = self.low if self.measure.is_more_better else self.high
        return "met" if self.measure.is_reached_by(worst) else "met (worst: no)"
