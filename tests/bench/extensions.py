"""A box with 10,000 extensions: its start, and what a change of one of them costs a call that is up."""

import time
from pathlib import Path

from tests.bench import scene
from tests.bench.losses import HOW, losses
from tests.bench.measure import Figure, Measure
from tests.bench.sites import EXTENSIONS, FIRST, Crowd, crowd_settings
from tests.bench.start import first_dial_tone_s
from tests.bench.usage import gateway_pid, memory_mb
from tests.support.box import Box
from tests.support.network import loopback_address
from tests.support.raw_phone import RawPhone
from tests.support.waiting import until

_OK = 200
_REGISTERS_S = 30.0

_AMONG = f"one of {EXTENSIONS:,} extensions"
START = Measure(f"start of `twinline run` to dial tone, {EXTENSIONS:,} extensions", "s", "as without them", goal=2.0)
REGISTRAR = Measure(
    f"start of `twinline run` to the first IP telephone, {EXTENSIONS:,} extensions",
    "s",
    "from starting the process to the 200 for a REGISTER; asked every 50 ms",
)
CHANGE = Measure(
    f"a setting changed, {_AMONG}", "ms", "its name, until the change is on the disk and answered; a call is up"
)
COUNTS = Measure(
    f"a password changed, {_AMONG}", "ms", "from asking for the change to the 200 for a REGISTER with the new one"
)
LOST = Measure(
    "audio lost meanwhile",
    "blocks",
    f"{HOW}; in a call of the telephone with the far end, during these changes",
    goal=0,
)
MEMORY = Measure(f"memory of the gateway, {EXTENSIONS:,} extensions", "MB", "PSS, one call up")


def start(_: None, folder: Path, times: int) -> list[Figure]:
    """Start it so often, after a first time."""
    settings = crowd_settings()
    with Box(folder / "box", settings):
        pass
    starts, first = [], []
    for _number in range(times):
        box = Box(folder / "box", settings)
        dial_tone_s, registered_s = first_dial_tone_s(box, lambda box=box: is_registered(box, "secret-0"))  # type: ignore[misc]
        starts.append(dial_tone_s)
        first.append(registered_s)
    return [Figure(START, tuple(starts)), Figure(REGISTRAR, tuple(first))]


def run(crowd: Crowd, _: Path, times: int) -> list[Figure]:
    """Change so many names and passwords in a call, and listen as long without."""
    box = crowd.box
    until(lambda: is_registered(box, "secret-0"), _REGISTERS_S, "a telephone registers")
    scene.call_out(box, crowd.far)
    memory = memory_mb(gateway_pid(box))
    before, begun = losses(box), time.monotonic()
    changes = [_change_name(box, number) for number in range(times)]
    counts = [_change_password(box, f"other-{number}") for number in range(times)]
    lost, meanwhile_s = losses(box).since(before), time.monotonic() - begun
    time.sleep(meanwhile_s)
    quiet = losses(box).since(before)
    scene.hang_up(box, 1)
    _change_password(box, "secret-0")
    note = f"{lost}; {quiet.total - lost.total:.0f} in as long a time without changes"
    return [
        *(Figure(CHANGE, tuple(changes)), Figure(COUNTS, tuple(counts))),
        *(Figure(LOST, (lost.total,), note), Figure(MEMORY, (memory,))),
    ]


def is_registered(box: Box, password: str) -> bool:
    """Whether the first of them registers with that password, asked once."""
    # A new address each time: one that guesses passwords is shut out.
    with RawPhone(scene.registrar_place(box), str(FIRST), password, loopback_address()) as phone:
        phone.send(phone.text("OPTIONS"))
        if phone.receive(0.05) is None:  # the registrar is not there yet
            return False
        return phone.register() == _OK


def _change_name(box: Box, number: int) -> float:
    begun = time.monotonic()
    box.set(**{f"extensions__{FIRST + number}__name": f"Room {number} {begun:.0f}"})
    return (time.monotonic() - begun) * 1000


def _change_password(box: Box, password: str) -> float:
    begun = time.monotonic()
    box.set(**{f"extensions__{FIRST}__password": password})
    until(lambda: is_registered(box, password), _REGISTERS_S, "the new password counts")
    return (time.monotonic() - begun) * 1000
