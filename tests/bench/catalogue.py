"""Every measure in order of importance: its place in the tables, what it stands on, how often it is taken."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench import (
    call_rate,
    delay,
    delay_reloading,
    dial_tone,
    dtmf,
    echo,
    extensions,
    first_audio,
    first_paint,
    invite,
    load,
    page_calls,
    page_extensions,
    paint_extensions,
    records,
    registrations,
    ring,
    sites,
    start,
    two_leg,
    watching,
)
from tests.bench.measure import Figure


class Area(Enum):
    """A table of the document."""

    CALL = "A telephone call"
    EXCHANGE = "The exchange"
    PAGE = "The page"


@dataclass(frozen=True, slots=True)
class Bench:
    """One measure. `site` is what measures in a row share; `run(site, folder, times)` leaves it as it was.

    `times` is chosen by the spread: often where single values differ by a third, seldom where they do not.
    """

    name: str
    area: Area
    site: Callable[[Path], AbstractContextManager[Any]]
    run: Callable[[Any, Path, int], list[Figure]]
    times: int


def benches(*, is_long: bool = False) -> list[Bench]:
    """Those on the same site stand together: what stands on a box of its own must not find another one running."""
    reloading = partial(delay_reloading.run, calls=delay_reloading.LONG_CALLS) if is_long else delay_reloading.run
    call, exchange, page = Area.CALL, Area.EXCHANGE, Area.PAGE
    home, archive, crowd, alone = sites.home, sites.archive, sites.crowd, sites.nothing
    return [
        Bench("delay", call, home, delay.run, 6),
        Bench("dial-tone", call, home, dial_tone.run, 12),
        Bench("load", call, home, load.run, 1),
        Bench("delay-reloading", call, home, reloading, 1),
        Bench("first-paint", page, home, first_paint.run, 7),
        Bench("watching", page, home, watching.run, 1),
        Bench("invite", call, home, invite.run, 8),
        Bench("ring", call, home, ring.run, 8),
        Bench("first-audio", call, home, first_audio.run, 8),
        Bench("echo", call, home, echo.run, 2),
        Bench("dtmf", call, home, dtmf.run, 3),
        Bench("start", call, alone, start.run, 4),
        Bench("two-leg", exchange, alone, two_leg.run, 3),
        Bench("call-rate", exchange, alone, call_rate.run, 1),
        Bench("start-extensions", exchange, alone, extensions.start, 3),
        Bench("page-calls", page, archive, page_calls.run, 5),
        Bench("records", exchange, archive, records.run, 100),
        Bench("paint-extensions", page, crowd, paint_extensions.run, 5),
        Bench("page-extensions", page, crowd, page_extensions.run, 10),
        Bench("extensions", exchange, crowd, extensions.run, 10),
        Bench("registrations", exchange, crowd, registrations.run, 1),
    ]
