"""What is found, in which order, while it is written; and CSV that spreadsheets cannot be fooled with."""

import csv
import io
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.records import CallFilter, CallRecord, CallRecords, Count, Cursor, RecordsUnavailable, query
from tests.unit.records.making import T0, WAIT_S, all_pages, ended, incoming, outgoing, writing, written

EVERYTHING = CallFilter()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


def some() -> list[CallRecord]:
    """Calls of all kinds, a minute apart."""
    inside = outgoing("inside", trunk="", dialled="extension:12", destination_kind="extension")
    return [
        ended(outgoing("out", started_at=T0)),
        ended(outgoing("busy", started_at=T0 + 60), talked_s=None, cause="BUSY"),
        ended(incoming("in", started_at=T0 + 120, answered_by="12")),
        ended(incoming("missed", started_at=T0 + 180), talked_s=None, cause="NO_ANSWER"),
        ended(replace(inside, started_at=T0 + 240, destination_number="12")),
        outgoing("up", started_at=T0 + 300),
    ]


def ids(records: CallRecords, **wanted: object) -> list[str]:
    return [call.id for call in records.page(CallFilter(**wanted)).calls]  # type: ignore[arg-type]


def test_the_latest_comes_first(path: Path) -> None:
    assert ids(written(path, *some())) == ["up", "inside", "missed", "in", "busy", "out"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"number": "+498912345"}, ["missed", "in"]),
        ({"number": "+49 (89) 12-345"}, ["missed", "in"]),
        ({"number": "+4989123"}, []),
        ({"number": "+4989123", "is_prefix": True}, ["missed", "in"]),
        ({"number": "+49", "is_prefix": True}, ["up", "missed", "in", "busy", "out"]),
        ({"number": "12"}, ["inside", "in"]),
        ({"number": "12", "direction": "in"}, ["in"]),
        ({"number": "%"}, []),
        ({"number": "' OR 1=1 --"}, []),
        ({"since": T0 + 120, "until": T0 + 240}, ["missed", "in"]),
        ({"direction": "internal"}, ["inside"]),
        ({"direction": "out"}, ["up", "busy", "out"]),
        ({"cause": "BUSY"}, ["busy"]),
        ({"cause": "NORMAL"}, ["inside", "in", "out"]),
        ({"is_missed": True}, ["missed"]),
        ({"is_answered": False}, ["up", "missed", "busy"]),
        ({"is_answered": True, "direction": "in"}, ["in"]),
        ({"extension": "12"}, ["inside", "in"]),
        ({"extension": "11", "number": "12"}, ["inside", "in"]),
        ({"extension": "11", "is_missed": True, "since": T0}, ["missed"]),
        ({"extension": "+498912345"}, []),
    ],
)
def test_a_filter_finds_what_fits_it(path: Path, wanted: dict[str, object], found: list[str]) -> None:
    records = written(path, *some())
    assert ids(records, **wanted) == found
    assert records.count(CallFilter(**wanted)) == Count(len(found))  # type: ignore[arg-type]


