"""`make bench`: takes the measures, prints a table, writes docs/figures.md."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from firmware.control import Refused, Unreachable
from tests.bench import (
    call_rate,
    delay,
    delay_reloading,
    dial_tone,
    dtmf,
    echo,
    extensions,
    first_audio,
    invite,
    load,
    machine,
    records,
    registrations,
    report,
    ring,
    start,
    two_leg,
)
from tests.bench.measure import Figure, Measure

Run = Callable[[Path, int], list[Figure]]

_FIGURES = Path(__file__).resolve().parents[2] / "docs" / "figures.md"
_LONG_S, _SHORT_S = 600.0, 40.0
_TIMES = {
    "dial-tone": 15,
    "invite": 10,
    "ring": 10,
    "first-audio": 10,
    "delay": 8,
    "delay-reloading": 1,
    "start": 5,
    "load": 2,
    "dtmf": 3,
    "echo": 2,
    "two-leg": 3,
    "call-rate": 1,
    "extensions": 2,
    "registrations": 1,
    "records": 30,
}


def main(arguments: list[str]) -> int:
    """Take the measures that are named, or all."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(_TIMES)}; none: all, and write docs")
    parser.add_argument("--times", type=int, help="how often each is taken, instead of its usual number")
    parser.add_argument("--long", action="store_true", help="ten minutes of reloading the page, not 40 s")
    parser.add_argument("--output", type=Path, help="write the figures there (all measures: docs/figures.md)")
    wanted = parser.parse_args(arguments)
    runs = _runs(_LONG_S if wanted.long else _SHORT_S)
    if unknown := [name for name in wanted.names if name not in runs]:
        parser.error(f"there is no measure {unknown[0]!r}; there are {', '.join(runs)}")
    before, figures = machine.ticks(), []
    for name in wanted.names or runs:
        figures += _take(name, runs[name], wanted.times or _TIMES[name])
    conditions = machine.conditions(before, machine.ticks())
    print(f"\n{report.table(figures)}\n\n{conditions}")
    output = wanted.output or (None if wanted.names else _FIGURES)
    if output is not None:
        report.write(output, figures, conditions)
    return 0


def _runs(reloading_s: float) -> dict[str, Run]:
    """In the order of the table."""
    return {
        "dial-tone": dial_tone.run,
        "invite": invite.run,
        "ring": ring.run,
        "first-audio": first_audio.run,
        "delay": delay.run,
        "delay-reloading": partial(delay_reloading.run, seconds=reloading_s),
        "start": start.run,
        "load": load.run,
        "dtmf": dtmf.run,
        "echo": echo.run,
        "two-leg": two_leg.run,
        "call-rate": call_rate.run,
        "extensions": extensions.run,
        "registrations": registrations.run,
        "records": records.run,
    }


def _take(name: str, run: Run, times: int) -> list[Figure]:
    """Twice at the most: a measure that breaks off must not cost the others."""
    words = ""
    for _ in range(2):
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            try:
                return run(Path(folder), times)
            except (AssertionError, OSError, Refused, Unreachable) as error:
                words = " ".join(str(error).split())[:200]
                print(f"{name} broke off: {words}", file=sys.stderr, flush=True)
    return [Figure(Measure(name, "", "broke off"), note=f"broke off: {words}")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
