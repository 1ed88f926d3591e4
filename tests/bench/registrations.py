"""2,000 of 10,000 IP telephones refresh their registrations within a minute: the cost, and what a call notices."""

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench import extensions, scene
from tests.bench.conversation import Delays, talk
from tests.bench.measure import Figure, Measure
from tests.bench.usage import cpu_s, gateway_pid, group_of, memory_mb, registrar_pid
from tests.support.box import Box
from tests.support.network import loopback_address
from tests.support.raw_phone import RawPhone
from tests.support.waiting import until

_TELEPHONES = 2_000
_SECONDS = 60.0
_SETTLE_S = 3.0
_OK = 200

_REFRESHED = f"{_TELEPHONES:,} registrations refreshed in a minute"
REGISTRAR_CPU = Measure(f"{_REFRESHED}, CPU: registrar", "% of a core", "Kamailio's processes, over that minute")
GATEWAY_CPU = Measure(
    f"{_REFRESHED}, CPU: gateway", "% of a core", "over that minute; the call that is up is in it (two speak)"
)
QUIET_CPU = Measure("the same call without them, CPU: gateway", "% of a core", "for comparison, over 15 s")
ANSWER = Measure("REGISTER to 200", "ms", "challenge and proof, two round trips")
REFUSED = Measure("registrations that failed", "telephones", "of those above and the first ones before them")
LINE_TO_RTP = Measure(
    f"{_REFRESHED}, delay line to RTP", "ms", "as the one-way delay, in one call over that minute", goal=40
)
RTP_TO_LINE = Measure(f"{_REFRESHED}, delay RTP to line", "ms", "likewise", goal=50)
MEMORY = Measure("memory of the registrar", "MB", f"PSS, {_TELEPHONES:,} of {extensions.EXTENSIONS:,} registered")
_QUIET_S = 15.0


@dataclass(slots=True)
class _Crowd:
    """The telephones: each has an address and registers by hand."""

    box: Box
    addresses: list[str] = field(default_factory=lambda: [loopback_address() for _ in range(_TELEPHONES)])
    times_ms: list[float] = field(default_factory=list)
    refused: int = 0

    def register(self, seconds: float) -> None:
        """Everybody, evenly over so long; 0: one after the other."""
        place, begun = scene.registrar_place(self.box), time.monotonic()
        for number, address in enumerate(self.addresses):
            time.sleep(max(0.0, begun + number * seconds / _TELEPHONES - time.monotonic()))
            user = str(extensions.FIRST + number)
            with RawPhone(place, user, f"secret-{number}", address, 5060) as phone:
                sent = time.monotonic()
                self.refused += phone.register(expires_s=3600) != _OK
                self.times_ms.append((time.monotonic() - sent) * 1000)


def run(folder: Path, times: int) -> list[Figure]:
    """Once: `times` counts nothing here, there are 2,000 values."""
    with ExitStack() as stack:
        box, far = stack.enter_context(scene.site(folder, extensions.settings(requests_max=1000)))
        crowd = _Crowd(box)
        until(lambda: extensions.is_registered(box, "secret-0"), 30, "a telephone registers")
        crowd.register(0)
        crowd.times_ms.clear()
        time.sleep(_SETTLE_S)
        gateway, registrar = gateway_pid(box), group_of(registrar_pid(box))
        scene.call_out(box, far)
        before, begun = cpu_s(gateway), time.monotonic()
        calm = talk(box, far, folder, _QUIET_S)
        quiet = 100 * (cpu_s(gateway) - before) / (time.monotonic() - begun)
        thread = threading.Thread(target=crowd.register, args=(_SECONDS,), name="crowd")
        before, others, begun = cpu_s(gateway), sum(map(cpu_s, registrar)), time.monotonic()
        thread.start()
        result = talk(box, far, folder, _SECONDS, seed=3)
        thread.join()
        seconds = time.monotonic() - begun
        busy = 100 * (cpu_s(gateway) - before) / seconds
        registering = 100 * (sum(map(cpu_s, registrar)) - others) / seconds
        memory = sum(map(memory_mb, registrar))
        scene.hang_up(box, 1)
    up, down = result.line_to_rtp, result.rtp_to_line
    words = [_words(*pair) for pair in ((up, calm.line_to_rtp), (down, calm.rtp_to_line))]
    return [
        *(Figure(REGISTRAR_CPU, (registering,)), Figure(GATEWAY_CPU, (busy,)), Figure(QUIET_CPU, (quiet,))),
        *(Figure(ANSWER, tuple(crowd.times_ms)), Figure(REFUSED, (float(crowd.refused),))),
        *(Figure(LINE_TO_RTP, up.values, words[0]), Figure(RTP_TO_LINE, down.values, words[1])),
        Figure(MEMORY, (memory,)),
    ]


def _words(busy: Delays, calm: Delays) -> str:
    before = f"before, without them, median {median(calm.values):.1f} and {100 * calm.lost:.1f} %"
    return f"{100 * busy.lost:.1f} % of the time not recognised; {before}"
