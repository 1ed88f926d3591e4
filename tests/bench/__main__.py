"""`make bench`: takes the measures, prints a table, writes docs/figures.md."""

import argparse
import ctypes
import signal
import sys
from pathlib import Path

from tests.bench import catalogue, document, outcome, running
from tests.bench.table import in_columns

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "figures.md"


def main(arguments: list[str]) -> int:
    """Returns 1 when a measure broke off."""
    wanted = _parsed(arguments)
    _adopt_orphans()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as Ctrl-C: no process and no folder is left
    benches = catalogue.benches(is_long=wanted.long)
    chosen = [bench for bench in benches if not wanted.only or bench.name in wanted.only]
    kept_in = wanted.document.with_suffix(".json")
    kept, new = outcome.read(kept_in), []
    for result in running.take(chosen, wanted.times):
        new.append(result)
        if not wanted.print:  # at once: a run that is ended early has measured something too
            known = outcome.merged(kept, new)
            outcome.write(kept_in, [known[bench.name] for bench in benches if bench.name in known])
            document.write(wanted.document, benches, known)
    print(f"\n{in_columns(new)}")
    return int(any(result.broke_off for result in new))


def _adopt_orphans() -> None:
    """What a browser or a daemon leaves behind stays of our family: its time is our load, not somebody else's."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _parsed(arguments: list[str]) -> argparse.Namespace:
    names = [bench.name for bench in catalogue.benches()]
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, epilog=f"NAMEs: {', '.join(names)}")
    parser.add_argument("--only", metavar="NAME,...", type=lambda text: text.split(","), help="these measures alone")
    parser.add_argument("--times", type=int, help="how often each is taken, instead of its usual number")
    parser.add_argument("--long", action="store_true", help="ten calls while the page is reloaded, not one")
    parser.add_argument("--print", action="store_true", help="write no document")
    parser.add_argument("--document", type=Path, default=_DOCUMENT, help="write there, not docs/figures.md")
    wanted = parser.parse_args(arguments)
    if unknown := sorted(set(wanted.only or ()) - set(names)):
        parser.error(f"there is no measure {unknown[0]!r}; there are {', '.join(names)}")
    return wanted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
