"""What is deleted when: never by a clock that jumps, never more than is due."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.records import CallRecord, CallRecords, Retention
from firmware.records.backlog import Batch, WaitingCall
from firmware.records.database import Database
from firmware.records.keeping import SteadyClock
from tests.unit.records.making import T0, ended, outgoing

DAY_S = 86_400.0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "records.db")
    database.open()
    with contextlib.closing(database):
        yield database


def put(database: Database, *records: CallRecord) -> None:
    database.write(Batch({record.id: WaitingCall(record, 0.0) for record in records}))


def kept(folder: Path) -> list[str]:
    return [call.id for call in CallRecords(folder / "records.db").page(limit=500).calls]


def test_calls_of_ten_years_are_kept_and_read_in_their_order(database: Database, tmp_path: Path) -> None:
    days = range(0, 3653, 30)
    put(database, *(ended(outgoing(str(day), started_at=T0 + day * DAY_S)) for day in days))
    while database.keep(Retention(days=0), T0 + 4000 * DAY_S):
        pass
    assert kept(tmp_path) == [str(day) for day in reversed(days)]


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_exactly_what_is_older_than_the_days_goes(database: Database, tmp_path: Path, days: int) -> None:
    now = T0 + 5000 * DAY_S
    edge = now - days * DAY_S
    put(database, *(ended(outgoing(f"old {n}", started_at=edge - 1 - n)) for n in range(250)))
    put(database, ended(outgoing("due", started_at=edge)), ended(outgoing("today", started_at=now)))
    put(database, outgoing("up", started_at=edge - 1))
    while database.keep(Retention(days=days), now):
        pass
    assert kept(tmp_path) == ["today", "due", "up"]


def test_without_a_clock_to_trust_nothing_goes_by_time(database: Database, tmp_path: Path) -> None:
    put(database, ended(outgoing("old", started_at=0.0)))
    assert not database.keep(Retention(days=1), None)
    assert kept(tmp_path) == ["old"]


def test_a_clock_is_trusted_after_an_hour_without_a_jump() -> None:
    clock = SteadyClock(T0, 0)
    assert not clock.is_steady(T0 + 3599, 3599)
    assert clock.is_steady(T0 + 3600, 3600)
    assert not clock.is_steady(T0 + 10 * 365 * DAY_S, 3660)
    assert not clock.is_steady(T0 + 10 * 365 * DAY_S + 3599, 3660 + 3599)
    assert clock.is_steady(T0 + 10 * 365 * DAY_S + 3600, 3660 + 3600)
    assert not clock.is_steady(T0, 3660 + 3601)


def test_a_clock_that_is_slewed_is_trusted() -> None:
    clock = SteadyClock(T0, 0)
    assert any(clock.is_steady(T0 + minute * 60.03, minute * 60) for minute in range(200))
