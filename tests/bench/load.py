"""CPU and memory of the gateway: idle, and with two calls up."""

from pathlib import Path

from tests.bench import scene
from tests.bench.far_end import FarEnd
from tests.bench.measure import Figure, Measure
from tests.bench.usage import cpu_percent, gateway_pid, memory_mb
from tests.support.box import Box
from tests.support.sound import fingerprint

IDLE_CPU = Measure("CPU of the gateway, idle", "% of a core", "user and system time of all its threads over 15 s")
CPU = Measure(
    "CPU of the gateway, two calls",
    "% of a core",
    "likewise, while both telephones talk with far ends on the trunk, all four speaking (G.711, canceller on)",
    goal=15,
)
MEMORY = Measure("memory of the gateway, two calls", "MB", "proportional share (PSS) at that time", goal=150)
_SECONDS = 15.0
_SPEECH_S = _SECONDS + 15


def run(folder: Path, times: int) -> list[Figure]:
    """Idle, then two calls, each for 15 s."""
    idle, busy, memory = [], [], []
    with (
        FarEnd(folder / "far1") as one,
        FarEnd(folder / "far2") as other,
        scene.box_with(folder / "box", {"one": one, "two": other}) as box,
    ):
        pid = gateway_pid(box)
        for _ in range(times):
            idle.append(cpu_percent(pid, _SECONDS))
            _connect(box, one, other)
            _speak(box, folder, one, other)
            busy.append(cpu_percent(pid, _SECONDS))
            assert len(box.calls()) == 2, box.status()
            memory.append(memory_mb(pid))
            scene.hang_up(box, 1, 2)
    return [Figure(IDLE_CPU, tuple(idle)), Figure(CPU, tuple(busy)), Figure(MEMORY, tuple(memory))]


def _connect(box: Box, one: FarEnd, other: FarEnd) -> None:
    """One is called, the other calls; a call in rings whichever telephone is free."""
    scene.call_out(box, one, phone=1)
    call_id = scene.call_in(box, other, user="two", phone=2)
    box.phone(2).lift()
    other.wait("answered", call_id)


def _speak(box: Box, folder: Path, *fars: FarEnd) -> None:
    for number, far in enumerate(fars, start=1):
        box.phone(number).play(fingerprint(number, _SPEECH_S), folder)
        far.speak(fingerprint(10 + number, _SPEECH_S))
