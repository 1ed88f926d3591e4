"""A program that runs as long as its `with` block: own process group, log in a file, never left behind."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.support.running import Running
from tests.support.waiting import until

STOP_S = 5.0


def program(name: str) -> str:
    """Where a program is; AssertionError in words when it is not installed."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise AssertionError(f"{name} is not installed (tools/packages.test)")
    return path


class Program(Running):
    """One program. `start` may be called again after `stop`; the log goes on in the same file."""

    def __init__(
        self, command: Sequence[str], log: Path, *, folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.command = list(command)
        self.log = log
        self.folder = folder
        self._environment = dict(os.environ) | dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the program; it is told to end should this process be killed."""
        assert self._process is None, f"{self.command[0]} is running already"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [program("setpriv"), "--pdeathsig", "TERM", program(self.command[0]), *self.command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self._environment,
                start_new_session=True,
            )
        return self

    def stop(self) -> None:
        """Ask it to end, then make it; afterwards nothing of its process group is left."""
        process, self._process = self._process, None
        if process is None:
            return
        self._signal(process, signal.SIGCONT)
        self._signal(process, signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            pass
        self._signal(process, signal.SIGKILL)
        process.wait(STOP_S)
        until(lambda: not _has_members(process.pid), STOP_S, f"the end of all of {self.command[0]}")

    def freeze(self) -> None:
        """Stop its clock: connections stay open and nothing answers any more."""
        assert self._process is not None
        self._signal(self._process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        assert self._process is not None
        self._signal(self._process, signal.SIGCONT)

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id, which is also that of its group."""
        assert self._process is not None, f"{self.command[0]} is not running"
        return self._process.pid

    def exit_code(self, within_s: float) -> int:
        """Wait for its own end."""
        assert self._process is not None, f"{self.command[0]} was not started"
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{self.command[0]} did not end within {within_s} s\n{self.tail()}") from error

    def wait_until_ready(self, is_ready: Callable[[], object], within_s: float = 10.0) -> None:
        """Wait for a condition; stop the program and fail when it ends before, or does not get there."""

        def look() -> bool:
            assert self.is_running, f"{self.command[0]} ended before it was ready\n{self.tail()}"
            return bool(is_ready())

        try:
            until(look, within_s, f"{self.command[0]} ready (log: {self.log})")
        except BaseException:
            self.stop()
            raise

    def tail(self, characters: int = 4000) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""

    @staticmethod
    def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass


def _has_members(group: int) -> bool:
    """Whether a process group has members other than ones that are dead and not yet reaped by init."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] not in ("Z", "X"):
            return True
    return False
