"""The supervisor keeps real processes alive, ends them in order, and leaves none behind."""

import contextlib
import itertools
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DEADLINE_S = 20.0

# A program notes each start, and its end when it is asked to end.
PROGRAM = """
import os, signal, sys, time
name, how = sys.argv[1:3]
def note(what):
    with open("notes", "a") as notes:
        notes.write(f"{name} {what} {os.getpid()} {time.monotonic()}\\n")
def end(*_):
    note("ended")
    os._exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if how == "stubborn" else end)
note("started")
if how == "dying":
    sys.exit(3)
if how == "hanging":
    os.write(int(os.environ["TWINLINE_HEARTBEAT_FD"]), b".")
while True:
    time.sleep(60)
"""

SUPERVISOR = """
import os, sys
from firmware import heartbeat, log, supervisor
log.set_up("run")
supervisor._STOP_TIMEOUT_S = 1.0
heartbeat.SILENT_S = 0.5
programs = [arg.split("=") for arg in sys.argv[1:]]
supervisor.Supervisor(
    [
        supervisor.Program(
            name,
            [sys.executable, "program.py", name, how.removeprefix("waiting-")],
            is_its_turn=lambda how=how: os.path.exists("turn") or not how.startswith("waiting-"),
            has_pulse=how == "hanging",
        )
        for name, how in programs
    ]
).run()
print("over", flush=True)
"""


class Box:
    """A supervisor with its programs, in a process of its own."""

    def __init__(self, folder: Path, programs: list[str]) -> None:
        self.folder = folder
        (folder / "program.py").write_text(PROGRAM)
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, *programs],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def notes(self, pattern: str = "") -> list[list[str]]:
        with contextlib.suppress(FileNotFoundError):
            lines = (self.folder / "notes").read_text().splitlines()
            return [line.split() for line in lines if re.search(pattern, line)]
        return []

    def pids(self) -> list[int]:
        return [int(note[2]) for note in self.notes("started")]

    def end(self, number: int = signal.SIGTERM) -> tuple[str, str]:
        self.process.send_signal(number)
        return self.process.communicate(timeout=DEADLINE_S)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Box]]:
    boxes: list[Box] = []

    def start(*programs: str) -> Box:
        boxes.append(Box(tmp_path, list(programs)))
        return boxes[-1]

    yield start
    for box in boxes:
        if box.process.poll() is None:
            box.process.kill()
        box.process.communicate()
        until(lambda box=box: not any(map(is_alive, box.pids())))


def until(is_true: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_true():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_programs_start_in_order_and_end_in_reverse(start: Callable[..., Box], number: int) -> None:
    box = start("one=good", "two=good")
    until(lambda: len(box.notes("started")) == 2)
    output, _ = box.end(number)
    assert output == "over\n"
    assert box.process.returncode == 0
    assert [note[0] for note in box.notes("ended")] == ["two", "one"]
    assert not any(map(is_alive, box.pids()))


def test_a_program_waits_for_its_turn_and_the_ones_after_it_do_not(start: Callable[..., Box]) -> None:
    box = start("one=waiting-good", "two=good")
    until(lambda: box.notes("two started"))
    (box.folder / "turn").touch()
    turn_at = time.monotonic()
    until(lambda: box.notes("one started"))
    assert float(box.notes("one started")[0][3]) > turn_at
    box.end()
    assert [note[0] for note in box.notes("ended")] == ["two", "one"]


def test_a_program_that_hangs_is_killed_and_back_at_once(start: Callable[..., Box]) -> None:
    box = start("one=hanging", "two=good")
    until(lambda: len(box.notes("one started")) == 2)
    assert len(box.notes("two started")) == 1
    _, log = box.end()
    assert re.search(r"one hangs, killed\n.*one ended \(SIGKILL\) after [0-9.]+ s, started again\n", log)


def test_a_killed_program_is_back_at_once_and_the_others_are_left_alone(start: Callable[..., Box]) -> None:
    box = start("one=good", "two=good")
    until(lambda: len(box.pids()) == 2)
    killed = int(box.notes("one started")[0][2])
    killed_at = time.monotonic()
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(box.notes("one started")) == 2)
    assert float(box.notes("one started")[1][3]) - killed_at < 1.5
    assert len(box.notes("two started")) == 1
    _, log = box.end()
    assert re.search(r"one ended \(SIGKILL\) after [0-9.]+ s, started again\n", log)


def test_a_program_that_dies_again_and_again_is_started_less_and_less_often(start: Callable[..., Box]) -> None:
    box = start("one=dying", "two=good")
    until(lambda: len(box.notes("one started")) == 5)
    started = [float(note[3]) for note in box.notes("one started")]
    pauses = [after - before for before, after in itertools.pairwise(started)]
    assert pauses[3] >= 0.4
    assert pauses[2] >= 0.2
    _, log = box.end()
    assert "one ended (exit code 3)" in log
    assert re.findall(r"again in ([0-9.]+) s", log)[:3] == ["0.1", "0.2", "0.4"]


def test_a_program_that_cannot_be_started_is_said_and_does_not_stop_the_others(tmp_path: Path) -> None:
    code = (
        "from firmware import log, supervisor as s; log.set_up('run');"
        "import os, signal;"
        "polls = iter(range(5));"
        "done = lambda: next(polls, None) is None and not os.kill(os.getpid(), signal.SIGTERM);"
        "s.Supervisor([s.Program('one', ['/nonexistent']), s.Program('two', ['sleep', '60'])], done).run()"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_S)
    assert result.returncode == 0, result.stderr
    assert "one cannot be started" in result.stderr
    assert "two" not in result.stderr


def test_a_program_that_does_not_listen_is_killed(start: Callable[..., Box]) -> None:
    box = start("one=good", "two=stubborn")
    until(lambda: len(box.pids()) == 2)
    _, log = box.end()
    assert "two did not end when asked, killed" in log
    assert not any(map(is_alive, box.pids()))


def test_no_program_outlives_a_killed_supervisor(start: Callable[..., Box]) -> None:
    box = start("one=good", "two=stubborn")
    until(lambda: len(box.pids()) == 2)
    box.end(signal.SIGKILL)
    until(lambda: not any(map(is_alive, box.pids())))


def test_control_c_in_the_terminal_reaches_the_programs_through_the_supervisor_only(
    start: Callable[..., Box],
) -> None:
    box = start("one=good")
    until(lambda: len(box.pids()) == 1)
    assert os.getpgid(box.pids()[0]) != os.getpgid(box.process.pid)
    os.killpg(box.process.pid, signal.SIGINT)
    assert box.process.communicate(timeout=DEADLINE_S)[0] == "over\n"
    assert len(box.notes("ended")) == 1
