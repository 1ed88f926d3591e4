"""Routes: where calls from outside go, and by which trunks calls go out. Knows no clock, no trunk and no limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from firmware.telephony.events import Caller, Destination
from firmware.telephony.numbering.numbers import Home, Number, NumberClass, formatted, forms, is_sendable, matches

__all__ = [
    "Hours",
    "InboundRoute",
    "InboundTable",
    "OutboundRoute",
    "Schedule",
    "TrunkTry",
    "emergency",
    "holds",
    "inbound",
    "inbound_number",
    "outbound",
]

_DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of some days (0 is Monday), in minutes after midnight; an end not after the beginning is the next day's."""

    days: frozenset[int]
    begin_min: int
    end_min: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something holds: without `hours` all day and night. `holidays` are "YYYY-MM-DD", or "MM-DD" of each year."""

    hours: tuple[Hours, ...] = ()
    holidays: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class InboundRoute:
    """Where some calls from outside go; what is "" fits all. Patterns: a number, or its beginning with a final *."""

    destination: Destination
    trunk: str = ""
    called: str = ""
    caller: str = ""  # or "anonymous"
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class InboundTable:
    """Routes in order, and the schedules they name."""

    home: Home
    routes: tuple[InboundRoute, ...] = ()
    schedules: Mapping[str, Schedule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutboundRoute:
    """Which way some numbers go out; `pattern` is "+" and first digits, "" fits all.

    `number_format`: see `numbers.formatted`. Then `strip` digits go (with the + before them), and `prefix` comes.
    """

    trunks: tuple[str, ...]
    pattern: str = ""
    number_format: str = "dialled"
    strip: int = 0
    prefix: str = ""
    caller_number: str = ""


@dataclass(frozen=True, slots=True)
class TrunkTry:
    """One trunk to be tried with the number as it takes it; `caller_number` "" is the trunk's own."""

    trunk: str
    number: str
    caller_number: str = ""
    is_withheld: bool = False


def inbound(table: InboundTable, trunk: str, called: str, caller: Caller, now_local: datetime) -> Destination | None:
    """The destination of the first route that fits; None where none does. `now_local` is local time, zone or not."""
    number = inbound_number(table, trunk, called, caller, now_local)
    return table.routes[number - 1].destination if number else None


def inbound_number(table: InboundTable, trunk: str, called: str, caller: Caller, now_local: datetime) -> int:
    """Which route that is, counted from 1; 0 where none fits."""
    called_forms, caller_forms = forms(called, table.home), forms(caller.number, table.home)
    for number, route in enumerate(table.routes, 1):
        if route.trunk not in ("", trunk) or not _fits(route.called, called_forms):
            continue
        if not _fits_caller(route.caller, caller, caller_forms):
            continue
        if route.schedule and not _holds_by_name(table, route.schedule, now_local):
            continue
        return number
    return 0


def holds(schedule: Schedule, now_local: datetime) -> bool:
    """Whether it holds now.

    Only what a wall clock shows is compared, and no times are subtracted: an hour that summer time leaves out or
    repeats needs no care. Hours after midnight belong to the day on which they began, holidays too.
    """
    today = now_local.date()
    minute = now_local.hour * 60 + now_local.minute
    if not schedule.hours:
        return not _is_holiday(schedule, today)
    return any(
        _covers(hours, day, minute_of_day)
        for day, minute_of_day in ((today, minute), (today - timedelta(days=1), minute + _DAY_MIN))
        if not _is_holiday(schedule, day)
        for hours in schedule.hours
    )


def outbound(
    table: Sequence[OutboundRoute], number: Number, home: Home, default_trunks: Sequence[str]
) -> tuple[TrunkTry, ...]:
    """The trunks to be tried, in order, by the first route that fits; without one all by the default order.

    A trunk whose rewriting makes something else than a number of 20 digits is left out.
    """
    if number.kind is NumberClass.EMERGENCY:
        return emergency(table, number.dialled, home, default_trunks)
    as_dialled = tuple(TrunkTry(trunk, number.dialled) for trunk in default_trunks if is_sendable(number.dialled))
    # A short or local number is one of the own country.
    reach = number.e164 or f"+{home.calling_code}"
    for route in table:
        if reach.startswith(route.pattern):
            sent = _rewritten(route, formatted(number, route.number_format, home))
            tries = (TrunkTry(trunk, sent, route.caller_number) for trunk in route.trunks)
            return tuple(tries) if is_sendable(sent) else ()
    return as_dialled


def emergency(table: Sequence[OutboundRoute], number: str, home: Home, trunks: Sequence[str]) -> tuple[TrunkTry, ...]:
    """An emergency number by every trunk, in order; each as the first route that fits and names it would have it.

    A route's other forms and what it takes away are made for longer numbers and would spoil this one: only digits that
    it puts before a number as dialled count, as a private exchange wants them. Should they be wrong, the number alone
    is tried at the end.
    """
    reach = f"+{home.calling_code}"
    fitting = [route for route in table if reach.startswith(route.pattern)]
    ways: list[TrunkTry] = []
    for trunk in trunks:
        route = next((route for route in fitting if trunk in route.trunks), OutboundRoute((trunk,)))
        prefix = route.prefix if route.number_format == "dialled" and not route.strip else ""
        ways.append(TrunkTry(trunk, f"{prefix}{number}", route.caller_number))
    alone = [replace(way, number=number) for way in ways if way.number != number]
    return tuple(way for way in [*ways, *alone] if is_sendable(way.number))


def _fits(pattern: str, written: frozenset[str]) -> bool:
    return not pattern or matches(pattern, written)


def _fits_caller(pattern: str, caller: Caller, written: frozenset[str]) -> bool:
    if pattern == "anonymous":
        return not caller.number
    return not pattern or (bool(caller.number) and matches(pattern, written))


def _holds_by_name(table: InboundTable, name: str, now_local: datetime) -> bool:
    schedule = table.schedules.get(name)
    return schedule is not None and holds(schedule, now_local)


def _covers(hours: Hours, day: date, minute: int) -> bool:
    end_min = hours.end_min if hours.end_min > hours.begin_min else hours.end_min + _DAY_MIN
    return day.weekday() in hours.days and hours.begin_min <= minute < end_min


def _is_holiday(schedule: Schedule, day: date) -> bool:
    written = day.isoformat()
    return written in schedule.holidays or written[5:] in schedule.holidays


def _rewritten(route: OutboundRoute, number: str) -> str:
    if not route.strip and not route.prefix:
        return number
    return route.prefix + number.removeprefix("+")[route.strip :]
