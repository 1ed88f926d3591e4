"""2,000 of 10,000 IP telephones refresh their registrations within a minute: the cost, and what a call notices."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench import extensions, scene
from tests.bench.conversation import Delays, talk
from tests.bench.losses import HOW, losses
from tests.bench.measure import Figure, Measure
from tests.bench.sites import EXTENSIONS, FIRST, Crowd
from tests.bench.usage import Windows, gateway_pid, group_of, memory_mb, registrar_pid
from tests.support.box import Box
from tests.support.network import loopback_address
from tests.support.raw_phone import RawPhone
from tests.support.waiting import until

_TELEPHONES = 2_000
_WINDOWS, _WINDOW_S = 10, 6.0
_SECONDS = _WINDOWS * _WINDOW_S
_QUIET_WINDOWS, _QUIET_WINDOW_S = 3, 3.0
_QUIET_S = _QUIET_WINDOWS * _QUIET_WINDOW_S
_SETTLE_S = 3.0
_REGISTERS_S = 30.0
_OK = 200

_REFRESHED = f"{_TELEPHONES:,} registrations refreshed in a minute"
REGISTRAR_CPU = Measure(
    f"{_REFRESHED}, CPU: registrar", "% of a core", "Kamailio's processes, over that minute, in windows of 6 s"
)
GATEWAY_CPU = Measure(
    f"{_REFRESHED}, CPU: gateway", "% of a core", "likewise; the call that is up is in it (two speak)"
)
QUIET_CPU = Measure("the same call without them, CPU: gateway", "% of a core", "for comparison, in windows of 3 s")
ANSWER = Measure("REGISTER to 200", "ms", "challenge and proof, two round trips")
REFUSED = Measure("registrations that failed", "telephones", "of those above and the first ones before them", goal=0)
LINE_TO_RTP = Measure(
    f"{_REFRESHED}, delay line to RTP", "ms", "as the one-way delay, in one call over that minute", goal=40
)
RTP_TO_LINE = Measure(f"{_REFRESHED}, delay RTP to line", "ms", "likewise", goal=50)
LOST = Measure(
    f"{_REFRESHED}, audio lost",
    "blocks",
    f"{HOW}, RTP packets that did not reach the far end",
    goal=0,
)
MEMORY = Measure("memory of the registrar", "MB", f"PSS, {_TELEPHONES:,} of {EXTENSIONS:,} registered")


@dataclass(slots=True)
class _Telephones:
    """Each has an address and registers by hand."""

    box: Box
    addresses: list[str] = field(default_factory=lambda: [loopback_address() for _ in range(_TELEPHONES)])
    times_ms: list[float] = field(default_factory=list)
    refused: int = 0

    def register(self, seconds: float) -> None:
        """Everybody, evenly over so long; 0: one after the other."""
        place, begun = scene.registrar_place(self.box), time.monotonic()
        for number, address in enumerate(self.addresses):
            time.sleep(max(0.0, begun + number * seconds / _TELEPHONES - time.monotonic()))
            user = str(FIRST + number)
            with RawPhone(place, user, f"secret-{number}", address, 5060) as phone:
                sent = time.monotonic()
                self.refused += phone.register(expires_s=3600) != _OK
                self.times_ms.append((time.monotonic() - sent) * 1000)


def run(crowd: Crowd, folder: Path, _: int) -> list[Figure]:
    """One minute, however often is asked for: there are 2,000 values in it."""
    box, telephones = crowd.box, _Telephones(crowd.box)
    until(lambda: extensions.is_registered(box, "secret-0"), _REGISTERS_S, "a telephone registers")
    telephones.register(0)
    telephones.times_ms.clear()
    time.sleep(_SETTLE_S)
    scene.call_out(box, crowd.far)
    figures = _minute(crowd, folder, telephones)
    scene.hang_up(box, 1)
    return figures


def _minute(crowd: Crowd, folder: Path, telephones: _Telephones) -> list[Figure]:
    box, gateway, registrar = crowd.box, [gateway_pid(crowd.box)], group_of(registrar_pid(crowd.box))
    begun = losses(box)
    with Windows(gateway, _QUIET_WINDOWS, _QUIET_WINDOW_S) as quiet:
        calm = talk(box, crowd.far, folder, _QUIET_S)
    before = losses(box, crowd.far)
    thread = threading.Thread(target=telephones.register, args=(_SECONDS,), name="telephones")
    thread.start()
    with Windows(gateway, _WINDOWS, _WINDOW_S) as busy, Windows(registrar, _WINDOWS, _WINDOW_S) as registering:
        result = talk(box, crowd.far, folder, _SECONDS, seed=3)
    thread.join()
    lost, up, down = losses(box, crowd.far).since(before), result.line_to_rtp, result.rtp_to_line
    return [
        *(Figure(REGISTRAR_CPU, tuple(registering.percents)), Figure(GATEWAY_CPU, tuple(busy.percents))),
        *(Figure(QUIET_CPU, tuple(quiet.percents)), Figure(ANSWER, tuple(telephones.times_ms))),
        Figure(REFUSED, (float(telephones.refused),)),
        Figure(LINE_TO_RTP, up.values, _words(up, calm.line_to_rtp)),
        Figure(RTP_TO_LINE, down.values, _words(down, calm.rtp_to_line)),
        Figure(LOST, (lost.total,), f"{lost}; before, in {_QUIET_S:.0f} s without them, {before.since(begun)}"),
        Figure(MEMORY, (memory_mb(*registrar),)),
    ]


def _words(busy: Delays, calm: Delays) -> str:
    before = f"before, without them, median {median(calm.values):.1f} and {100 * calm.lost:.1f} %"
    return f"{100 * busy.lost:.1f} % of the time not recognised; {before}"
