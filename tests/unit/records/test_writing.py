"""Calls are written once each, bounded whatever comes, and survive what can happen to a file."""

import contextlib
import os
import sqlite3
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.records import CallFilter, CallRecord, CallRecords, Quality, RecordWriter, Retention
from firmware.records import backlog as backlog_module
from firmware.records.backlog import Backlog
from firmware.records.rows import TEXT_MAX
from tests.support.waiting import until
from tests.unit.records.making import T0, WAIT_S, ended, incoming, outgoing, writing, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "box" / "records.db"


def only(records: CallRecords) -> CallRecord:
    page = records.page()
    assert len(page.calls) == 1
    return page.calls[0]


def test_a_call_is_one_record_from_its_start_to_its_end(path: Path) -> None:
    call = outgoing()
    with writing(path) as writer:
        records = CallRecords(path)
        for state in (call, replace(call, answered_at=T0 + 5), ended(call)):
            writer.post(state)
            assert writer.is_written(WAIT_S)
            assert replace(only(records), key=0) == state


def test_everything_of_a_call_is_given_back_as_it_was(path: Path) -> None:
    call = replace(
        ended(outgoing()),
        is_withheld=True,
        source_trunk="line:1",
        destination_address="192.0.2.7:5060",
        answered_by="+4930123456",
        history=("forwarded:101", "parked:701"),
        linked="7",
        source_quality=Quality("PCMA", 0.5, 1.2, 20.0, 4.3),
        destination_quality=Quality("opus"),
    )
    assert replace(only(written(path, call)), key=0) == call


def test_a_call_that_is_over_stays_over_and_a_later_end_counts(path: Path) -> None:
    call = outgoing()
    with writing(path) as writer:
        for state in (ended(call), call):
            writer.post(state)
            assert writer.is_written(WAIT_S)
        assert only(CallRecords(path)).state == "ended"
        writer.post(replace(ended(call), cause="BUSY"))
        assert writer.is_written(WAIT_S)
        assert only(CallRecords(path)).cause == "BUSY"


def test_a_number_that_a_call_left_does_not_find_it_any_more(path: Path) -> None:
    call = incoming()
    moved = replace(call, destination_number="12", dialled="group:all")
    with writing(path) as writer:
        for state in (call, moved):
            writer.post(state)
            assert writer.is_written(WAIT_S)
    records = CallRecords(path)
    assert records.page(CallFilter(number="11")).calls == ()
    assert len(records.page(CallFilter(number="12")).calls) == 1


def test_the_same_id_in_another_run_is_another_call(path: Path) -> None:
    written(path, ended(outgoing("1")))
    assert len(written(path, ended(outgoing("1"))).page().calls) == 2


