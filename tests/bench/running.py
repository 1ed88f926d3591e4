"""Takes measures one after the other; one that breaks off does not stop the rest. Knows no measure by name."""

import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import machine, outcome
from tests.bench.catalogue import Bench
from tests.bench.measure import Row
from tests.bench.outcome import Outcome

_AGAIN_S = 60.0  # a measure that broke off within this time is tried once more
_REASON_MAX = 200


def take(benches: Iterable[Bench], times: int | None) -> Iterator[Outcome]:
    """Each as soon as it is there; `times` instead of the usual number of runs."""
    with _Ground() as ground:
        for bench in benches:
            yield _take(bench, ground, times or bench.times)


class _Ground:
    """The site that is open: measures in a row share it."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._kind: object = None
        self._site: Any = None

    def __enter__(self) -> "_Ground":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def site_for(self, bench: Bench) -> Any:
        """The one that is open, or a new one where that is another kind."""
        if self._kind is not bench.site:
            self.clear()
            self._site = self._open.enter_context(bench.site(self.folder()))
            self._kind = bench.site
        return self._site

    def folder(self) -> Path:
        """A new one, which is there as long as the site."""
        return Path(self._open.enter_context(TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)))

    def clear(self) -> None:
        """No site is open any more."""
        self._kind = self._site = None
        self._open.close()


def _take(bench: Bench, ground: _Ground, times: int) -> Outcome:
    result = _try(bench, ground, times)
    if result.broke_off and result.took_s < _AGAIN_S:
        result = _try(bench, ground, times)
    return result


def _try(bench: Bench, ground: _Ground, times: int) -> Outcome:
    say(f"{bench.name} ...")
    begun, reason = time.monotonic(), ""
    rows: tuple[Row, ...] = ()
    meter = machine.Meter()
    try:
        site = ground.site_for(bench)
        with meter:
            rows = tuple(figure.row() for figure in bench.run(site, ground.folder(), times))
    except Exception as error:  # whatever it is, the other measures are worth having
        traceback.print_exc()
        reason = " ".join(f"{error or type(error).__name__}".split())[:_REASON_MAX]
        ground.clear()  # nobody knows how it was left
    took_s = round(time.monotonic() - begun, 1)
    load = meter.load
    say(f"{bench.name} {f'broke off: {reason}' if reason else 'done'} after {took_s:.0f} s {load.disturbance}".rstrip())
    day = datetime.now(UTC).date().isoformat()
    return Outcome(bench.name, day, outcome.commit(), machine.description(), took_s, load, rows, reason)


def say(text: str) -> None:
    """To who waits."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)
