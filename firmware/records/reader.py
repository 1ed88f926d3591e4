"""Reads the records, from any process and thread, while they are written. Changes nothing."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.records import statistics
from firmware.records.query import COUNT_MAX, CallFilter, Count, Cursor, Page, Query
from firmware.records.rows import CallRecord, LineSample, SecurityEvent, TrunkState
from firmware.records.spreadsheet import HEADINGS, cells, csv_line
from firmware.records.statistics import Counted, Span
from firmware.records.tables import COLUMNS, call_of, event_of

LIMIT_MAX = 500
"""Records of one page: beyond that a page is no page any more."""

_SEARCH_S = 5.0  # whoever waits for a page has left by then, and the card has other work
_BUSY_S = 2.0
_ALL = CallFilter()
_STEPS = 20_000  # of SQLite's machine between two looks at the clock


class RecordsUnavailable(Exception):
    """The records cannot be read now, in words."""


class CallRecords:
    """The records at `path`; where there is no file yet, there are none. All methods raise RecordsUnavailable."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def page(self, filter: CallFilter = _ALL, after: Cursor | None = None, limit: int = 50) -> Page:
        """Calls that fit, newest first, from below `after`."""
        limit = max(1, min(limit, LIMIT_MAX))
        with self._connected() as connection:
            if connection is None:
                return Page((), None)
            query = Query(connection, filter)
            rows = connection.execute(*query.select(COLUMNS, after, limit + 1)).fetchall()
        calls = tuple(call_of(row) for row in rows[:limit])
        return Page(calls, Cursor(calls[-1].started_at, calls[-1].key) if len(rows) > limit else None)

    def call(self, key: int) -> CallRecord | None:
        """The call with this `CallRecord.key`."""
        with self._connected() as connection:
            row = connection and connection.execute(f"SELECT {COLUMNS} FROM calls c WHERE seq = ?", (key,)).fetchone()
        return call_of(row) if row else None

    def count(self, filter: CallFilter = _ALL) -> Count:
        """How many fit: exact up to COUNT_MAX, then "at least", or about how many there are at all."""
        with self._connected() as connection:
            if connection is None:
                return Count(0)
            if filter == _ALL:
                # Each alone is one step into the index; both in one query would read every call.
                first, last = connection.execute(
                    "SELECT (SELECT min(seq) FROM calls), (SELECT max(seq) FROM calls)"
                ).fetchone()
                if first is not None and last - first >= COUNT_MAX:
                    return Count(last - first + 1, is_exact=False)
            return self._counted(connection, filter)

    def csv(self, filter: CallFilter = _ALL) -> Iterator[str]:
        """Lines of RFC 4180, the headings first, every cell harmless to spreadsheets; a page is read at a time."""
        yield csv_line(HEADINGS)
        page = self.page(filter, None, LIMIT_MAX)
        while True:
            yield from (csv_line(cells(call)) for call in page.calls)
            if page.next is None:
                return
            page = self.page(filter, page.next, LIMIT_MAX)

    def security_events(self, kind: str = "", before: int | None = None, limit: int = 50) -> tuple[SecurityEvent, ...]:
        """The latest first; `before` is the `key` of the last one of the page before."""
        conditions, values = ["1"], list[object]()
        for condition, value in (("kind = ?", kind or None), ("seq < ?", before)):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        query = f"SELECT * FROM security_events WHERE {' AND '.join(conditions)} ORDER BY seq DESC LIMIT ?"
        with self._connected() as connection:
            if connection is None:
                return ()
            rows = connection.execute(query, (*values, max(1, min(limit, LIMIT_MAX)))).fetchall()
        return tuple(event_of(row) for row in rows)

    def latest_of(self, extension: str, limit: int) -> tuple[CallRecord, ...]:
        """The last calls of an extension, newest first."""
        return self.page(CallFilter(extension=extension), None, limit).calls

    def counts(self, span: Span, extension: str = "") -> tuple[Counted, ...]:
        """How many calls began in each quarter of an hour, of an extension or of all."""
        with self._connected("call_quarters") as connection:
            return statistics.counts(connection, span, extension) if connection else ()

    def judged_calls(self, span: Span, extension: str = "", limit: int = 100) -> tuple[CallRecord, ...]:
        """The latest calls whose sound is known, newest first."""
        with self._connected("call_quarters") as connection:
            limit = max(1, min(limit, LIMIT_MAX))
            return statistics.judged_calls(connection, span, extension, limit) if connection else ()

    def trunk_states(self, span: Span) -> tuple[TrunkState, ...]:
        """How each trunk was, in the order of time."""
        with self._connected("trunk_states") as connection:
            return statistics.states(connection, span) if connection else ()

    def line_samples(self, span: Span, step_s: float) -> tuple[LineSample, ...]:
        """What the lines' audio was like, one sample a line and step, in the order of time."""
        with self._connected("line_samples") as connection:
            return statistics.samples(connection, span, step_s) if connection else ()

    def _counted(self, connection: sqlite3.Connection, filter: CallFilter) -> Count:
        query = Query(connection, filter)
        number = 0
        try:
            for _ in connection.execute(*query.select("1", None, COUNT_MAX + 1)):
                number += 1
        except sqlite3.OperationalError as error:
            if not _is_interrupted(error):
                raise
            return Count(number, is_exact=False)
        return Count(min(number, COUNT_MAX), is_exact=number <= COUNT_MAX)

    @contextmanager
    def _connected(self, table: str = "calls") -> Iterator[sqlite3.Connection | None]:
        """A connection of its own for every question: the file may be another one by the next, or not have `table`."""
        if not self._path.exists():
            yield None
            return
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)
            deadline = time.monotonic() + _SEARCH_S
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            is_made = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
            yield connection if is_made else None
        except sqlite3.Error as error:
            if _is_interrupted(error):
                raise RecordsUnavailable("the search takes too long; narrow it, by a date for example") from error
            raise RecordsUnavailable(f"the call records cannot be read: {error}") from error
        finally:
            if connection is not None:
                connection.close()


def _is_interrupted(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT
