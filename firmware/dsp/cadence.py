"""Recognises a cadence in a row of tone and silence runs; pure, and knows neither audio nor what a tone means."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_MIN_SLACK_MS = 40  # a run is measured in blocks of 20 ms: one block of doubt at either end
_MAX_EDGE_MS = 20
SILENCE: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ToneStep:
    """So long `hz` together; no `hz` is silence."""

    hz: tuple[float, ...]
    ms: int


@dataclass(frozen=True, slots=True)
class TonePattern:
    """A named tone. One step: it lasts at least so long. More: they repeat, and `cycles` of them must be heard."""

    name: str
    steps: tuple[ToneStep, ...]
    cycles: int = 2
    tolerance: float = 0.15  # of each step's length

    def matches(self, step: ToneStep, ms: int) -> bool:
        """True if a run of `ms` passes for the step."""
        return abs(ms - step.ms) <= max(_MIN_SLACK_MS, self.tolerance * step.ms)

    def longest_ms(self, step: ToneStep) -> float:
        """The longest run that passes for the step."""
        return step.ms + max(_MIN_SLACK_MS, self.tolerance * step.ms)


class CadenceMatcher:
    """Takes what each moment sounds like and tells which pattern it adds up to."""

    def __init__(self, patterns: Sequence[TonePattern]) -> None:
        self._patterns = tuple(patterns)
        # Bounded by the longest pattern: nothing older can take part in a match.
        longest = max((len(pattern.steps) * pattern.cycles for pattern in patterns), default=1)
        self._runs: deque[tuple[tuple[float, ...], int]] = deque(maxlen=longest)
        self._hz: tuple[float, ...] | None = None
        self._ms = 0
        # What was heard once: a new run if it is heard again, else the edge between two runs, or a click.
        self._next_hz: tuple[float, ...] | None = None
        self._next_ms = 0
        self._edge_ms = 0
        self._current: TonePattern | None = None

    @property
    def current(self) -> str | None:
        """The pattern that sounds now."""
        return self._current.name if self._current else None

    def take(self, hz: tuple[float, ...] | None, ms: int) -> str | None:
        """`ms` more of `hz`, of silence or (None) of anything else. Returns a pattern's name when it is recognised."""
        self._lengthen(hz, ms)
        if self._current and not self._goes_on(self._current):
            self._current = None
        if self._current:
            return None
        self._current = next(filter(self._is_heard, self._patterns), None)
        return self.current

    def _lengthen(self, hz: tuple[float, ...] | None, ms: int) -> None:
        if hz == self._hz:
            self._ms += self._edge_ms + self._next_ms + ms
        elif self._next_ms and hz == self._next_hz:
            self._start_run(hz, self._next_ms + ms)
        elif self._edge_ms > _MAX_EDGE_MS:
            self._start_run(None, self._next_ms + ms)
        else:
            self._edge_ms += self._next_ms
            self._next_hz, self._next_ms = hz, ms
            return
        self._next_ms = self._edge_ms = 0

    def _start_run(self, hz: tuple[float, ...] | None, ms: int) -> None:
        """End the run under way and start the next; what was neither is shared between them."""
        before = self._edge_ms // 2
        if self._hz is None:
            self._runs.clear()
        else:
            self._runs.append((self._hz, self._ms + before))
        self._hz, self._ms = hz, self._edge_ms - before + ms

    def _is_heard(self, pattern: TonePattern) -> bool:
        if len(pattern.steps) == 1:
            return pattern.steps[0].hz == self._hz and self._ms >= pattern.steps[0].ms
        needed = len(pattern.steps) * pattern.cycles
        if self._hz is None or len(self._runs) < needed:
            return False
        runs = list(self._runs)[-needed:]
        return any(self._is_turned(pattern, runs, turn) for turn in range(len(pattern.steps)))

    def _is_turned(self, pattern: TonePattern, runs: Sequence[tuple[tuple[float, ...], int]], turn: int) -> bool:
        """True if the runs are the pattern, begun at step `turn`, and the run under way is its next step."""
        steps, count = pattern.steps, len(pattern.steps)
        if steps[turn].hz != self._hz or self._ms > pattern.longest_ms(steps[turn]):
            return False
        return all(
            steps[(turn + index) % count].hz == hz and pattern.matches(steps[(turn + index) % count], ms)
            for index, (hz, ms) in enumerate(runs)
        )

    def _goes_on(self, pattern: TonePattern) -> bool:
        steps = [step for step in pattern.steps if step.hz == self._hz]
        if len(pattern.steps) == 1:
            return bool(steps)
        if not self._runs or not any(self._ms <= pattern.longest_ms(step) for step in steps):
            return False
        hz, ms = self._runs[-1]
        return any(step.hz == hz and pattern.matches(step, ms) for step in pattern.steps)
