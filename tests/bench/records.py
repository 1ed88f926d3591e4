"""Call records: a page, a count and one insert while a million of them are there."""

import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from firmware.records import ENDED, FILE_NAME, CallFilter, CallRecord, CallRecords, RecordWriter
from firmware.records.backlog import Batch, WaitingCall
from firmware.records.database import Database
from tests.bench.measure import Figure, Measure

CALLS = 1_000_000
_WRITTEN = 50_000  # as the box writes them; the other years repeat these, later
_BATCH = 10_000
_DAYS = 3650  # ten years of 270 calls a day
_DAY_S = 86_400.0
_BEGIN = 1_500_000_000.0
_WRITTEN_S = 30.0
_NUMBERS = 10_000
_WARM_UP = 2
_PAGE_MS, _INSERT_MS = 50.0, 50.0

_AMONG = f"one of {CALLS:,} call records of ten years"
INSERT = Measure(
    f"Call record written, {CALLS:,} there",
    "ms",
    "a call that ended, posted to the writer until its transaction is on the disk (WAL, fsync)",
    goal=_INSERT_MS,
)
POST = Measure("Call record posted", "ms", "what the call thread spends on it", goal=1.0)
LATEST = Measure("Page of calls, the latest", "ms", f"50 calls, {_AMONG}", goal=_PAGE_MS)
BY_NUMBER = Measure("Page of calls by number", "ms", f"50 of {CALLS // _NUMBERS} and more, {_AMONG}", goal=_PAGE_MS)
BY_EXTENSION = Measure("Page of calls by extension", "ms", f"50 of a twentieth, {_AMONG}", goal=_PAGE_MS)
BY_PREFIX = Measure("Page of calls by a number's beginning", "ms", f"a rare and a common one, {_AMONG}", goal=_PAGE_MS)
BY_DATE = Measure("Page of calls by date", "ms", f"50 calls of some day, {_AMONG}", goal=_PAGE_MS)
BY_CAUSE = Measure("Page of calls by a rare cause", "ms", f"50 of a thousandth, {_AMONG}", goal=_PAGE_MS)
MISSED = Measure("Page of missed calls", "ms", f"50 calls, {_AMONG}", goal=_PAGE_MS)
DEEP = Measure("Page of calls, far back", "ms", f"the 50 after some cursor, {_AMONG}", goal=_PAGE_MS)
COUNT = Measure("Calls counted", "ms", f"all, by number and by date (to 10,000), {_AMONG}", goal=_PAGE_MS)
SIZE = Measure("A call record on the disk", "bytes", f"size of the file by {CALLS:,}, indexes included")
FILLING = Measure(
    "Call records written one after the other",
    "calls/s",
    f"{_WRITTEN:,} in transactions of {_BATCH:,}",
    is_more_better=True,
)
START = Measure(f"Records opened, {CALLS:,} there", "ms", "the writer's start, until it can write; nobody waits for it")


def run(folder: Path, times: int) -> list[Figure]:
    """The questions are asked with other numbers and days each time."""
    path, dice = folder / FILE_NAME, random.Random(1)
    filling_s = _fill(path, random.Random(2))
    size = path.stat().st_size / CALLS
    begin = time.perf_counter()
    database = Database(path)
    database.open()
    opening_ms = 1000 * (time.perf_counter() - begin)
    database.close()
    questions = _questions(CallRecords(path), dice)
    figures = [
        Figure(measure, tuple(_taken_ms(ask) for _ in range(times + _WARM_UP))[_WARM_UP:]) for measure, ask in questions
    ]
    posted, written = _inserts(path, max(20, times))
    return [
        *(Figure(INSERT, written), Figure(POST, posted)),
        *figures,
        *(Figure(SIZE, (size,)), Figure(FILLING, (_WRITTEN / filling_s,)), Figure(START, (opening_ms,))),
    ]


def call(number: int, dice: random.Random) -> CallRecord:
    """Of every kind, most answered, one in a thousand failed."""
    started_at = _BEGIN + number * _DAYS * _DAY_S / CALLS
    extension, outside = str(dice.randint(10, 29)), _outside(dice)
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
        changes = {"source_number": extension, "source_extension": extension, "source_address": "fxs1"}
        changes |= {"dialled": f"number:{outside}", "destination_kind": "number", "destination_number": outside}
        return replace(record, trunk="main", answered_by=outside if is_answered else "", **changes)
    changes = {"source_number": outside, "source_name": f"Person {outside[-5:]}", "source_trunk": "main"}
    changes |= {"dialled": "group:all", "destination_kind": "extension", "destination_number": extension}
    return replace(record, answered_by=extension if is_answered else "", **changes)


