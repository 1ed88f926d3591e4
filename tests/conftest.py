"""Every test leaves this process as it found it: no thread, no open file and no child process more."""

import gc
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

GRACE_S = 3.0  # a thread that was told to end, a peer's process that is being reaped
POLL_S = 0.02

_NUMBER = re.compile(r":\[\d+\]$")


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds. Files by what they are: a connection made anew is no leak."""

    threads: frozenset[threading.Thread]
    children: frozenset[int]
    files: Counter[str]

    @classmethod
    def now(cls) -> "Held":
        return cls(frozenset(threading.enumerate()), frozenset(_children()), Counter(_files()))

    def beyond(self, before: "Held") -> list[str]:
        """What is held now and was not before, in words."""
        threads = [f"thread {thread.name}" for thread in self.threads - before.threads]
        children = [f"child process {pid}: {_command(pid)}" for pid in self.children - before.children]
        files = [f"open file {name}" for name in (self.files - before.files).elements()]
        return sorted(threads + children + files)


def _children() -> Iterator[int]:
    for task in Path("/proc/self/task").iterdir():
        try:
            yield from map(int, (task / "children").read_text().split())
        except OSError:  # the thread has ended
            continue


def _files() -> Iterator[str]:
    for number in os.listdir("/proc/self/fd"):
        try:
            name = os.readlink(f"/proc/self/fd/{number}")
        except OSError:  # that of the listing itself
            continue
        yield _NUMBER.sub("", name)


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return "?"
    return words.replace(b"\0", b" ").decode(errors="replace").strip() or "ended, not waited for"


@pytest.fixture(autouse=True)
def _leaves_nothing_behind() -> Iterator[None]:
    """Fails the test that leaks. Fixtures of modules and the session come before and stay."""
    before = Held.now()
    yield
    left = Held.now().beyond(before)
    deadline = time.monotonic() + GRACE_S
    while left and time.monotonic() < deadline:
        gc.collect()
        time.sleep(POLL_S)
        left = Held.now().beyond(before)
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)
