"""A test that leaves a thread, a file or a process behind fails: tried on tests that do, in a pytest apart."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEAKY = """
import subprocess, threading

from tests import conftest

conftest.GRACE_S = 0.2
kept = []


def test_thread():
    kept.append(threading.Event())
    threading.Thread(target=kept[0].wait, name="forgotten", daemon=True).start()


def test_file(tmp_path):
    kept.append((tmp_path / "forgotten.txt").open("w"))


def test_process():
    kept.append(subprocess.Popen(["sleep", "20"]))


def test_tidy(tmp_path):
    (tmp_path / "file").write_text("closed")
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def test_end():
    kept[2].kill()
    kept[2].wait()
"""


def test_a_test_that_leaves_something_behind_fails_and_a_tidy_one_does_not(tmp_path: Path) -> None:
    file = tmp_path / "test_leaky.py"
    file.write_text(LEAKY)
    (tmp_path / "pytest.ini").write_text("[pytest]")
    plugins = ("-p", "tests.conftest", "-p", "no:xdist", "-p", "no:cacheprovider")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rN", *plugins, "-c", str(tmp_path / "pytest.ini"), str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "5 passed, 3 errors" in result.stdout, result.stdout + result.stderr
    for left in ("thread forgotten", "open file /", "child process "):
        assert result.stdout.count(f"left behind: {left}") == 1
