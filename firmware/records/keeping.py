"""How long records are kept: retention in small steps, and erasure. Knows no thread."""

import sqlite3
from dataclasses import dataclass

from firmware.records.course import delete_expired_course
from firmware.records.rows import UP
from firmware.records.tables import COLUMNS, call_of, delete_call

STEP = 100
"""Calls deleted in one transaction: a few ms, so that a call that ends meanwhile need not wait."""

EVENTS_MAX = 10_000  # security events; a flood must not push out more than this, nor fill the card
_DAY_S = 86_400.0
_STEADY_S = 3600.0
_JUMP_S = 60.0


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days and how many calls are kept; 0 days: no limit by time.

    `course_days`: states of trunks and samples of lines, which are counted in thousands beside (`course.STATES_MAX`).
    """

    days: int = 0
    calls_max: int = 1_000_000
    course_days: int = 31


class SteadyClock:
    """Whether the wall clock may be trusted to delete by: it has gone with the monotonic one for an hour.

    A box without a clock battery starts in the past, and whatever tells it the time may be wrong for a while.
    """

    def __init__(self, wall_s: float, monotonic_s: float) -> None:
        self._offset_s = wall_s - monotonic_s
        self._since_s = monotonic_s

    def is_steady(self, wall_s: float, monotonic_s: float) -> bool:
        """Ask at least every few minutes."""
        offset_s = wall_s - monotonic_s
        if abs(offset_s - self._offset_s) > _JUMP_S:
            self._since_s = monotonic_s
        self._offset_s = offset_s
        return monotonic_s - self._since_s >= _STEADY_S


def delete_surplus(connection: sqlite3.Connection, retention: Retention) -> int:
    """Delete up to STEP of the first written beyond `calls_max`, within the caller's transaction; how many."""
    # Each alone is one step into the index; both in one query would read every call.
    first, last = connection.execute("SELECT (SELECT min(seq) FROM calls), (SELECT max(seq) FROM calls)").fetchone()
    if first is None or last - first < retention.calls_max:
        return 0  # there are no more rows than numbers
    (count,) = connection.execute("SELECT count(*) FROM calls").fetchone()
    surplus = min(STEP, count - retention.calls_max)
    return _delete(connection, "ORDER BY c.seq", (), surplus) if surplus > 0 else 0


def delete_expired(connection: sqlite3.Connection, retention: Retention, now_s: float) -> int:
    """Delete up to STEP calls, and the security events, older than `days`; how many calls. And how trunks fared."""
    course_days = min(filter(None, (retention.days, retention.course_days)), default=0)
    if course_days > 0:
        delete_expired_course(connection, now_s - course_days * _DAY_S)
    if retention.days <= 0:
        return 0
    before_s = now_s - retention.days * _DAY_S
    connection.execute("DELETE FROM security_events WHERE last < ?", (before_s,))
    return _delete(connection, "AND c.started < ? ORDER BY c.started", (before_s,), STEP)


def delete_surplus_events(connection: sqlite3.Connection) -> None:
    """Keep the latest EVENTS_MAX."""
    connection.execute(
        "DELETE FROM security_events WHERE seq <= (SELECT max(seq) FROM security_events) - ?", (EVENTS_MAX,)
    )


def erase(connection: sqlite3.Connection, number: str) -> int:
    """Delete up to STEP calls that `number` took part in, and its security events; how many calls."""
    connection.execute("DELETE FROM security_events WHERE source = ?", (number,))
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM parties p CROSS JOIN calls c ON c.seq = p.seq "
        "WHERE p.number = ? AND c.state <> ? LIMIT ?",
        (number, UP, STEP),
    ).fetchall()
    for row in rows:
        delete_call(connection, call_of(row))
    return len(rows)


def _delete(connection: sqlite3.Connection, which: str, values: tuple[object, ...], limit: int) -> int:
    query = f"SELECT {COLUMNS} FROM calls c WHERE c.state <> 'up' {which} LIMIT ?"
    rows = connection.execute(query, (*values, limit)).fetchall()
    for row in rows:
        delete_call(connection, call_of(row))
    return len(rows)
