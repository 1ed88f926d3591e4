"""Calls, runs and security events to and from rows of the database. Knows no thread and no file."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from firmware.records.rows import (
    INTERRUPTED,
    INTERRUPTED_CAUSE,
    INTERRUPTED_Q850,
    UP,
    CallRecord,
    Quality,
    SecurityEvent,
)

_PLAIN = (
    *("utc_offset_s", "source_number", "source_name", "is_withheld", "source_extension", "source_address"),
    *("source_trunk", "dialled", "destination_kind", "destination_number", "destination_address", "trunk"),
    *("answered_by", "billed_s", "cause", "q850", "linked", "state", "direction", "is_missed"),
)
_SIDES = ("source", "destination")
_FIGURES = ("codec", "loss", "jitter", "round_trip", "mos")
_CHANGING = ("answered", "ended", *_PLAIN, "history", *(f"{side}_{figure}" for side in _SIDES for figure in _FIGURES))
_INSERT = (
    f"INSERT INTO calls (run, run_s, id, started, {', '.join(_CHANGING)}) "
    f"VALUES ({', '.join('?' * (4 + len(_CHANGING)))})"
)
_UPDATE = f"UPDATE calls SET {', '.join(f'{name} = ?' for name in _CHANGING)} WHERE seq = ?"

COLUMNS = ", ".join(f"c.{name}" for name in ("seq", "id", "started", *_CHANGING))
"""For SELECT, with the table as `c`; `call_of` takes such a row."""

_NAMES = ("seq", "id", "started", *_CHANGING)
_OWN = {field.name for field in fields(CallRecord)}


def put_call(connection: sqlite3.Connection, run: int, run_s: float, record: CallRecord) -> None:
    """Insert the call, or bring its row up to date. A call that is over is never up again."""
    found = connection.execute(
        f"SELECT {COLUMNS} FROM calls c WHERE c.run = ? AND c.id = ?", (run, record.id)
    ).fetchone()
    if found is None:
        values = (run, run_s, record.id, record.started_at, *_values(record))
        seq = connection.execute(_INSERT, values).lastrowid
        started, before = record.started_at, frozenset[str]()
    else:
        old = call_of(found)
        if old.state != UP and record.state == UP:
            return
        seq, started, before = old.key, old.started_at, old.parties
        connection.execute(_UPDATE, (*_values(record), seq))
    connection.executemany(
        "DELETE FROM parties WHERE number = ? AND started = ? AND seq = ?",
        [(number, started, seq) for number in before - record.parties],
    )
    connection.executemany(
        "INSERT INTO parties VALUES (?, ?, ?)", [(number, started, seq) for number in record.parties - before]
    )


def delete_call(connection: sqlite3.Connection, record: CallRecord) -> None:
    """Take away the row and what finds it."""
    connection.executemany(
        "DELETE FROM parties WHERE number = ? AND started = ? AND seq = ?",
        [(number, record.started_at, record.key) for number in record.parties],
    )
    connection.execute("DELETE FROM calls WHERE seq = ?", (record.key,))


def begin_run(connection: sqlite3.Connection, now_s: float) -> tuple[int, int]:
    """Start a run: its number, and how many calls of earlier ones were up, which are marked as interrupted.

    They ended when their run was last alive, by the monotonic clock of that run.
    """
    rows = connection.execute(
        f"SELECT {COLUMNS}, runs.alive_s - c.run_s FROM calls c LEFT JOIN runs USING (run) WHERE c.state = 'up'"
    ).fetchall()
    for *row, lived_s in rows:
        record = call_of(tuple(row))
        ended_at = max(record.started_at + (lived_s or 0.0), record.answered_at or record.started_at)
        billed_s = 0 if record.answered_at is None else int(ended_at - record.answered_at)
        record = replace(
            record,
            ended_at=ended_at,
            billed_s=billed_s,
            state=INTERRUPTED,
            cause=INTERRUPTED_CAUSE,
            q850=INTERRUPTED_Q850,
        )
        connection.execute(_UPDATE, (*_values(record), record.key))
    # Run numbers are never used twice while a call of theirs is kept.
    (last,) = connection.execute(
        "SELECT max(coalesce((SELECT max(run) FROM runs), 0), coalesce((SELECT max(run) FROM calls), 0))"
    ).fetchone()
    connection.execute("DELETE FROM runs")
    connection.execute("INSERT INTO runs VALUES (?, ?, 0)", (last + 1, now_s))
    return last + 1, len(rows)


def call_of(row: tuple[Any, ...]) -> CallRecord:
    """The record in a row of COLUMNS."""
    values = dict(zip(_NAMES, row, strict=True))
    return CallRecord(
        **{name: values[name] for name in _PLAIN if name in _OWN} | {"is_withheld": bool(values["is_withheld"])},
        id=values["id"],
        key=values["seq"],
        started_at=values["started"],
        answered_at=values["answered"],
        ended_at=values["ended"],
        history=tuple(json.loads(values["history"])),
        source_quality=_quality_of(values, "source"),
        destination_quality=_quality_of(values, "destination"),
    )


def event_of(row: tuple[Any, ...]) -> SecurityEvent:
    """The event in a row of all columns of security_events."""
    seq, kind, source, words, began, last, count = row
    return SecurityEvent(kind, source, words, began, last, count, seq)


def _values(record: CallRecord) -> tuple[Any, ...]:
    qualities = (record.source_quality, record.destination_quality)
    return (
        record.answered_at,
        record.ended_at,
        *(getattr(record, name) for name in _PLAIN),
        json.dumps(record.history, ensure_ascii=False),
        *(figure for quality in qualities for figure in _figures(quality)),
    )


def _figures(quality: Quality | None) -> tuple[Any, ...]:
    if quality is None:
        return (None,) * len(_FIGURES)
    return quality.codec, quality.loss_percent, quality.jitter_ms, quality.round_trip_ms, quality.mos


def _quality_of(values: Mapping[str, Any], side: str) -> Quality | None:
    if values[f"{side}_codec"] is None:
        return None
    return Quality(*(values[f"{side}_{figure}"] for figure in _FIGURES))
