"""What is looked for among the calls, and the fastest way to it. Knows no file."""

import re
import sqlite3
from dataclasses import dataclass

from firmware.records.rows import NUMBER_MAX, USUAL_CAUSE, CallRecord

COUNT_MAX = 10_000
"""Counting goes so far: nobody reads a longer list."""

_SORTED_MAX = 5_000  # rows that are sorted for a page: 10 ms on a small board
_LAST = "\U0010ffff"
_SPACING = re.compile(r"[\s().\-/]")
_CURSOR = re.compile(r"(-?[0-9.e+-]{1,30})_([0-9]{1,18})")
_NUMBER_COLUMNS = ("source_number", "source_extension", "destination_number", "answered_by")


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What fits all that is given; empty and None: whatever it is.

    `number` is anybody's who takes part (its beginning, with `is_prefix`); `since <= started_at < until`;
    `direction` is "in", "out" or "internal"; `extension` called, was called, or answered.
    """

    number: str = ""
    is_prefix: bool = False
    since: float | None = None
    until: float | None = None
    direction: str = ""
    cause: str = ""
    is_answered: bool | None = None
    is_missed: bool | None = None
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Below which call the next page begins. `str` and `parse` carry it through an address."""

    started_at: float
    key: int

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """None where it is none."""
        match = _CURSOR.fullmatch(text)
        try:
            return cls(float(match[1]), int(match[2])) if match else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.started_at!r}_{self.key}"


@dataclass(frozen=True, slots=True)
class Page:
    """Calls, newest first, and where the next page begins; None: there is none."""

    calls: tuple[CallRecord, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many; where it is not exact, at least or about so many."""

    number: int
    is_exact: bool = True


class Query:
    """A filter as SQL. Looks once into the index where a prefix may fit few calls, or half of them."""

    def __init__(self, connection: sqlite3.Connection, filter: CallFilter) -> None:
        self._filter = filter
        self._number = _SPACING.sub("", filter.number)[:NUMBER_MAX]
        self._source, self._order = "calls c", "c"
        self._conditions: list[str] = []
        self._values: list[object] = []
        self._choose(connection)
        self._narrow()

    def select(self, columns: str, after: Cursor | None, limit: int) -> tuple[str, tuple[object, ...]]:
        """Query and values for Connection.execute."""
        order = self._order
        conditions, values = list(self._conditions), list(self._values)
        for condition, value in (
            (f"{order}.started >= ?", self._filter.since),
            (f"{order}.started < ?", self._filter.until),
        ):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        if after is not None:
            conditions.append(f"({order}.started, {order}.seq) < (?, ?)")
            values += [after.started_at, after.key]
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        order_by = f"ORDER BY {order}.started DESC, {order}.seq DESC LIMIT ?"
        return f"SELECT {columns} FROM {self._source} {where} {order_by}", (*values, limit)

    def _choose(self, connection: sqlite3.Connection) -> None:
        """By the index of numbers where it leads to few; otherwise newest first, until enough fit."""
        extension = self._filter.extension
        if self._number and not self._filter.is_prefix:
            self._by_party(self._number)
        elif self._number and self._is_rare(connection):
            distinct = "SELECT DISTINCT started, seq FROM parties WHERE number >= ? AND number < ?"
            self._source, self._order = f"({distinct}) p CROSS JOIN calls c ON c.seq = p.seq", "p"
            self._values += [self._number, self._number + _LAST]
        elif self._number:
            fits = [f"(c.{column} >= ? AND c.{column} < ?)" for column in _NUMBER_COLUMNS]
            fits.append("(substr(c.dialled, instr(c.dialled, ':') + 1, ?) = ?)")
            self._add(f"({' OR '.join(fits)})", *(self._number, self._number + _LAST) * len(_NUMBER_COLUMNS))
            self._values += [len(self._number), self._number]
        elif extension:
            self._by_party(extension)

    def _by_party(self, number: str) -> None:
        self._source, self._order = "parties p CROSS JOIN calls c ON c.seq = p.seq", "p"
        self._add("p.number = ?", number)

    def _is_rare(self, connection: sqlite3.Connection) -> bool:
        rows = connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM parties WHERE number >= ? AND number < ? LIMIT ?)",
            (self._number, self._number + _LAST, _SORTED_MAX + 1),
        )
        return bool(rows.fetchone()[0] <= _SORTED_MAX)

    def _narrow(self) -> None:
        wanted = self._filter
        if wanted.extension:
            called = "(c.destination_kind = 'extension' AND c.destination_number = ?)"
            is_party = f"(c.source_extension = ? OR c.answered_by = ? OR {called} OR c.dialled = ?)"
            self._add(is_party, *[wanted.extension] * 3, f"extension:{wanted.extension}")
        if wanted.direction:
            self._add("c.direction = ?", wanted.direction)
        if wanted.cause:
            # What the partial index holds has to be said in as many words.
            self._add("c.cause = ?" + ("" if wanted.cause == USUAL_CAUSE else " AND c.cause <> 'NORMAL'"), wanted.cause)
        if wanted.is_answered is not None:
            self._add(f"c.answered IS {'NOT ' if wanted.is_answered else ''}NULL")
        if wanted.is_missed is not None:
            self._add(f"c.is_missed = {int(wanted.is_missed)}")

    def _add(self, condition: str, *values: object) -> None:
        self._conditions.append(condition)
        self._values += values
