"""docs/figures.md, made of what the measures brought; nobody writes in it by hand."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.bench.catalogue import Area, Bench
from tests.bench.outcome import Outcome
from tests.bench.table import HEADINGS, cells

_INTRODUCTION = """\
# Figures

What `make bench` measured: the whole box with its simulated adapter, far ends in software, everything on one machine
over loopback. The run writes this file. They are figures, not verdicts: nothing fails when a goal is missed. The median
is held against the goal; "worst: no" tells that the worst value is beyond it. p99 is there where a figure has a hundred
values or more. A measure beside which the machine had something else to do is marked as disturbed: repeat it.
"""
_REPEAT = """\
## Repeat it

    make bench                                    all of it, in less than 12 minutes
    make bench ARGS="--only delay,first-paint"    these measures; the others in this file stay
    make bench ARGS="--only delay --times 20"     more often than usual
    make bench ARGS="--long"                      ten calls while the page is reloaded, not one
    make bench ARGS="--only delay --print"        on the terminal alone

The machine should have nothing else to do. What is kept between runs is in `figures.json`; figures of another machine,
or of a measure that is no more, are left out.
"""
_LOAD_HEADINGS = ("measure", "day", "commit", "took s", "own load %", "other load %", "stolen %", "worst second %", "")


def write(path: Path, benches: Sequence[Bench], outcomes: dict[str, Outcome]) -> None:
    """All that is known of these measures."""
    known = [(bench, outcomes[bench.name]) for bench in benches if bench.name in outcomes]
    lines = [_INTRODUCTION, *_head([outcome for _, outcome in known])]
    for area in Area:
        lines += _area(area, [outcome for bench, outcome in known if bench.area is area])
    lines += _loads([outcome for _, outcome in known])
    path.write_text("\n".join([*lines, _REPEAT.rstrip()]) + "\n")


def _head(outcomes: Sequence[Outcome]) -> list[str]:
    machines = sorted({outcome.machine for outcome in outcomes})
    days = ", ".join(sorted({outcome.day for outcome in outcomes}))
    commits = ", ".join(sorted({outcome.commit for outcome in outcomes}))
    minutes = sum(outcome.took_s for outcome in outcomes) / 60
    return [*(f"* {name}" for name in machines), f"* {days}, commit {commits}, {minutes:.0f} minutes in all", ""]


def _area(area: Area, outcomes: Sequence[Outcome]) -> list[str]:
    if not outcomes:
        return []
    rows = [(row, outcome) for outcome in outcomes for row in outcome.rows]
    lines = [f"## {area.value}", "", *_table(HEADINGS, (cells(*pair) for pair in rows)), ""]
    lines += [f"* **{outcome.name} broke off**: {outcome.broke_off}" for outcome in outcomes if outcome.broke_off]
    lines += [f"* {row.measure.name}: {row.note}." for row, _ in rows if row.note]
    lines += ["", "What is measured:", ""]
    return [*lines, *(f"* **{row.measure.name}**: {row.measure.how}." for row, _ in rows), ""]


def _loads(outcomes: Sequence[Outcome]) -> list[str]:
    rows = []
    for outcome in outcomes:
        load = outcome.load
        figures = (f"{value:.1f}" for value in (load.ours, load.others, load.stolen, load.stolen_worst))
        verdict = f"disturbed: {load.disturbance}" if load.disturbance else ""
        rows.append((outcome.name, outcome.day, outcome.commit, f"{outcome.took_s:.0f}", *figures, verdict))
    words = "Shares of the time of all processors. Own load is what the run started, stolen what the hypervisor took."
    return ["## The machine meanwhile", "", words, "", *_table(_LOAD_HEADINGS, rows), ""]


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    return lines + ["| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows]
