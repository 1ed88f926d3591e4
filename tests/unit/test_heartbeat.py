"""A process that hangs is told from one that lives, and the proof of life costs its thread nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from firmware.heartbeat import FIRST_BEAT_S, SILENT_S, Pulse, Watch

# Beats until it is told to hang, and hangs as the worst do: with the interpreter's lock held by a call into C.
CHILD = """
import ctypes, sys, time
from firmware.heartbeat import Pulse
pulse = Pulse()
for _ in range(3):
    pulse.beat()
    time.sleep(0.05)
print("beaten", flush=True)
sys.stdin.readline()
ctypes.PyDLL(None).pause()
"""


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(clock: Clock) -> Iterator[Watch]:
    watch = Watch(clock)
    yield watch
    watch.close()


def taken(watch: Watch) -> Pulse:
    """The pulse of a process that was given the pipe; a copy of its end, as a child has."""
    pulse = Pulse({name: str(os.dup(int(fd))) for name, fd in watch.environment.items()})
    watch.started()
    return pulse


def test_each_beat_buys_ten_seconds(watch: Watch, clock: Clock) -> None:
    pulse = taken(watch)
    assert watch.silent_in_s() == FIRST_BEAT_S
    pulse.beat()
    assert watch.silent_in_s() == SILENT_S
    clock.now += SILENT_S - 1
    assert watch.silent_in_s() == 1
    pulse.beat()
    assert watch.silent_in_s() == SILENT_S
    clock.now += SILENT_S
    assert watch.silent_in_s() == 0
    pulse.close()


def test_a_supervisor_that_was_held_up_itself_hears_what_was_said_meanwhile(watch: Watch, clock: Clock) -> None:
    pulse = taken(watch)
    pulse.beat()
    clock.now += 1000
    assert watch.silent_in_s() == SILENT_S
    pulse.close()


def test_a_process_that_never_says_anything_is_silent_after_a_minute(watch: Watch, clock: Clock) -> None:
    pulse = taken(watch)
    clock.now += FIRST_BEAT_S
    assert watch.silent_in_s() == 0
    pulse.close()


def test_a_process_that_let_go_of_the_pipe_is_silent_in_its_time(watch: Watch, clock: Clock) -> None:
    taken(watch).close()
    clock.now += FIRST_BEAT_S - 1
    assert watch.silent_in_s() == 1


def test_beating_never_blocks_though_nobody_looks(watch: Watch) -> None:
    pulse = taken(watch)
    for _ in range(200_000):  # three times what a pipe holds
        pulse.beat()
    assert watch.silent_in_s() == SILENT_S
    pulse.close()


def test_beating_without_a_supervisor_is_no_fault(watch: Watch) -> None:
    pulse = taken(watch)
    watch.close()
    pulse.beat()
    pulse.beat()
    for environment in ({}, {"TWINLINE_HEARTBEAT_FD": "none"}, {"TWINLINE_HEARTBEAT_FD": "99999"}):
        Pulse(environment).beat()


def test_a_real_process_that_hangs_is_noticed_and_one_that_beats_is_not() -> None:
    clock = Clock()
    watch = Watch(clock)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[watch.fd],
        env=os.environ | watch.environment,
    )
    watch.started()
    try:
        assert child.stdin and child.stdout
        assert child.stdout.readline() == b"beaten\n"
        assert watch.silent_in_s() == SILENT_S
        child.stdin.write(b"\n")
        child.stdin.flush()
        clock.now += SILENT_S
        assert watch.silent_in_s() == 0
        assert child.poll() is None, "it hangs and does not die"
    finally:
        child.kill()
        child.communicate(timeout=10)
        watch.close()


def test_the_pipe_goes_to_no_grandchild(watch: Watch) -> None:
    fd = os.dup(watch.fd)
    os.set_inheritable(fd, True)
    pulse = Pulse({"TWINLINE_HEARTBEAT_FD": str(fd)})
    assert not os.get_inheritable(fd)
    pulse.close()
