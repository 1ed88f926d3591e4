"""Call records: a page, a count and one insert while a million of them are there."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from firmware.records import FILE_NAME, CallFilter, CallRecords, RecordWriter
from firmware.records.database import Database
from tests.bench.archive import BATCH, BEGIN, CALLS, DAY_S, DAYS, NUMBERS, WRITTEN, call, outside_number
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Archive

_WRITTEN_S = 30.0
_WARM_UP = 2
_PAGE_MS, _INSERT_MS = 50.0, 50.0

_AMONG = f"one of {CALLS:,} call records of ten years"
INSERT = Measure(
    f"call record written, {CALLS:,} there",
    "ms",
    "a call that ended, posted to the writer until its transaction is on the disk (WAL, fsync)",
    goal=_INSERT_MS,
)
POST = Measure("call record posted", "ms", "what the call thread spends on it", goal=1.0)
LATEST = Measure("records read, the latest", "ms", f"50 calls, {_AMONG}", goal=_PAGE_MS)
BY_NUMBER = Measure("records read by number", "ms", f"50 of {CALLS // NUMBERS} and more, {_AMONG}", goal=_PAGE_MS)
BY_EXTENSION = Measure("records read by extension", "ms", f"50 of a twentieth, {_AMONG}", goal=_PAGE_MS)
BY_PREFIX = Measure("records read by a number's beginning", "ms", f"a rare and a common one, {_AMONG}", goal=_PAGE_MS)
BY_DATE = Measure("records read by date", "ms", f"50 calls of some day, {_AMONG}", goal=_PAGE_MS)
BY_CAUSE = Measure("records read by a rare cause", "ms", f"50 of a thousandth, {_AMONG}", goal=_PAGE_MS)
MISSED = Measure("records read, missed calls", "ms", f"50 calls, {_AMONG}", goal=_PAGE_MS)
DEEP = Measure("records read, far back", "ms", f"the 50 after some cursor, {_AMONG}", goal=_PAGE_MS)
COUNT = Measure("records counted", "ms", f"all, by number and by date (to 10,000), {_AMONG}", goal=_PAGE_MS)
SIZE = Measure("a call record on the disk", "bytes", f"size of the file by {CALLS:,}, indexes included")
FILLING = Measure(
    "call records written one after the other",
    "calls/s",
    f"{WRITTEN:,} in transactions of {BATCH:,}",
    is_more_better=True,
)
START = Measure(f"records opened, {CALLS:,} there", "ms", "the writer's start, until it can write; nobody waits for it")


def run(archive: Archive, _: Path, times: int) -> list[Figure]:
    """The questions are asked with other numbers and days each time."""
    path = archive.folder / FILE_NAME
    opening = tuple(_taken_ms(lambda: _open(path)) for _number in range(times))
    figures = []
    for measure, ask in _questions(CallRecords(path), random.Random(1)):
        taken = tuple(_taken_ms(ask) for _number in range(times + _WARM_UP))
        figures.append(Figure(measure, taken[_WARM_UP:]))
    posted, written = _inserts(path, times)
    filling = archive.filling
    return [
        *(Figure(INSERT, written), Figure(POST, posted)),
        *figures,
        *(Figure(SIZE, (filling.bytes_per_record,)), Figure(FILLING, (filling.written_per_s,)), Figure(START, opening)),
    ]


def _open(path: Path) -> None:
    database = Database(path)
    database.open()
    database.close()


def _questions(records: CallRecords, dice: random.Random) -> list[tuple[Measure, Callable[[], object]]]:
    def some_days(days: int) -> CallFilter:
        since = BEGIN + dice.randrange(DAYS) * DAY_S
        return CallFilter(since=since, until=since + days * DAY_S)

    def by_prefix() -> object:
        prefix = dice.choice(["+49", "+493", outside_number(dice)[:-1], outside_number(dice)[:-3]])
        return records.page(CallFilter(number=prefix, is_prefix=True))

    def deep() -> object:
        some = records.page(CallFilter(until=BEGIN + dice.random() * DAYS * DAY_S), None, 1)
        return records.page(CallFilter(), some.next)

    def count() -> object:
        return records.count(dice.choice([CallFilter(), CallFilter(number=outside_number(dice)), some_days(30)]))

    return [
        (LATEST, records.page),
        (BY_NUMBER, lambda: records.page(CallFilter(number=outside_number(dice)))),
        (BY_EXTENSION, lambda: records.page(CallFilter(extension=str(dice.randint(10, 29))))),
        (BY_PREFIX, by_prefix),
        (BY_DATE, lambda: records.page(some_days(1))),
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
            record = replace(call(CALLS + number, dice), started_at=BEGIN + (DAYS + number) * DAY_S)
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
