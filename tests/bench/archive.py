"""A million call records of ten years, as the box would have written them. Knows no measure."""

import random
import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firmware.records import ENDED, FILE_NAME, CallRecord
from firmware.records.backlog import Batch, WaitingCall
from firmware.records.database import Database

CALLS = 1_000_000
WRITTEN = 50_000  # as the box writes them; the other years repeat these, later
BATCH = 10_000
NUMBERS = 10_000
DAYS = 3650  # ten years of 270 calls a day
DAY_S = 86_400.0
BEGIN = 1_500_000_000.0


@dataclass(frozen=True, slots=True)
class Filling:
    """How the records came to be there: the part that was written as the box does, and all of them."""

    written_per_s: float
    bytes_per_record: float


def fill(folder: Path) -> Filling:
    """Write them to a box's folder."""
    path = folder / FILE_NAME
    seconds = _write(path, random.Random(2))
    _repeat(path)
    return Filling(WRITTEN / seconds, path.stat().st_size / CALLS)


def call(number: int, dice: random.Random) -> CallRecord:
    """Of every kind, most answered, one in a thousand failed."""
    started_at = BEGIN + number * DAYS * DAY_S / CALLS
    extension, outside = str(dice.randint(10, 29)), outside_number(dice)
    is_answered = dice.random() < 0.8
    record = CallRecord(
        f"{number:032x}",
        started_at,
        answered_at=started_at + 8 if is_answered else None,
        ended_at=started_at + 120,
        billed_s=112 if is_answered else 0,
        cause="FAILED" if number % 1000 == 0 else "NORMAL" if is_answered else "NO_ANSWER",
        state=ENDED,
    )
    if number % 2:
        changes: dict[str, Any] = {"source_number": extension, "source_extension": extension, "source_address": "fxs1"}
        changes |= {"dialled": f"number:{outside}", "destination_kind": "number", "destination_number": outside}
        return replace(record, trunk="main", answered_by=outside if is_answered else "", **changes)
    changes = {"source_number": outside, "source_name": f"Person {outside[-5:]}", "source_trunk": "main"}
    changes |= {"dialled": "group:all", "destination_kind": "extension", "destination_number": extension}
    return replace(record, answered_by=extension if is_answered else "", **changes)


def outside_number(dice: random.Random) -> str:
    """Somebody's number."""
    return f"+49{30_000_000 + 7 * dice.randrange(NUMBERS)}"


def _write(path: Path, dice: random.Random) -> float:
    """The first part; how many seconds it took."""
    database = Database(path)
    database.open()
    begin = time.perf_counter()
    for first in range(0, WRITTEN, BATCH):
        records = (call(number, dice) for number in range(first, first + BATCH))
        database.write(Batch({record.id: WaitingCall(record, 0.0) for record in records}))
    seconds = time.perf_counter() - begin
    database.close()
    return seconds


def _repeat(path: Path) -> None:
    """Multiply what was written, each copy so much later that it follows the one before."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(calls)")]
    later_s = WRITTEN * DAYS * DAY_S / CALLS
    for copy in range(1, CALLS // WRITTEN):
        add, shift = copy * WRITTEN, copy * later_s
        changed = {"seq": f"seq + {add}", "id": f"printf('%032x', seq + {add})"}
        changed |= {name: f"{name} + {shift!r}" for name in ("started", "answered", "ended")}
        chosen = ", ".join(changed.get(name, name) for name in columns)
        connection.execute("BEGIN")
        connection.execute(f"INSERT INTO calls SELECT {chosen} FROM calls WHERE seq <= {WRITTEN}")
        connection.execute(
            f"INSERT INTO parties SELECT number, started + {shift!r}, seq + {add} FROM parties WHERE seq <= {WRITTEN}"
        )
        connection.execute("COMMIT")
    (count,) = connection.execute("SELECT count(*) FROM calls").fetchone()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    assert count == CALLS, f"{count} calls"
