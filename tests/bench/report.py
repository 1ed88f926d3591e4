"""Figures as a table: for the terminal, and for docs/figures.md."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import machine
from tests.bench.measure import Figure, Measure

_HEADINGS = ("name", "unit", "values", "min", "median", "max", "goal", "")
_INTRODUCTION = """\
# Figures

What `make bench` measured, with the simulated adapter, far ends in software, and everything on one machine over
loopback. They are figures, not verdicts: nothing fails when a goal is missed. A goal is held against the median.
"""
_REPEAT = """\
## Repeat it

    make bench                          all of it
    make bench ARGS="--long"            the call while the page is reloaded lasts ten minutes
    make bench ARGS="delay --times 10"  one measure, not written into this file

The machine should have nothing else to do. The two-leg calls need Asterisk, which `make interop` puts into the cache.
"""


def table(figures: Sequence[Figure]) -> str:
    """For a terminal: columns."""
    rows = [_HEADINGS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = []
    for row, figure in zip(rows, [None, *figures], strict=True):
        cells = [cell.ljust(width) if place < 2 else cell.rjust(width) for place, (cell, width) in _placed(row, widths)]
        lines.append("  ".join(cells).rstrip())
        if figure is not None and figure.note:
            lines.append(f"    {figure.note}")
    return "\n".join(lines)


def write(path: Path, figures: Sequence[Figure], conditions: str) -> None:
    """The same with the machine, the day, what each figure is, and how to repeat it."""
    head = [*machine.description(), conditions[:1].upper() + conditions[1:]]
    rows = ["| " + " | ".join(_HEADINGS) + " |", "|" + " --- |" * len(_HEADINGS)]
    rows += ["| " + " | ".join(_cells(figure)) + " |" for figure in figures]
    notes = [f"* {figure.measure.name}: {figure.note}." for figure in figures if figure.note]
    parts = [
        _INTRODUCTION,
        f"Measured on {datetime.now(UTC).date().isoformat()}:\n",
        *(f"* {line}." for line in head),
        "",
        *rows,
        "",
        "`max` of a hundred values and more is the 99th percentile.",
        "",
        *notes,
        "" if notes else None,
        "## What is measured\n",
        *(f"* **{figure.measure.name}**: {figure.measure.how}." for figure in figures),
        "",
        _REPEAT.rstrip(),
    ]
    path.write_text("\n".join(part for part in parts if part is not None) + "\n")


def _placed(row: Sequence[str], widths: Sequence[int]) -> enumerate[tuple[str, int]]:
    return enumerate(zip(row, widths, strict=True))


def _cells(figure: Figure) -> tuple[str, ...]:
    measure = figure.measure
    if not figure.values:
        return measure.name, measure.unit, "0", "", "", "", _goal(measure), "not measured"
    kind, worst = figure.worst
    low, middle, high = (_number(value) for value in (min(figure.values), figure.median, worst))
    verdict = {None: "", True: "met", False: "missed"}[figure.is_met]
    mark = "" if kind == "max" else " (p99)"
    return measure.name, measure.unit, str(len(figure.values)), low, middle, high + mark, _goal(measure), verdict


def _goal(measure: Measure) -> str:
    if measure.goal is None:
        return ""
    return f"{'>=' if measure.is_more_better else '<='} {measure.goal:g}"


def _number(value: float) -> str:
    """Three digits that count."""
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
