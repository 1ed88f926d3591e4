"""CPU and memory: idle, and with two calls up."""

from pathlib import Path

from tests.bench import scene
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home
from tests.bench.usage import Windows, gateway_pid, memory_mb, pids_of
from tests.support.sound import fingerprint

IDLE_CPU = Measure(
    "CPU of the gateway, idle", "% of a core", "user and system time of all its threads, in windows of 3 s"
)
CPU = Measure(
    "CPU of the gateway, two calls",
    "% of a core",
    "likewise, while both telephones talk with far ends on the trunk, all four speaking (G.711, canceller on)",
    goal=15,
)
BOX_CPU = Measure(
    "CPU of the whole box, two calls",
    "% of a core",
    "likewise, with page, panel and all, without the simulated adapter",
)
MEMORY = Measure("memory of the gateway, two calls", "MB", "proportional share (PSS) at that time", goal=150)
BOX_MEMORY = Measure("memory of the whole box, two calls", "MB", "likewise of all its processes")
_WINDOWS, _WINDOW_S = 3, 3.0
_SPEECH_S = _WINDOWS * _WINDOW_S + 15


def run(home: Home, folder: Path, times: int) -> list[Figure]:
    """Idle, then two calls, each in windows one after the other."""
    gateway, all_of_it = [gateway_pid(home.box)], pids_of(home.box)
    values: dict[Measure, list[float]] = {each: [] for each in (IDLE_CPU, CPU, BOX_CPU, MEMORY, BOX_MEMORY)}
    for _ in range(times):
        with Windows(gateway, _WINDOWS, _WINDOW_S) as idle:
            pass
        _connect(home)
        _speak(home, folder)
        with Windows(gateway, _WINDOWS, _WINDOW_S) as busy, Windows(all_of_it, _WINDOWS, _WINDOW_S) as busy_box:
            pass
        assert len(home.box.calls()) == 2, home.box.status()
        values[IDLE_CPU] += idle.percents
        values[CPU] += busy.percents
        values[BOX_CPU] += busy_box.percents
        values[MEMORY].append(memory_mb(*gateway))
        values[BOX_MEMORY].append(memory_mb(*all_of_it))
        scene.hang_up(home.box, 1, 2)
    return [Figure(measure, tuple(taken)) for measure, taken in values.items()]


def _connect(home: Home) -> None:
    """One is called, the other calls; a call in rings whichever telephone is free."""
    scene.call_out(home.box, home.far, phone=1)
    call_id = scene.call_in(home.box, home.other, user="other", phone=2)
    home.box.phone(2).lift()
    home.other.wait("answered", call_id)


def _speak(home: Home, folder: Path) -> None:
    for number, far in enumerate((home.far, home.other), start=1):
        home.box.phone(number).play(fingerprint(number, _SPEECH_S), folder)
        far.speak(fingerprint(10 + number, _SPEECH_S))
