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

# OpenBLAS shares each small product among threads that spin while they wait: on a machine with other things to do that
# costs a hundred times what it saves, and takes the processors from boxes that have to be in time. Before NumPy comes.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import pytest

GRACE_S = 3.0  # a thread that was told to end, a peer's process that is being reaped
POLL_S = 0.02

# What waits for real time comes first, the longest files before all, what only computes last: so no worker sits alone
# with a long file at the end, and boxes that have to be in time have the processors to themselves.
_LONGEST = (
    "test_exchange_functions", "test_message_lamp", "test_call_records", "test_line_figures", "test_page_first_call",
    "test_two_calls", "test_media_hold", "test_hostile_sip", "test_trunk_registration", "test_late_offer",
    "test_provider_ways", "test_floods", "test_whole_box_phones", "test_session_timer", "test_ip_phones_registrar_kept",
    "test_every_page", "test_hostile_texts", "test_browser",
    "test_power_failure", "test_web_backup", "test_settings_store_writing", "test_digits_oracle",
)  # fmt: skip
_FOLDERS = ("hil", "sip", "adapter", "appliance", "web", "unit")  # browsers take the processors from whom they can
_HERE = Path(__file__).parent

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several workers, files are begun in the order in which the suite ends soonest."""
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[int, int]:
    folder, file = item.path.relative_to(_HERE).parts[0], item.path.stem
    place = _FOLDERS.index(folder) if folder in _FOLDERS else 0
    return place, _LONGEST.index(file) if file in _LONGEST else len(_LONGEST)


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
