"""How trunks and lines fared: states over restarts, caps, counts that keep step with the calls, and an old file."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.records import CallRecords, LineSample, Quality, RecordWriter, Retention, Span, TrunkState
from firmware.records import course as course_tables
from firmware.records.backlog import Batch, WaitingCall, WaitingState
from firmware.records.database import Database
from firmware.records.schema import VERSION
from tests.support.waiting import until
from tests.unit.records.making import T0, WAIT_S, ended, incoming, outgoing, writing, written

DATA = Path(__file__).with_name("data")
EVER = Span(0.0, 4e9)
HOUR = Span(T0 - 900, T0 + 3600)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path)
    database.open()
    with contextlib.closing(database):
        yield database


def state(trunk: str, name: str, began_at: float, run_s: float = 0.0, database: Database | None = None) -> WaitingState:
    began_s = database._began_s if database else 0.0
    return WaitingState(TrunkState(trunk, name, "", began_at), began_s + run_s)


def put(database: Database, *states: WaitingState, samples: tuple[LineSample, ...] = ()) -> None:
    database.write(Batch(states=list(states), samples=list(samples)))


def seen(path: Path, span: Span = EVER) -> list[tuple[str, str, float, float | None]]:
    return [(row.trunk, row.state, row.began_at, row.ended_at) for row in CallRecords(path).trunk_states(span)]


def counted(path: Path, extension: str = "", span: Span = HOUR) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for row in CallRecords(path).counts(span, extension):
        found[row.direction, row.outcome] = found.get((row.direction, row.outcome), 0) + row.calls
    return found


@pytest.mark.parametrize("frozen", sorted(DATA.glob("records-schema-*.sql")), ids=lambda path: path.stem)
def test_every_old_file_is_read_on_and_its_calls_are_counted(frozen: Path, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(frozen.read_text())
    before = CallRecords(path)
    assert before.counts(EVER) == () and before.trunk_states(EVER) == () and before.line_samples(EVER, 60) == ()
    assert before.judged_calls(EVER) == (), "a page that is newer than the gateway shows what there is"
    with writing(path) as writer:
        writer.post(ended(incoming("new", started_at=T0 + 10_000)))
        assert writer.is_written(WAIT_S) and writer.health == ()
    records = CallRecords(path)
    assert [call.id for call in records.page().calls] == ["new", "4", "3", "2", "1"]
    assert counted(path, span=EVER) == {
        ("out", "answered"): 1, ("in", "missed"): 1, ("in", "answered"): 2, ("out", "unanswered"): 1
    }  # fmt: skip
    assert [call.id for call in records.judged_calls(EVER)] == ["1"]


def test_there_is_a_frozen_file_of_every_old_schema() -> None:
    assert sorted(path.stem for path in DATA.glob("*.sql")) == [f"records-schema-{n}" for n in range(1, VERSION)]


def test_counts_keep_step_with_calls_that_come_change_and_go(database: Database, path: Path) -> None:
    for call in (outgoing("a"), ended(outgoing("a")), incoming("b"), ended(incoming("b"), talked_s=None)):
        database.write(Batch({call.id: WaitingCall(call, 0.0)}))
    assert counted(path) == {("out", "answered"): 1, ("in", "missed"): 1}
    assert counted(path, "11") == counted(path)
    assert counted(path, "12") == {}
    database.write(Batch(erasures=["+498912345"]))
    assert counted(path) == {("out", "answered"): 1}
    while database.keep(Retention(days=1), T0 + 1e6):
        pass
    with contextlib.closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM call_quarters").fetchone() == (0,)


def test_a_trunk_is_in_one_state_after_another(database: Database, path: Path) -> None:
    put(database, state("main", "registering", T0), state("line:1", "ready", T0))
    put(database, state("main", "registered", T0 + 2), state("main", "registered", T0 + 5))
    put(database, state("main", "waiting", T0 + 60))
    assert seen(path) == [
        ("main", "registering", T0, T0 + 2),
        ("line:1", "ready", T0, None),
        ("main", "registered", T0 + 2, T0 + 60),
        ("main", "waiting", T0 + 60, None),
    ]
    assert [row[1] for row in seen(path, Span(T0 + 3, T0 + 60))] == ["ready", "registered"]
    put(database, state("main", "", T0 + 70))
    assert seen(path)[-1] == ("main", "waiting", T0 + 60, T0 + 70), "a trunk that is taken away is watched no more"


def test_a_state_ends_when_the_box_was_last_alive(path: Path) -> None:
    first = Database(path)
    first.open()
    put(first, state("main", "registered", T0, database=first))
    first._began_s -= 600  # ten minutes of its monotonic clock, whatever the other clock did
    first.write(Batch())
    first.close()
    second = Database(path)
    second.open()
    ((_, _, _, ended_at),) = seen(path)
    assert ended_at is not None and 595 < ended_at - T0 < 610
    put(second, state("main", "registered", T0 + 5000))
    second.close()
    assert [row[2] for row in seen(path)] == [T0, T0 + 5000], "between them the box was off"


def test_a_clock_that_jumps_back_ends_no_state_before_it_began(database: Database, path: Path) -> None:
    put(database, state("main", "registered", T0), state("main", "waiting", T0 - 1e6))
    assert seen(path, EVER)[-1] == ("main", "registered", T0, T0)


def test_states_and_samples_do_not_grow_without_end(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course_tables, "STATES_MAX", 10)
    monkeypatch.setattr(course_tables, "SAMPLES_MAX", 10)
    for number in range(40):
        samples = (LineSample("fxs1", T0 + number, 20.0, 5.0, 0, 1.0),)
        put(database, state("main", str(number), T0 + number), samples=samples)
    assert [row[1] for row in seen(path)] == [str(number) for number in range(30, 40)]
    assert len(CallRecords(path).line_samples(EVER, 1.0)) == 10
    assert not database.keep(Retention(), T0 + 32 * 86_400)
    assert [row[1] for row in seen(path)] == ["39"], "what goes on is kept"
    assert CallRecords(path).line_samples(EVER, 1.0) == ()


def test_samples_of_a_step_are_one(database: Database, path: Path) -> None:
    rows = [("fxs1", 10.0, 20.0, 1), ("fxs1", 20.0, 30.0, 2), ("fxs2", 20.0, None, 0), ("fxs1", 70.0, 5.0, 0)]
    put(database, samples=tuple(LineSample(line, at, erle, 4.0, slips, 2.0) for line, at, erle, slips in rows))
    assert CallRecords(path).line_samples(EVER, 60.0) == (
        LineSample("fxs1", 10.0, 25.0, 4.0, 3, 2.0),
        LineSample("fxs2", 20.0, None, 4.0, 0, 2.0),
        LineSample("fxs1", 70.0, 5.0, 4.0, 0, 2.0),
    )


def test_the_writer_writes_them_and_hostile_texts_stay_short(path: Path) -> None:
    with writing(path) as writer:
        writer.trunk_state("main\x00" + "x" * 1000, "registered", "\u202e" * 900)
        writer.line_sample(LineSample("fxs1", T0, float("nan"), float("inf"), -5, 1e300))
        assert writer.is_written(WAIT_S) and writer.health == ()
    (row,) = CallRecords(path).trunk_states(EVER)
    assert row.trunk.startswith("main?x") and len(row.trunk) <= 256 and set(row.words) <= {"?", "…"}
    assert CallRecords(path).line_samples(EVER, 60)[0] == LineSample("fxs1", T0, None, None, 0, 1e300)


def test_while_a_trunk_is_watched_the_box_tells_that_it_lives(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.records.writer.IDLE_HEARTBEAT_S", 0.05)
    alive: list[float] = []
    writer = RecordWriter(path)
    writer.start()
    try:
        writer.trunk_state("main", "registered", "")
        assert writer.is_written(WAIT_S)
        with contextlib.closing(sqlite3.connect(path)) as other:

            def is_later() -> bool:
                alive.append(other.execute("SELECT alive_s FROM runs").fetchone()[0])
                return alive[-1] > alive[0]

            until(is_later, WAIT_S, "a later sign of life")
    finally:
        writer.stop()


def test_the_latest_calls_with_a_known_sound_are_found(path: Path) -> None:
    sound = Quality("PCMA", 1.0, 10.0, None, 4.0)
    calls = [ended(outgoing(str(n), started_at=T0 + n, destination_quality=sound if n % 2 else None)) for n in range(9)]
    records = written(path, *calls)
    assert [call.id for call in records.judged_calls(EVER, "11", 3)] == ["7", "5", "3"]
    assert [call.id for call in records.judged_calls(EVER, "", 3)] == ["7", "5", "3"]
    assert records.judged_calls(EVER, "12") == ()
