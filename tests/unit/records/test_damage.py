"""A file that is damaged, missing or on a full card: said in words, set aside or tried again, nothing lost."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmware.records import CallRecord, CallRecords, RecordWriter
from firmware.records.database import Database
from tests.support.waiting import until
from tests.unit.records.making import WAIT_S, ended, outgoing, writing, written

ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "box" / "records.db"


def only(records: CallRecords) -> CallRecord:
    page = records.page()
    assert len(page.calls) == 1
    return page.calls[0]


def test_an_unreadable_file_is_set_aside_and_a_new_one_begun(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 500)
    with writing(path) as writer:
        writer.post(outgoing())
        assert writer.is_written(WAIT_S)
        assert any("set aside as records.db.corrupt." in words for words in writer.health)
    assert only(CallRecords(path)).id == "1"
    kept = list(path.parent.glob("records.db.corrupt.*"))
    assert [file.read_bytes()[:18] for file in kept] == [b"no database at all"]


def test_a_file_that_breaks_while_it_is_written_is_set_aside_and_nothing_that_waits_is_lost(path: Path) -> None:
    written(path, *(ended(outgoing(str(number))) for number in range(500)))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    with writing(path) as writer:
        writer.post(ended(outgoing("after")))
        assert writer.is_written(WAIT_S)
        assert any("set aside" in words for words in writer.health)
    assert only(CallRecords(path)).id == "after"


def test_files_set_aside_do_not_pile_up(path: Path) -> None:
    path.parent.mkdir()
    for number in range(6):
        path.write_bytes(b"no database at all %d" % number * 500)
        written(path)
    kept = [file.read_bytes()[:20] for file in sorted(path.parent.glob("records.db.corrupt.*"))]
    assert len(kept) == 3
    assert kept[0].startswith(b"no database at all 0")


def test_a_file_of_a_newer_version_is_set_aside(path: Path) -> None:
    written(path, outgoing())
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
    with writing(path) as writer:
        assert writer.is_written(WAIT_S)
        until(lambda: writer.health != (), WAIT_S, "it is said")
        assert "newer version" in writer.health[0]


def test_a_place_that_cannot_be_written_is_said_and_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.records.writer._RETRY_S", 0.05)
    path.mkdir(parents=True)  # a folder is where the file should be
    told: list[int] = []
    writer = RecordWriter(path, on_health=lambda: told.append(1))
    writer.start()
    try:
        writer.post(ended(outgoing()))
        until(lambda: writer.health != (), WAIT_S, "it is said")
        assert "cannot be written" in writer.health[0]
        path.rmdir()
        assert writer.is_written(WAIT_S)
        assert writer.health == ()
        assert len(told) == 2
    finally:
        writer.stop()


@pytest.mark.parametrize(("free", "words"), [(0, "the card is full"), (1 << 30, "the card gives errors")])
def test_a_card_without_room_for_the_index_is_not_said_to_be_broken(
    path: Path, monkeypatch: pytest.MonkeyPatch, free: int, words: str
) -> None:
    def fails(_: Database) -> int:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        raise error

    monkeypatch.setattr(Database, "open", fails)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    with writing(path) as writer:
        until(lambda: writer.health, WAIT_S, "it is said")
        assert writer.health == (f"call records cannot be written: {words}; trying again",)


FULL_CARD = """
import resource, signal, sys, time
from pathlib import Path
from firmware.records import RecordWriter, CallRecords
from firmware.records import writer as module
from tests.unit.records.making import WAIT_S, ended, outgoing
from tests.support.waiting import until
module._RETRY_S = 0.05
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
writer = RecordWriter(path)
writer.start()
writer.post(ended(outgoing("before")))
assert writer.is_written(WAIT_S)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
begin = time.monotonic()
for number in range(100):
    writer.post(ended(outgoing(str(number))))
assert time.monotonic() - begin < 0.5
until(lambda: writer.health != (), WAIT_S, "it is said")
print(writer.health[0])
assert not writer.is_written(0.2)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert writer.is_written(WAIT_S)
assert writer.health == ()
writer.stop()
assert CallRecords(path).count().number == 101
"""


def test_records_wait_for_room_on_a_card_that_takes_no_more(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_CARD, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "call records cannot be written: the card" in done.stdout