def _outside(dice: random.Random) -> str:
    return f"+49{30_000_000 + 7 * dice.randrange(_NUMBERS)}"


def _fill(path: Path, dice: random.Random) -> float:
    """Seconds that it took to write the first part."""
    database = Database(path)
    database.open()
    begin = time.perf_counter()
    for first in range(0, _WRITTEN, _BATCH):
        records = (call(number, dice) for number in range(first, first + _BATCH))
        database.write(Batch({record.id: WaitingCall(record, 0.0) for record in records}))
    seconds = time.perf_counter() - begin
    database.close()
    _repeat(path)
    return seconds


def _repeat(path: Path) -> None:
    """Multiply what was written, each copy so much later that it follows the one before."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(calls)")]
    later_s = _WRITTEN * _DAYS * _DAY_S / CALLS
    for copy in range(1, CALLS // _WRITTEN):
        add, shift = copy * _WRITTEN, copy * later_s
        changed = {"seq": f"seq + {add}", "id": f"printf('%032x', seq + {add})"}
        changed |= {name: f"{name} + {shift!r}" for name in ("started", "answered", "ended")}
        chosen = ", ".join(changed.get(name, name) for name in columns)
        connection.execute("BEGIN")
        connection.execute(f"INSERT INTO calls SELECT {chosen} FROM calls WHERE seq <= {_WRITTEN}")
        connection.execute(
            f"INSERT INTO parties SELECT number, started + {shift!r}, seq + {add} FROM parties WHERE seq <= {_WRITTEN}"
        )
        connection.execute("COMMIT")
    (count,) = connection.execute("SELECT count(*) FROM calls").fetchone()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    assert count == CALLS, f"{count} calls"


def _questions(records: CallRecords, dice: random.Random) -> list[tuple[Measure, Callable[[], object]]]:
    def by_date() -> object:
        since = _BEGIN + dice.randrange(_DAYS) * _DAY_S
        return records.page(CallFilter(since=since, until=since + _DAY_S))

    def by_prefix() -> object:
        prefix = dice.choice(["+49", "+493", _outside(dice)[:-1], _outside(dice)[:-3]])
        return records.page(CallFilter(number=prefix, is_prefix=True))

    def deep() -> object:
        some = records.page(CallFilter(until=_BEGIN + dice.random() * _DAYS * _DAY_S), None, 1)
        return records.page(CallFilter(), some.next)

    def count() -> object:
        since = _BEGIN + dice.randrange(_DAYS) * _DAY_S
        wanted = [CallFilter(), CallFilter(number=_outside(dice)), CallFilter(since=since, until=since + 30 * _DAY_S)]
        return records.count(dice.choice(wanted))

    return [
        (LATEST, records.page),
        (BY_NUMBER, lambda: records.page(CallFilter(number=_outside(dice)))),
        (BY_EXTENSION, lambda: records.page(CallFilter(extension=str(dice.randint(10, 29))))),
        (BY_PREFIX, by_prefix),
        (BY_DATE, by_date),
        (BY_CAUSE, lambda: records.page(CallFilter(cause="FAILED"))),
        (MISSED, lambda: records.page(CallFilter(is_missed=True))),
        (DEEP, deep),
        (COUNT, count),
    ]


def _inserts(path: Path, times: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Posting and until it is written, ms."""
    writer, dice = RecordWriter(path), random.Random(3)
    writer.start()
    posted, written = [], []
    try:
        for number in range(times + _WARM_UP):
            record = replace(call(CALLS + number, dice), started_at=_BEGIN + (_DAYS + number) * _DAY_S)
            begin = time.perf_counter()
            writer.post(record)
            posted.append(1000 * (time.perf_counter() - begin))
            assert writer.is_written(_WRITTEN_S), "the record was not written"
            written.append(1000 * (time.perf_counter() - begin))
    finally:
        writer.stop()
    return tuple(posted[_WARM_UP:]), tuple(written[_WARM_UP:])


def _taken_ms(ask: Callable[[], object]) -> float:
    begin = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - begin)
