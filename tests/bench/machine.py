"""The machine that is measured on, in general words: nothing that names it. And what else it did meanwhile."""

import functools
import os
import platform
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.bench.usage import TICKS_PER_S, family_cpu_s

_LOOK_S = 1.0
# A quiet machine of two cores shows 1 % (the kernel's own work); one that shares its cores shows up beyond these.
_OTHERS_MAX_PERCENT = 5.0
_STOLEN_MAX_PERCENT = 1.0
_STOLEN_SECOND_MAX_PERCENT = 10.0  # 200 ms of two cores: that much moves the worst of any delay


@dataclass(frozen=True, slots=True)
class Load:
    """What the processors did while a measure ran, in % of all their time."""

    ours: float  # the measuring with far ends, simulated adapter and all
    others: float  # every other process, and the kernel's own work
    stolen: float  # taken away by the hypervisor
    stolen_worst: float  # likewise, in the worst second

    @property
    def disturbance(self) -> str:
        """In words what disturbed the measure; empty on a quiet machine."""
        found = []
        if self.others > _OTHERS_MAX_PERCENT:
            found.append(f"other load {self.others:.0f} %")
        if self.stolen > _STOLEN_MAX_PERCENT:
            found.append(f"{self.stolen:.1f} % stolen")
        if self.stolen_worst > _STOLEN_SECOND_MAX_PERCENT:
            found.append(f"{self.stolen_worst:.0f} % stolen in one second")
        return ", ".join(found)


@dataclass(frozen=True, slots=True)
class _Ticks:
    """CPU time of the whole machine since its start, in ticks."""

    total: int
    idle: int
    stolen: int


class Meter:
    """Watches the load while its `with` block runs; `load` afterwards."""

    def __init__(self) -> None:
        self.load = Load(0.0, 0.0, 0.0, 0.0)
        self._is_over = threading.Event()
        self._stolen_worst = 0.0
        self._thread = threading.Thread(target=self._look, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self._before, self._ours_before = _ticks(), family_cpu_s(os.getpid())
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        after, ours_s = _ticks(), family_cpu_s(os.getpid()) - self._ours_before
        total = max(1, after.total - self._before.total)
        stolen = after.stolen - self._before.stolen
        busy = total - (after.idle - self._before.idle) - stolen
        ours = min(busy, ours_s * TICKS_PER_S)
        percents = [round(100 * part / total, 1) for part in (ours, busy - ours, stolen)]
        self.load = Load(percents[0], percents[1], percents[2], self._stolen_worst)

    def _look(self) -> None:
        before = _ticks()
        while not self._is_over.wait(_LOOK_S):
            now = _ticks()
            percent = 100 * (now.stolen - before.stolen) / max(1, now.total - before.total)
            self._stolen_worst = max(self._stolen_worst, round(percent, 1))
            before = now


@functools.cache
def description() -> str:
    """Processor, memory, system."""
    processor = f"{_cpu_model()}, {os.cpu_count()} cores, {_memory_gb():.0f} GB"
    return f"{processor}; {_system()}, Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"


def _ticks() -> _Ticks:
    values = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return _Ticks(sum(values), values[3] + values[4], values[7])


def _cpu_model() -> str:
    found = dict(line.split("\t", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if "\t" in line)
    words = found.get("model name") or found.get("Model") or platform.machine()  # Arm's boards say "Model"
    return " ".join(words.rpartition(":")[2].split())


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _system() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return "Linux"
