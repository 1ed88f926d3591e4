"""Past calls: filter, pages, each with all that is known of it, CSV of what is filtered. Knows no file."""

import itertools
from collections.abc import Callable, Iterator
from typing import TypeVar

import bottle

from firmware.records import CallRecord, CallRecords, Count, RecordsUnavailable, Span
from firmware.webadmin.door import Route
from firmware.webadmin.language import _, ngettext
from firmware.webadmin.past import call_graphs, call_words
from firmware.webadmin.past.calls_filter import CAUSES, DIRECTIONS, OUTCOMES, Asked, asked, is_seen_by, own_extension
from firmware.webadmin.past.moments import DAY_S
from firmware.webadmin.roles import Role
from firmware.webadmin.seats import Seats
from firmware.webadmin.visit import Visit
from firmware.webadmin.words import as_sentence

PAGE_ROWS = 50
_TABLES_AT_ONCE_MAX = 2  # a million calls take a minute, and hold a thread of the server meanwhile
_LINES_AT_ONCE = 500
_NEIGHBOURS_S = 7 * DAY_S
_Read = TypeVar("_Read")


class CallsPage:
    """The routes of /calls; a resident sees the own."""

    def __init__(self, records: CallRecords) -> None:
        self._records = records
        self._tables = Seats(_TABLES_AT_ONCE_MAX)

    def routes(self) -> Iterator[Route]:
        """For residents too."""
        yield Route("GET", "/calls", Role.RESIDENT, self._show)
        yield Route("GET", "/calls.csv", Role.RESIDENT, self._csv)
        yield Route("GET", "/calls/<key:re:[0-9]{1,18}>", Role.RESIDENT, self._show_one)

    def _show(self, visit: Visit) -> str:
        wanted = asked(visit)
        page = read(lambda: self._records.page(wanted.filter, wanted.before, PAGE_ROWS))
        count = read(lambda: self._records.count(wanted.filter))
        if wanted.wrong:
            bottle.response.status = 422
        return visit.html(
            "calls",
            rows=[call_words.row(call) for call in page.calls],
            found=_in_words(count),
            asked=wanted,
            choices=_choices(wanted),
            older=str(page.next) if page.next else "",
        )

    def _show_one(self, visit: Visit, key: str) -> str:
        call = one_call(self._records, visit, int(key))
        span = Span(call.started_at - _NEIGHBOURS_S, call.started_at + _NEIGHBOURS_S)
        neighbours = read(lambda: self._records.judged_calls(span, own_extension(visit), call_graphs.CALLS_MAX))
        return visit.html(
            "call",
            call=call,
            row=call_words.row(call),
            groups=list(call_words.facts(call)),
            sounds=list(call_words.sounds(call)),
            steps=call_words.steps(call),
            graphs=call_graphs.of_call(call, neighbours),
        )

    def _csv(self, visit: Visit) -> Iterator[str]:
        wanted = asked(visit)
        if wanted.wrong:
            raise bottle.HTTPError(400, _("These calls cannot be looked for: {}.").format(", ".join(wanted.wrong)))
        if not self._tables.take():
            raise bottle.HTTPError(503, _("Others take tables of calls just now. Try again in a minute."))
        bottle.response.content_type = "text/csv; charset=utf-8"
        bottle.response.set_header("Content-Disposition", 'attachment; filename="calls.csv"')
        return _Table(self._records.csv(wanted.filter), self._tables.release)


class _Table:
    """The lines of a table, some at once. `close` is the server's, whether all was read or nobody listens any more."""

    def __init__(self, lines: Iterator[str], on_close: Callable[[], None]) -> None:
        self._lines = lines
        self._on_close = on_close
        self._is_closed = False
        self._first = self._some()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text, self._first = self._first or self._some(), ""
        if not text:
            raise StopIteration
        return text

    def close(self) -> None:
        """Let the next one take a table."""
        if not self._is_closed:
            self._is_closed = True
            self._on_close()

    def _some(self) -> str:
        try:
            return read(lambda: "".join(itertools.islice(self._lines, _LINES_AT_ONCE)))
        except BaseException:
            self.close()
            raise


def read(question: Callable[[], _Read]) -> _Read:
    """The answer of the records, or in words why there is none."""
    try:
        return question()
    except RecordsUnavailable as error:
        raise bottle.HTTPError(503, as_sentence(str(error))) from error


def one_call(records: CallRecords, visit: Visit, key: int) -> CallRecord:
    """The call, where there is one and the visitor may see it; else there is none."""
    call = read(lambda: records.call(key))
    if call is None or not is_seen_by(visit, call):
        raise bottle.HTTPError(404, "")
    return call


def _in_words(count: Count) -> str:
    found = ngettext("{} call", "{} calls", count.number).format(f"{count.number:,}".replace(",", "\u202f"))
    return found if count.is_exact else _("About {} or more").format(found)


def _choices(wanted: Asked) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The lists to choose from: name, label, values with their words."""
    tables = (
        ("direction", _("Direction"), DIRECTIONS),
        ("outcome", _("Outcome"), OUTCOMES),
        ("cause", _("Cause"), CAUSES),
    )
    return [
        (name, label, [("", _("any")), *((key, _(said)) for key, said in table.items())])
        for name, label, table in tables
    ]