def test_nobody_else_can_read_the_files(path: Path) -> None:
    with writing(path) as writer:
        writer.post(outgoing())
        assert writer.is_written(WAIT_S)
        files = list(path.parent.iterdir())
        assert {file.name for file in files} >= {"records.db", "records.db-wal"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize(
    "name",
    ["x" * 10_000, "'; DROP TABLE calls; --", 'a"b', "a\x00b\r\nc\x1b[2J", "\u202eevil", "\ud800", "=1+1", "é" * 300],
)
def test_hostile_names_are_stored_bounded_and_printable(path: Path, name: str) -> None:
    call = replace(outgoing(id=name[:100]), source_name=name, dialled=name, history=(name,) * 1000)
    found = only(written(path, ended(call)))
    for text in (found.source_name, found.dialled, *found.history):
        assert text.isprintable()
        assert len(text) <= TEXT_MAX
    assert len(found.history) <= 64
    assert found.source_name[:3] == "".join(c if c.isprintable() else "?" for c in name[:3])


def test_figures_that_make_no_sense_are_stored_in_bounds(path: Path) -> None:
    bad = Quality("PCMA", float("nan"), float("inf"), -1.0, 4.0)
    call = replace(ended(outgoing()), billed_s=10**40, ended_at=float("inf"), source_quality=bad)
    found = only(written(path, call))
    assert found.source_quality == Quality("PCMA", None, None, -1.0, 4.0)
    assert found.ended_at is None
    assert found.billed_s == 2**53


def test_posting_never_waits_for_a_file_that_is_held(path: Path) -> None:
    written(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other, writing(path) as writer:
        assert writer.is_written(WAIT_S)
        other.execute("BEGIN EXCLUSIVE")
        begin = time.monotonic()
        for number in range(300):
            writer.post(outgoing(str(number)))
            writer.security_event("sip", str(number), "words")
        assert time.monotonic() - begin < 1
        assert not writer.is_written(0.2)
        other.execute("ROLLBACK")
        assert writer.is_written(WAIT_S)
        assert CallRecords(path).count().number == 300


def test_what_overflows_are_states_of_calls_that_are_up_the_oldest_first(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    most = backlog_module.CALLS_MAX
    writer = RecordWriter(path)
    writer.post(ended(outgoing("final")))
    for number in range(most + 9):
        writer.post(outgoing(f"up {number}"))
    for number in range(10):
        writer.post(ended(outgoing(f"late {number}")))
    assert writer.dropped == 20
    assert len([r for r in caplog.records if "too many" in r.message]) == 1
    writer.start()
    try:
        assert writer.is_written(WAIT_S)
    finally:
        writer.stop()
    ids = {call.id for call in CallRecords(path).page(limit=500).calls}
    assert "final" in {call.id for call in CallRecords(path).page(CallFilter(cause="NORMAL")).calls}
    assert {f"late {number}" for number in range(10)} <= ids
    assert "20 states of calls could not be kept" in writer.health


def test_final_records_are_dropped_only_at_a_bound_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog_module, "CALLS_MAX", 5)
    monkeypatch.setattr(backlog_module, "FINAL_MAX", 8)
    backlog = Backlog()
    for number in range(8):
        assert backlog.put_call(ended(outgoing(str(number))))
    assert not backlog.put_call(outgoing("up"))
    assert "up" not in backlog.take().calls
    for number in range(9):
        backlog.put_call(ended(outgoing(str(number))))
    assert set(backlog.take().calls) == {str(number) for number in range(1, 9)}


def test_what_could_not_be_written_gives_way_to_what_came_meanwhile() -> None:
    backlog = Backlog()
    backlog.put_call(outgoing("1"))
    backlog.put_call(ended(outgoing("2")))
    batch = backlog.take()
    backlog.put_call(ended(outgoing("1")))
    backlog.put_call(outgoing("2"))
    backlog.put_back(batch)
    again = backlog.take()
    assert {id: waiting.record.state for id, waiting in again.calls.items()} == {"1": "ended", "2": "ended"}


def test_equal_security_events_of_a_minute_are_one_row(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.records.writer._GATHER_S", 0.02)
    with writing(path) as writer:
        for _ in range(3):
            for _ in range(10):
                writer.security_event("registration", "192.0.2.1", "wrong password")
            assert writer.is_written(WAIT_S)
        writer.security_event("registration", "192.0.2.2", "wrong password")
        assert writer.is_written(WAIT_S)
        records = CallRecords(path)
        latest, first = records.security_events()
        assert (first.count, first.source, first.words) == (30, "192.0.2.1", "wrong password")
        assert first.last_at >= first.began_at
        assert latest.source == "192.0.2.2"
        assert records.security_events(kind="fence") == ()
        assert records.security_events(before=latest.key) == (first,)


@pytest.mark.long
def test_a_flood_of_different_security_events_is_bounded(path: Path) -> None:
    with writing(path) as writer:
        for number in range(20_000):
            writer.security_event("flood", str(number), "words")
        assert writer.is_written(WAIT_S)
        with contextlib.closing(sqlite3.connect(path)) as other:
            rows, count = other.execute("SELECT count(*), sum(count) FROM security_events").fetchone()
        assert count == 20_000
        assert rows <= 10_000


def test_no_more_calls_are_kept_than_wanted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.records.writer._KEEPING_S", 0.05)
    with writing(path) as writer:
        for number in range(500):
            writer.post(ended(outgoing(str(number), started_at=T0 + number)))
        assert writer.is_written(WAIT_S)
        writer.set_retention(Retention(calls_max=120))
        until(lambda: CallRecords(path).count().number == 120, WAIT_S, "120 are left")
        assert {call.id for call in CallRecords(path).page(limit=200).calls} == {str(n) for n in range(380, 500)}
        with contextlib.closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT count(DISTINCT seq) FROM parties").fetchone() == (120,)


def test_who_is_erased_leaves_no_byte_behind(path: Path) -> None:
    with writing(path) as writer:
        for number in range(250):
            writer.post(ended(incoming(str(number))))
        writer.post(ended(outgoing("other")))
        writer.security_event("sip", "+498912345", "words")
        assert writer.is_written(WAIT_S)
        assert writer.erase("+498912345")
        assert writer.is_written(WAIT_S)
        assert only(CallRecords(path)).id == "other"
        assert CallRecords(path).security_events() == ()
        for file in path.parent.iterdir():
            assert b"98912345" not in file.read_bytes(), file.name


def test_nothing_is_left_of_a_writer_that_was_stopped(path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    written(path, outgoing())
    assert [file.name for file in path.parent.iterdir()] == ["records.db"]
    assert set(os.listdir("/proc/self/fd")) == before
