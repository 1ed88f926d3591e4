"""Keeps the processes of a box alive and ends them together. Knows not what they do."""

import contextlib
import ctypes
import functools
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware.heartbeat import Watch

_LOG = logging.getLogger(__name__)

_STABLE_S = 10.0  # who lived so long died by accident, and is started again at once
_DELAY_FIRST_S = 0.1
_DELAY_MAX_S = 30.0
_STOP_TIMEOUT_S = 3.0  # for each: calls are hung up, trunks unregistered
_POLL_S = 0.05  # while something is awaited
_IDLE_S = 3600.0
_PR_SET_PDEATHSIG = 1  # prctl(2)

_ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_SIGNALS = _ENDING | {signal.SIGCHLD}


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep alive; it is not started while `is_its_turn` says no, asked every 50 ms.

    One that `has_pulse` (see `heartbeat`) is killed and started again when it hangs.
    """

    name: str
    command: Sequence[str]
    is_its_turn: Callable[[], bool] = lambda: True
    has_pulse: bool = False


class Supervisor:
    """Runs programs until SIGTERM, SIGINT or SIGHUP. For the main thread of a process of its own.

    `on_poll` is called every 50 ms until it returns True: the place to wait for what the programs bring up.
    """

    def __init__(self, programs: Sequence[Program], on_poll: Callable[[], bool] = lambda: True) -> None:
        self._children = [_Child(program) for program in programs]
        self._on_poll = on_poll
        self._is_polling = True

    def run(self) -> None:
        """Start the programs in order, keep them alive, end them in reverse."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            while not self._is_told_to_end(self._wait_s()):
                for child in self._children:
                    child.keep_alive()
                if self._is_polling:
                    self._is_polling = not self._on_poll()
        finally:
            self._stop_all()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _wait_s(self) -> float:
        due = min(child.due_s() for child in self._children)
        return min(due, _POLL_S) if self._is_polling else due

    def _is_told_to_end(self, wait_s: float) -> bool:
        told = signal.sigtimedwait(_SIGNALS, wait_s)
        return told is not None and told.si_signo in _ENDING

    def _stop_all(self) -> None:
        for child in reversed(self._children):
            child.stop(time.monotonic() + _STOP_TIMEOUT_S)


class _Child:
    """One program and the process that runs it now."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: Watch | None = None
        self._started = 0.0
        self._due = 0.0
        self._delay_s = 0.0
        self._quick_deaths = 0

    def due_s(self) -> float:
        """Seconds until it has to be started, or looked at."""
        if self._process is None:
            return max(0.0, self._due - time.monotonic())
        return _IDLE_S if self._watch is None else self._watch.look_in_s()

    def keep_alive(self) -> None:
        """Notice that it died or hangs, and start it when it is due."""
        if self._process is not None and self._watch is not None and self._watch.silent_in_s() == 0:
            _LOG.warning("%s hangs, killed", self._program.name)
            self._process.kill()
            self._process.wait()
        if self._process is not None and self._process.poll() is not None:
            self._bury(f"ended ({_words_of(self._process.returncode)})")
        if self._process is not None or time.monotonic() < self._due:
            return
        if self._program.is_its_turn():
            self._start()
        else:
            self._due = time.monotonic() + _POLL_S

    def stop(self, deadline: float) -> None:
        """End it: asked until `deadline` (or until somebody is impatient), then killed."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        while self._process.poll() is None and time.monotonic() < deadline:
            told = signal.sigtimedwait(_SIGNALS, _POLL_S)
            if told is not None and told.si_signo in _ENDING:
                break
        if self._process.poll() is None:
            _LOG.warning("%s did not end when asked, killed", self._program.name)
            self._process.kill()
        self._process.wait()
        if self._watch is not None:
            self._watch.close()

    def _start(self) -> None:
        self._started = time.monotonic()
        self._watch = Watch() if self._program.has_pulse else None
        try:
            # Its own process group: Ctrl-C reaches us alone, and the order of ending is ours.
            self._process = subprocess.Popen(
                self._program.command,
                stdin=subprocess.DEVNULL,
                process_group=0,
                preexec_fn=functools.partial(_prepare, os.getpid()),
                pass_fds=[self._watch.fd] if self._watch else [],
                env=os.environ | (self._watch.environment if self._watch else {}),
            )
        except (OSError, subprocess.SubprocessError) as error:
            self._bury(f"cannot be started: {error}")
        else:
            if self._watch is not None:
                self._watch.started()

    def _bury(self, how: str) -> None:
        lived_s = time.monotonic() - self._started
        self._quick_deaths = 0 if lived_s >= _STABLE_S else self._quick_deaths + 1
        before_s = self._delay_s
        # The first death costs nobody any time; 11 in a row bring the longest delay.
        self._delay_s = min(_DELAY_MAX_S, _DELAY_FIRST_S * 2 ** (min(self._quick_deaths, 16) - 2))
        if self._quick_deaths < 2:
            self._delay_s = 0.0
        self._process = None
        if self._watch is not None:
            self._watch.close()
        self._due = time.monotonic() + self._delay_s
        if self._delay_s != before_s or not self._delay_s:  # at the longest delay it has been said
            when = f"again in {self._delay_s:g} s" if self._delay_s else "started again"
            _LOG.warning("%s %s after %.1f s, %s", self._program.name, how, lived_s, when)


_libc = ctypes.CDLL(None)


def _prepare(supervisor: int) -> None:
    """In the child, before the program: end with the supervisor, even a killed one; take signals again."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:  # it was killed before prctl
        os._exit(1)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _words_of(returncode: int) -> str:
    if returncode >= 0:
        return f"exit code {returncode}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-returncode).name
    return f"signal {-returncode}"
