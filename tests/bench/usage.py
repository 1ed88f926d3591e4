"""What processes cost: CPU time and memory, as the kernel counts them."""

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.box import Box

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PARENT, _GROUP, _OWN, _WAITED = 1, 2, slice(11, 13), slice(11, 15)  # of proc_pid_stat(5), from the state on


def pid_of(box: Box, part: str) -> int:
    """The process of the box that runs `twinline PART`: run, gateway, web, simulator."""
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes().split(b"\0") if process.name.isdecimal() else []
        except OSError:  # it has ended
            continue
        if part.encode() in words and str(box.folder).encode() in words:
            return int(process.name)
    raise AssertionError(f"the box has no {part}")


def gateway_pid(box: Box) -> int:
    """The process that carries the calls."""
    return pid_of(box, "gateway")


def pids_of(box: Box) -> list[int]:
    """Every process of a box but its simulated adapter, which a real box has not."""
    simulator = set(_family(pid_of(box, "simulator"), _all()))
    return [pid for pid in _family(pid_of(box, "run"), _all()) if pid not in simulator]


def registrar_pid(box: Box) -> int:
    """Kamailio's first process, which leads the others."""
    return int((box.folder / "run" / "registrar" / "kamailio.pid").read_text())


def group_of(leader: int) -> list[int]:
    """Every process of its group."""
    return [pid for pid, fields in _all().items() if int(fields[_GROUP]) == leader]


def cpu_s(*pids: int) -> float:
    """User and system time of all their threads so far."""
    return sum(int(word) for pid in pids for word in _fields(Path(f"/proc/{pid}"))[_OWN]) / TICKS_PER_S


def family_cpu_s(root: int) -> float:
    """User and system time so far of a process and all that come from it, those included that have ended."""
    processes = _all()
    return sum(int(word) for pid in _family(root, processes) for word in processes[pid][_WAITED]) / TICKS_PER_S


def memory_mb(*pids: int) -> float:
    """Their proportional share of what is in memory (PSS), in MB of 10^6 bytes."""
    return sum(map(_share_mb, pids))


class Windows:
    """CPU of processes in % of one core, in `count` windows of time from the `with` block's begin, one after another.

    The block may be shorter; its end waits for the last window.
    """

    def __init__(self, pids: Sequence[int], count: int, window_s: float = 3.0) -> None:
        self.percents: list[float] = []
        self._pids = list(pids)
        self._count, self._window_s = count, window_s
        self._thread = threading.Thread(target=self._take, name="windows", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._thread.join()
            assert len(self.percents) == self._count, "a process ended while its CPU time was taken"

    def _take(self) -> None:
        for _ in range(self._count):
            before, begun = cpu_s(*self._pids), time.monotonic()
            time.sleep(self._window_s)
            self.percents.append(100 * (cpu_s(*self._pids) - before) / (time.monotonic() - begun))


def _share_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError(f"no PSS of process {pid}")


def _all() -> dict[int, list[str]]:
    """Of every process the fields of its `stat` from its state on."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal():
                found[int(entry.name)] = _fields(entry)
        except OSError:  # it has ended
            continue
    return found


def _fields(process: Path) -> list[str]:
    return (process / "stat").read_text().rpartition(")")[2].split()


def _family(root: int, processes: dict[int, list[str]]) -> list[int]:
    found = [root]
    for pid in found:  # grows meanwhile: children of children
        found += [child for child, fields in processes.items() if int(fields[_PARENT]) == pid]
    return found
