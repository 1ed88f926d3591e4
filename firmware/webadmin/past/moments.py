"""Times as the box's own clock on the wall shows them, and labels for axes of time. Knows no page."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from time import localtime

from firmware.webadmin.graphs import Mark
from firmware.webadmin.language import N_, _

HOUR_S, DAY_S = 3600, 86_400
_DAY = N_("{month}/{day}")
_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def local(at: float) -> datetime:
    """The wall time here; what no calendar has is the epoch."""
    try:
        return datetime.fromtimestamp(at).astimezone()
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0).astimezone()


def hour(at: float) -> int:
    """The hour of the day; thousands of times are asked for it in a page."""
    return localtime(at).tm_hour


def clock(at: float) -> str:
    """`14:05`."""
    return f"{local(at):%H:%M}"


def day(at: float) -> str:
    """`Mon 11/24`, as it is written in the language."""
    moment = local(at)
    return f"{_(_WEEKDAYS[moment.weekday()])} {date_of(at)}"


def date_of(at: float) -> str:
    """`11/24`, as it is written in the language."""
    moment = local(at)
    return _(_DAY).format(month=moment.month, day=moment.day)


def short(at: float) -> str:
    """`Mon 11/24 14:05`."""
    return f"{day(at)} {clock(at)}"


def midnight(text: str, days_later: int = 0) -> float | None:
    """The beginning of a day written `2026-01-31`, here; None for anything else."""
    try:
        begun = datetime.combine(date.fromisoformat(text) + timedelta(days=days_later), time())
        return begun.astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def floor(at: float, step_s: int) -> float:
    """The last full step of the day here: hours, or the day's beginning."""
    begun = datetime.combine(local(at).date(), time()).timestamp()  # by the clock that was right in that night
    return begun if step_s >= DAY_S else begun + (at - begun) // step_s * step_s


def steps(since: float, until: float, step_s: int) -> list[float]:
    """Beginnings of the steps that reach into the time; days are as long as they are, with summer time."""
    found = [floor(since, step_s)]
    while found[-1] < until and len(found) < 1000:  # a month of hours has 744
        later = floor(found[-1] + step_s * 1.2 if step_s >= DAY_S else found[-1] + step_s + 1, step_s)
        found.append(max(later, found[-1] + 1))
    return found[:-1] or found


def marks(since: float, until: float) -> Iterator[Mark]:
    """Labels for an axis of time: hours of a day, days of a week or a month."""
    span_s = until - since
    every_s = 4 * HOUR_S if span_s <= 1.5 * DAY_S else DAY_S
    stride = 1 if span_s <= 8 * DAY_S else 5
    for index, at in enumerate(steps(since, until, every_s)):
        if at >= since and index % stride == 0:
            words = clock(at) if every_s < DAY_S else date_of(at)
            yield Mark(at, words, is_minor=index // stride % 2 == 1)
