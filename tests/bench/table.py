"""Rows as cells: the same for the terminal and the document."""

from collections.abc import Sequence

from tests.bench.measure import Measure, Row
from tests.bench.outcome import Outcome

HEADINGS = ("figure", "unit", "values", "min", "median", "p99", "max", "goal", "")


def cells(row: Row, outcome: Outcome) -> tuple[str, ...]:
    """As many as there are headings; the last one says whether the goal is met, and whether something disturbed."""
    measure = row.measure
    figures = (_number(value) for value in (row.low, row.middle, row.p99, row.high))
    verdict = ", ".join(word for word in (row.verdict, "disturbed" if outcome.load.disturbance else "") if word)
    return measure.name, measure.unit, str(row.count), *figures, _goal(measure), verdict


def in_columns(outcomes: Sequence[Outcome]) -> str:
    """For a terminal, with the notes, and the reason of what broke off."""
    rows = [(cells(row, outcome), row.note) for outcome in outcomes for row in outcome.rows]
    widths = [max(len(row[column]) for row in (HEADINGS, *(row for row, _ in rows))) for column in range(len(HEADINGS))]
    lines = [_line(HEADINGS, widths)]
    for row, note in rows:
        lines += [_line(row, widths), *([f"    {note}"] if note else [])]
    lines += [f"{outcome.name} broke off: {outcome.broke_off}" for outcome in outcomes if outcome.broke_off]
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    placed = enumerate(zip(row, widths, strict=True))
    return "  ".join(
        cell.ljust(width) if place in (0, 1, len(HEADINGS) - 1) else cell.rjust(width)
        for place, (cell, width) in placed
    ).rstrip()


def _goal(measure: Measure) -> str:
    if measure.goal is None:
        return ""
    return f"{'≥' if measure.is_more_better else '≤'} {measure.goal:g}"


def _number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return ""
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
