"""The same call through the box and through Asterisk: in by one trunk, out by another. Asterisk is the yardstick."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import scene
from tests.bench.far_end import FarEnd
from tests.bench.measure import Figure, Measure
from tests.bench.usage import cpu_s, gateway_pid, memory_mb
from tests.support.sound import fingerprint
from tests.support.waiting import until

_HOW = "G.711 both ways, answered at once by the far end; box and Asterisk take turns in the same run"
SET_UP = Measure("two-leg call, set-up: box", "ms", f"from the INVITE's leaving the caller to its 200; {_HOW}")
SET_UP_ASTERISK = Measure("two-leg call, set-up: Asterisk", "ms", "likewise")
SET_UP_RATIO = Measure("two-leg call, set-up: box / Asterisk", "ratio", "of each pair of calls")
CPU = Measure(
    "two-leg call of 10 s, CPU: box (gateway)", "s", "user and system time of the process that carries the call"
)
CPU_ASTERISK = Measure("two-leg call of 10 s, CPU: Asterisk", "s", "likewise")
CPU_RATIO = Measure("two-leg call, CPU: box / Asterisk", "ratio", "of each pair of calls")
MEMORY = Measure("two-leg call, memory: box (gateway)", "MB", "PSS of the process that carries the call, at its end")
MEMORY_ASTERISK = Measure("two-leg call, memory: Asterisk", "MB", "likewise")
MEMORY_RATIO = Measure("two-leg call, memory: box / Asterisk", "ratio", "of each pair of calls")

_TALK_S = 10.0


@dataclass(frozen=True, slots=True)
class Rig:
    """Something that puts calls through from `caller` to `called`."""

    caller: FarEnd
    called: FarEnd
    user: str
    place: tuple[str, int]
    pid: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one call."""

    set_up_ms: float
    cpu_s: float
    memory_mb: float


def run(folder: Path, times: int) -> list[Figure]:
    """Call by call in turns: what disturbs one disturbs the other."""
    try:
        asterisk: Any = importlib.import_module("tests.support.asterisk").Asterisk
    except ImportError:
        return [Figure(SET_UP_RATIO, note="not measured: Asterisk's rig is not there")]
    with ExitStack() as stack:
        box = stack.enter_context(_box(folder / "ours"))
        try:
            other = stack.enter_context(_asterisk(folder / "theirs", asterisk.bridging))
        except AssertionError as error:
            return [Figure(SET_UP_RATIO, note=f"not measured: {error}")]
        for rig in (box, other):
            _call(rig, 1.0)  # the first call of a process loads code and fills caches
        pairs = [(_call(box, _TALK_S), _call(other, _TALK_S)) for _ in range(times)]
    return _figures(pairs)


@contextmanager
def _box(folder: Path) -> Iterator[Rig]:
    with FarEnd(folder / "caller") as caller, FarEnd(folder / "called") as called:
        trunks = [
            scene.trunk("in", caller, destination=f"number:{scene.NUMBER}"),
            scene.trunk("out", called),
        ]
        settings = {"trunks": trunks, "dialling/routes": ["out"]}
        with scene.box_with(folder / "box", {"in": caller, "out": called}, settings) as box:
            yield Rig(caller, called, "in", scene.sip_place(box), gateway_pid(box))


@contextmanager
def _asterisk(folder: Path, bridging: Callable[..., Any]) -> Iterator[Rig]:
    with (
        FarEnd(folder / "caller") as caller,
        FarEnd(folder / "called") as called,
        bridging(folder / "asterisk", called.place) as asterisk,
    ):
        yield Rig(caller, called, scene.NUMBER, (asterisk.address, asterisk.port), asterisk.pid)


def _call(rig: Rig, seconds: float) -> Cost:
    before, before_id = cpu_s(rig.pid), rig.called.last_id()
    call_id = rig.caller.call(rig.user, *rig.place)
    answered = rig.caller.wait("answered", call_id)
    set_up_ms = (answered - rig.caller.stamps(call_id)["invite"]) * 1000
    called_id = rig.called.last_id()
    assert called_id != before_id, "the call was answered, but not by the far end"
    for seed, far in enumerate((rig.caller, rig.called)):
        far.forget()
        far.speak(fingerprint(seed, seconds + 1))
    packets = int(seconds / 0.020)
    until(lambda: rig.caller.count() >= packets and rig.called.count() >= packets, seconds + 10, "RTP both ways")
    memory = memory_mb(rig.pid)
    rig.caller.hang_up()
    rig.called.wait("bye", called_id)
    return Cost(set_up_ms, cpu_s(rig.pid) - before, memory)


def _figures(pairs: list[tuple[Cost, Cost]]) -> list[Figure]:
    figures = []
    for ours, theirs, ratio, field in (
        (SET_UP, SET_UP_ASTERISK, SET_UP_RATIO, "set_up_ms"),
        (CPU, CPU_ASTERISK, CPU_RATIO, "cpu_s"),
        (MEMORY, MEMORY_ASTERISK, MEMORY_RATIO, "memory_mb"),
    ):
        values = [(getattr(box, field), getattr(asterisk, field)) for box, asterisk in pairs]
        figures += [
            Figure(ours, tuple(box for box, _ in values)),
            Figure(theirs, tuple(asterisk for _, asterisk in values)),
            Figure(ratio, tuple(box / asterisk for box, asterisk in values if asterisk)),
        ]
    return figures
