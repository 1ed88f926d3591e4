"""What a process costs: CPU time and memory, as the kernel counts them."""

import os
import time
from pathlib import Path

from tests.support.box import Box

_TICKS = os.sysconf("SC_CLK_TCK")


def gateway_pid(box: Box) -> int:
    """The process that carries the calls."""
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes().split(b"\0") if process.name.isdecimal() else []
        except OSError:  # it has ended
            continue
        if b"gateway" in words and str(box.folder).encode() in words:
            return int(process.name)
    raise AssertionError("the box has no gateway")


def registrar_pid(box: Box) -> int:
    """Kamailio's first process, which leads the others."""
    return int((box.folder / "run" / "registrar" / "kamailio.pid").read_text())


def group_of(leader: int) -> list[int]:
    """Every process of its group."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdecimal() else []
        except OSError:  # it has ended
            continue
        if fields and int(fields[2]) == leader:
            found.append(int(entry.name))
    return found


def cpu_s(pid: int) -> float:
    """User and system time of all its threads so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def cpu_percent(pid: int, seconds: float) -> float:
    """Of one core, in the next seconds."""
    before, begun = cpu_s(pid), time.monotonic()
    time.sleep(seconds)
    return 100 * (cpu_s(pid) - before) / (time.monotonic() - begun)


def memory_mb(pid: int) -> float:
    """Its proportional share of what is in memory (PSS), in MB of 10^6 bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError(f"no PSS of process {pid}")
