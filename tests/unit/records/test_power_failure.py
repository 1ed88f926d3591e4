"""The power fails in mid call and mid write: every call once, nothing lost that was on the card."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.records import INTERRUPTED, CallFilter, CallRecords, RecordWriter
from firmware.records.backlog import Batch, WaitingCall
from firmware.records.database import Database
from tests.support.waiting import until
from tests.unit.records.making import T0, WAIT_S, all_pages, ended, outgoing, writing

ROOT = Path(__file__).parents[3]
KILLS = 50
# Says on stdout what is surely on the card: "up ID" and "ended ID".
WRITER = """
import itertools, sys
from dataclasses import replace
from pathlib import Path
from firmware.records import RecordWriter
from tests.unit.records.making import WAIT_S, ended, outgoing
writer = RecordWriter(Path(sys.argv[1]))
writer.start()
for number in itertools.count():
    call = outgoing(f"{sys.argv[2]}-{number}", started_at=1.8e9 + number)
    writer.post(call)
    if number % 3 == 0:
        assert writer.is_written(WAIT_S)
        print("up", call.id, flush=True)
    writer.post(replace(call, answered_at=call.started_at + 1))
    if number % 7:  # every seventh stays up
        writer.post(ended(call))
    if number % 5 == 0:
        assert writer.is_written(WAIT_S)
        print("ended" if number % 7 else "up", call.id, flush=True)
"""


def killed_writer(path: Path, name: str, after_lines: int) -> list[tuple[str, str]]:
    """What a writer said that was killed soon after so many lines."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after_lines)]
        os.kill(process.pid, signal.SIGKILL)
        lines += process.stdout.read().splitlines()
    words = [line.decode().split() for line in lines]
    return [(state, id) for state, id in (pair for pair in words if len(pair) == 2)]


@pytest.mark.long
def test_a_writer_that_is_killed_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    path, dice = tmp_path / "records.db", random.Random(1)
    said: dict[str, str] = {}
    for kill in range(KILLS):
        for state, id in killed_writer(path, str(kill), dice.randint(1, 8)):
            if said.get(id) != "ended":
                said[id] = state
    with writing(path) as writer:
        until(lambda: ups(path) == 0, WAIT_S, "what was up is marked")
        assert writer.health == ()
    assert [file.name for file in tmp_path.iterdir()] == ["records.db"]
    found = all_pages(CallRecords(path), filter=CallFilter(), limit=500)
    ids = [call.id for call in found]
    assert len(ids) == len(set(ids))
    states = {call.id: call.state for call in found}
    assert set(said) <= set(ids)
    assert {states[id] for id, state in said.items() if state == "ended"} == {"ended"}
    assert set(states.values()) == {"ended", INTERRUPTED}
    assert all(call.ended_at is not None for call in found)


@pytest.mark.long
def test_the_length_of_a_call_that_was_cut_off_is_known_from_the_heartbeat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware.records.writer.HEARTBEAT_S", 0.1)
    path = tmp_path / "records.db"
    writer = RecordWriter(path)
    writer.start()
    writer.post(outgoing("cut off", answered_at=T0 + 0.5))
    assert writer.is_written(WAIT_S)
    # The wall clock has no say in it: the call began, by it, in another year.
    until(lambda: alive_s(path) > 1.5, WAIT_S, "the heartbeat")
    copy = tmp_path / "copy" / "records.db"
    copy.parent.mkdir()
    for file in tmp_path.glob("records.db*"):
        (copy.parent / file.name).write_bytes(file.read_bytes())  # the card, as the power fails
    writer.stop()
    with writing(copy) as later:
        assert later.is_written(WAIT_S)
        until(lambda: CallRecords(copy).page().calls[0].state == INTERRUPTED, WAIT_S, "it is marked")
    (call,) = CallRecords(copy).page().calls
    assert call.ended_at is not None
    assert 1.0 < call.ended_at - T0 < 3.0
    assert call.billed_s == int(call.ended_at - T0 - 0.5)
    assert (call.cause, call.q850) == ("INTERRUPTED", 41)


def test_calls_that_are_over_are_left_alone_by_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    database = Database(path)
    database.open()
    calls = [ended(outgoing("over")), outgoing("up", answered_at=T0 + 30)]
    database.write(Batch({call.id: WaitingCall(call, 0.0) for call in calls}))
    database.close()
    again = Database(path)
    assert again.open() == 1
    again.close()
    by_id = {call.id: call for call in CallRecords(path).page().calls}
    assert by_id["over"].state == "ended"
    assert by_id["up"].ended_at == T0 + 30  # not before it was answered
    once_more = Database(path)
    assert once_more.open() == 0
    once_more.close()


def alive_s(path: Path) -> float:
    with contextlib.closing(sqlite3.connect(path)) as other:
        return float(other.execute("SELECT alive_s - run_s FROM runs JOIN calls USING (run)").fetchone()[0])


def ups(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as other:
        return int(other.execute("SELECT count(*) FROM calls WHERE state = 'up'").fetchone()[0])
