"""What came of measures, and how it is kept between runs: the document is made of it. Knows no box."""

import functools
import json
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.bench.machine import Load
from tests.bench.measure import Measure, Row

_ROOT = Path(__file__).resolve().parents[2]
_OWN = ":(exclude)docs/figures.*"  # written by the run itself


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one measure: its rows, or why it broke off; when, of which code, on which machine and beside what load."""

    name: str
    day: str  # ISO 8601, UTC
    commit: str
    machine: str
    took_s: float
    load: Load
    rows: tuple[Row, ...] = ()
    broke_off: str = ""


@functools.cache
def commit() -> str:
    """What is checked out, and whether that is all."""
    name = _git("rev-parse", "--short=10", "HEAD")
    return f"{name} and changes" if _git("status", "--porcelain", "--", ".", _OWN) else name


def read(path: Path) -> dict[str, Outcome]:
    """What was kept, by the measure's name; nothing where nothing was, or by another version of this program."""
    try:
        return {entry["name"]: _outcome(entry) for entry in json.loads(path.read_text())}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def merged(kept: dict[str, Outcome], new: Iterable[Outcome]) -> dict[str, Outcome]:
    """New ones take the place of old ones; figures of another machine do not stand beside these."""
    found = {outcome.name: outcome for outcome in new}
    machines = {outcome.machine for outcome in found.values()}
    return {name: outcome for name, outcome in kept.items() if outcome.machine in machines} | found


def write(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Keep them."""
    path.write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=1, ensure_ascii=False) + "\n")


def _outcome(entry: dict[str, Any]) -> Outcome:
    rows = tuple(Row(**(row | {"measure": Measure(**row["measure"])})) for row in entry["rows"])
    return replace(Outcome(**entry), load=Load(**entry["load"]), rows=rows)


def _git(*words: str) -> str:
    run = subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, text=True, check=False)
    return run.stdout.strip()
