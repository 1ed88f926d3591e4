"""2,000 IP telephones that refresh their registrations within a minute, on a box with 10,000 extensions: the cost."""

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.network import loopback_address
from tests.support.phone_exchange import PhoneExchange
from tests.support.raw_phone import RawPhone
from tests.support.waiting import until

_FIRST = 10_000  # extensions 10000 to 19999
_SETTLE_S = 3.0


@dataclass(frozen=True, slots=True)
class RegistrationFigures:
    """Times in seconds and ms, CPU in percent of one core, memory in MB (proportional set size)."""

    start_s: float
    first_s: float
    is_known_after_s: float
    refresh_median_ms: float
    refresh_max_ms: float
    refused: int
    registrar_cpu_percent: float
    gateway_cpu_percent: float
    registrar_mb: float


def measure_registrations(
    folder: Path, *, extensions: int = 10_000, telephones: int = 2_000, seconds: float = 60.0
) -> RegistrationFigures:
    """Start, register all as fast as they can, refresh all evenly over `seconds`."""
    passwords = {str(_FIRST + number): f"secret-{number}" for number in range(extensions)}
    begun = time.monotonic()
    with PhoneExchange(folder, passwords, requests_max=1000) as exchange:
        start_s = time.monotonic() - begun
        addresses = [loopback_address() for _ in range(telephones)]
        begun = time.monotonic()
        refused = sum(_register(exchange, number, address)[0] != 200 for number, address in enumerate(addresses))
        first_s = time.monotonic() - begun
        until(lambda: exchange.log.count('"is_there": true') >= telephones - refused, 30, "all are known")
        known_s = time.monotonic() - begun - first_s
        time.sleep(_SETTLE_S)
        group = _group(int((folder / "run" / "kamailio.pid").read_text()))
        gateway = exchange._program.pid
        before, begun, times = (_cpu_s(group), _cpu_s([gateway])), time.monotonic(), []
        for number, address in enumerate(addresses):
            time.sleep(max(0.0, begun + number * seconds / telephones - time.monotonic()))
            status, took_s = _register(exchange, number, address)
            refused += status != 200
            times.append(took_s * 1000)
        wall_s = time.monotonic() - begun
        return RegistrationFigures(
            start_s=round(start_s, 2),
            first_s=round(first_s, 2),
            is_known_after_s=round(known_s, 2),
            refresh_median_ms=round(statistics.median(times), 2),
            refresh_max_ms=round(max(times), 1),
            refused=refused,
            registrar_cpu_percent=round((_cpu_s(group) - before[0]) / wall_s * 100, 2),
            gateway_cpu_percent=round((_cpu_s([gateway]) - before[1]) / wall_s * 100, 2),
            registrar_mb=round(sum(map(_pss_mb, group)), 1),
        )


def _register(exchange: PhoneExchange, number: int, address: str) -> tuple[int, float]:
    with RawPhone((exchange.address, exchange.port), str(_FIRST + number), f"secret-{number}", address, 5060) as phone:
        begun = time.monotonic()
        status = phone.register(expires_s=3600)
        return status, time.monotonic() - begun


def _group(leader: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == leader:
                found.append(int(entry.name))
    return found


def _cpu_s(processes: list[int]) -> float:
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _pss_mb(process: int) -> float:
    rows = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024
