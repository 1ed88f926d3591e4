"""What must outlive a power cut is written beside the calls, and the latest of it is what is found again."""

import threading
from pathlib import Path

import pytest

from firmware.gateway.errands import Errands
from firmware.gateway.saved_state import SavedState

WAIT_S = 10.0


def test_the_latest_state_is_found_again(tmp_path: Path) -> None:
    kept = SavedState(tmp_path / "spending.json")
    kept.start()
    for number in range(500):
        kept.save({"spent": number})
    kept.stop()
    assert SavedState(tmp_path / "spending.json").load() == {"spent": 499}


def test_what_is_saved_before_the_start_is_not_lost(tmp_path: Path) -> None:
    kept = SavedState(tmp_path / "spending.json")
    kept.save({"spent": 1})
    kept.start()
    kept.stop()
    assert SavedState(tmp_path / "spending.json").load() == {"spent": 1}


def test_a_broken_file_gives_the_state_before_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for spent in (1, 2):
        kept = SavedState(tmp_path / "spending.json")
        kept.start()
        kept.save({"spent": spent})
        kept.stop()
    (tmp_path / "spending.json").write_text('{"spent": ')
    assert SavedState(tmp_path / "spending.json").load() == {"spent": 1}
    assert "spending.json cannot be read" in caplog.text


def test_where_nothing_was_saved_nothing_is_found(tmp_path: Path) -> None:
    assert SavedState(tmp_path / "spending.json").load() is None


def test_too_many_errands_are_declined_and_one_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    gate, done = threading.Event(), []
    errands = Errands("test", most=2)
    errands.start()
    started = threading.Event()

    def wait() -> None:
        started.set()
        gate.wait(WAIT_S)

    assert errands.do(wait)
    assert started.wait(WAIT_S)
    assert errands.do(lambda: done.append(1 // 0))
    assert errands.do(lambda: done.append(2))
    assert not errands.do(lambda: done.append(3))
    gate.set()
    errands.stop()
    assert done == [2]
    assert "an errand failed" in caplog.text