@pytest.mark.parametrize("sorted_max", [0, 10_000], ids=["many fit the prefix", "few fit the prefix"])
@pytest.mark.parametrize("limit", [1, 7, 500])
def test_pages_hold_every_call_once_also_with_equal_times_and_a_clock_that_jumped(
    path: Path, monkeypatch: pytest.MonkeyPatch, sorted_max: int, limit: int
) -> None:
    monkeypatch.setattr(query, "_SORTED_MAX", sorted_max)
    times = [T0 + number // 5 for number in range(60)] + [0.0, -5.5, T0 * 5, T0 - 1e6, 1e11 + 0.125]
    calls = [ended(outgoing(str(number), started_at=at)) for number, at in enumerate(times)]
    records = written(path, *calls)
    for filter in (EVERYTHING, CallFilter("11"), CallFilter("+49", is_prefix=True), CallFilter(extension="11")):
        found = all_pages(records, filter, limit)
        assert [call.started_at for call in found] == sorted(times, reverse=True)
        assert len({call.id for call in found}) == len(times)


def test_calls_that_come_while_one_pages_on_do_not_shift_the_pages(path: Path) -> None:
    with writing(path) as writer:
        for number in range(10):
            writer.post(ended(outgoing(str(number), started_at=T0 + number)))
        assert writer.is_written(WAIT_S)
        records = CallRecords(path)
        first = records.page(EVERYTHING, None, 5)
        writer.post(outgoing("new", started_at=T0 + 100))
        assert writer.is_written(WAIT_S)
        second = records.page(EVERYTHING, first.next, 5)
    assert [call.id for call in (*first.calls, *second.calls)] == [str(number) for number in range(9, -1, -1)]


@pytest.mark.parametrize("text", ["", "x", "1_", "_1", "1_x", "nan_1", "1e999_1_2", "1_1;DROP", "1" * 100])
def test_a_cursor_that_somebody_made_up_is_none(text: str) -> None:
    assert Cursor.parse(text) is None


def test_counting_ends_at_its_bound(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.records.reader.COUNT_MAX", 20)
    records = written(path, *(ended(outgoing(str(number))) for number in range(30)))
    assert records.count() == Count(30, is_exact=False)
    assert records.count(CallFilter(number="11")) == Count(20, is_exact=False)
    assert records.count(CallFilter(cause="BUSY")) == Count(0)


def test_a_search_that_takes_too_long_is_broken_off_in_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.records.reader._SEARCH_S", -1.0)
    monkeypatch.setattr("firmware.records.reader._STEPS", 10)
    records = written(path, *some())
    with pytest.raises(RecordsUnavailable, match="narrow"):
        records.page(CallFilter(direction="internal"))


def test_where_there_is_no_file_there_are_no_calls(path: Path) -> None:
    records = CallRecords(path)
    assert records.page().calls == ()
    assert records.count() == Count(0)
    assert len(list(records.csv())) == 1
    assert records.call(1) is None
    path.write_bytes(b"")
    assert records.page().calls == ()
    assert not path.with_name("records.db-wal").exists()


def test_an_unreadable_file_is_said_in_words_and_left_alone(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(RecordsUnavailable, match="cannot be read"):
        CallRecords(path).page()
    assert path.read_bytes() == b"no database" * 1000


def keep_reading(path: Path, is_over: threading.Event, faults: list[object]) -> None:
    most = 0
    while not is_over.is_set():
        try:
            found = all_pages(CallRecords(path), EVERYTHING, 50)
        except RecordsUnavailable as error:
            faults.append(error)
            return
        faults.extend(call for call in found if call.state == "ended" and call.cause != "NORMAL")
        if len(found) < most:
            faults.append(f"{len(found)} after {most}")
        most = len(found)
        time.sleep(0.005)


@pytest.mark.long
def test_two_readers_while_it_is_written_see_whole_calls_only(path: Path) -> None:
    faults: list[object] = []
    is_over = threading.Event()
    readers = [threading.Thread(target=keep_reading, args=(path, is_over, faults)) for _ in range(2)]
    with writing(path) as writer:
        for reader in readers:
            reader.start()
        for number in range(300):
            call = outgoing(str(number), started_at=T0 + number)
            writer.post(call)
            if number % 3 == 0:
                assert writer.is_written(WAIT_S)
            writer.post(ended(call))
        assert writer.is_written(WAIT_S)
        is_over.set()
        for reader in readers:
            reader.join(WAIT_S)
    assert not any(reader.is_alive() for reader in readers)
    assert faults == []
    assert CallRecords(path).count(CallFilter(cause="NORMAL")) == Count(300)


@pytest.mark.parametrize("name", ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", " =1", 'a"b,c', "new\r\nline", "plain"])
def test_csv_gives_every_cell_back_and_none_is_a_formula(path: Path, name: str) -> None:
    call = replace(ended(outgoing(name)), source_name=name, source_address=name, history=(name,))
    text = "".join(written(path, call).csv())
    headings, row = csv.reader(io.StringIO(text, newline=""))
    assert len(headings) == len(row)
    assert not any(cell.lstrip()[:1] in ("=", "+", "-", "@") and cell for cell in row)
    cells = dict(zip(headings, row, strict=True))
    shown = "".join(character if character.isprintable() else "?" for character in name)
    assert cells["source name"].removeprefix("'") == shown
    assert cells["started"] == "2027-01-15T09:00:00+01:00"
    assert cells["billed s"] == "60"


def test_csv_holds_all_calls_over_many_pages(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.records.reader.LIMIT_MAX", 7)
    records = written(path, *(ended(outgoing(str(number), started_at=T0 + number)) for number in range(40)))
    assert len(list(records.csv())) == 41


@pytest.mark.parametrize("started_at", [-1e18, -62135596801.0, 1e12, 1e300])
def test_times_that_no_calendar_has_are_empty_cells(path: Path, started_at: float) -> None:
    records = written(path, replace(ended(outgoing()), started_at=started_at, utc_offset_s=10**9))
    assert list(records.csv())[1].startswith(",")
