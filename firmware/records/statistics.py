"""What graphs are drawn of: counts of calls, calls with their quality, states of trunks, samples. Knows no file."""

import sqlite3
from dataclasses import dataclass

from firmware.records.rows import CallRecord, LineSample, TrunkState
from firmware.records.schema import counted
from firmware.records.tables import COLUMNS, call_of

ANSWERED, MISSED, UNANSWERED = "answered", "missed", "unanswered"
OUTCOMES = (ANSWERED, MISSED, UNANSWERED)
_QUARTER_S = 900.0


@dataclass(frozen=True, slots=True)
class Span:
    """`since <= t < until`, in seconds since the epoch."""

    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Counted:
    """So many calls began in the quarter of an hour from `at`; `outcome` is one of OUTCOMES."""

    at: float
    direction: str
    outcome: str
    calls: int


def counts(connection: sqlite3.Connection, span: Span, extension: str) -> tuple[Counted, ...]:
    """In order of time; of an extension, or of all, which are counted already."""
    quarters = (int(span.since // _QUARTER_S), -int(-span.until // _QUARTER_S))
    if extension:
        rows = connection.execute(
            f"SELECT {counted('c')}, count(*) FROM parties p CROSS JOIN calls c ON c.seq = p.seq "
            "WHERE p.number = ? AND p.started >= ? AND p.started < ? GROUP BY 1, 2, 3",
            (extension, quarters[0] * _QUARTER_S, quarters[1] * _QUARTER_S),
        )
    else:
        rows = connection.execute("SELECT * FROM call_quarters WHERE quarter >= ? AND quarter < ?", quarters)
    return tuple(
        Counted(quarter * _QUARTER_S, direction, outcome, calls) for quarter, direction, outcome, calls in rows
    )


def judged_calls(connection: sqlite3.Connection, span: Span, extension: str, limit: int) -> tuple[CallRecord, ...]:
    """The latest calls over RTP whose sound is known, newest first."""
    is_known = "(c.source_mos IS NOT NULL OR c.destination_mos IS NOT NULL)"
    if extension:
        source, order = "parties p CROSS JOIN calls c ON c.seq = p.seq", "p"
        conditions, values = f"p.number = ? AND {is_known}", [extension]
    else:  # by itself SQLite would walk through all calls of the span
        source, order = "calls c INDEXED BY calls_quality", "c"
        conditions, values = is_known, []
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM {source} WHERE {conditions} AND {order}.started >= ? AND {order}.started < ? "
        f"ORDER BY {order}.started DESC LIMIT ?",
        (*values, span.since, span.until, limit),
    )
    return tuple(call_of(row) for row in rows)


def states(connection: sqlite3.Connection, span: Span) -> tuple[TrunkState, ...]:
    """Those that reach into the span, in the order of their beginning."""
    rows = connection.execute(
        "SELECT trunk, state, words, began, ended FROM trunk_states "
        "WHERE began < ? AND (ended IS NULL OR ended > ?) ORDER BY began, seq",
        (span.until, span.since),
    )
    return tuple(TrunkState(*row) for row in rows)


def samples(connection: sqlite3.Connection, span: Span, step_s: float) -> tuple[LineSample, ...]:
    """One a line and `step_s`, in order of time: the averages of the figures, the sum of the slips."""
    rows = connection.execute(
        "SELECT line, min(at), avg(erle), avg(depth), sum(slips), avg(drift) FROM line_samples "
        "WHERE at >= ? AND at < ? GROUP BY line, CAST(at / ? AS INTEGER) ORDER BY 2",
        (span.since, span.until, step_s),
    )
    return tuple(LineSample(*row) for row in rows)
