"""The machine that was measured on, in general words: nothing that names it."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ticks:
    """CPU time of the whole machine, in ticks: all of it, what was idle, and what the hypervisor took away."""

    total: int
    idle: int
    stolen: int


def ticks() -> Ticks:
    """So far."""
    values = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return Ticks(sum(values), values[3] + values[4], values[7])


def description() -> list[str]:
    """Processor, memory, system."""
    return [
        f"{_cpu_model()}, {os.cpu_count()} cores, {_memory_gb():.0f} GB",
        f"{_system()}, Linux {platform.release().split('-')[0]}, Python {platform.python_version()}",
    ]


def conditions(before: Ticks, after: Ticks) -> str:
    """How busy the machine was meanwhile, the measuring itself included."""
    total = max(1, after.total - before.total)
    busy = 100 * (1 - (after.idle - before.idle) / total)
    stolen = 100 * (after.stolen - before.stolen) / total
    load = os.getloadavg()[2]
    return (
        f"processors {busy:.0f} % busy during the run (far ends and simulated adapter included), {stolen:.1f} % "
        f"of their time taken away by the hypervisor, load average of the last 15 minutes {load:.1f}"
    )


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
