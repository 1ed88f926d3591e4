"""A box with 10,000 extensions: its start, and what a change of one of them costs a call that is up."""

import time
from pathlib import Path
from typing import Any

from tests.bench import scene
from tests.bench.measure import Figure, Measure
from tests.bench.start import first_dial_tone_s
from tests.bench.usage import gateway_pid, memory_mb
from tests.support.box import Box
from tests.support.network import loopback_address
from tests.support.raw_phone import RawPhone
from tests.support.waiting import until

EXTENSIONS = 10_000
FIRST = 10_000  # extensions 10000 to 19999
_OK = 200
_CHANGES_A_CALL = 10

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
    "audio gaps meanwhile",
    "slips",
    "of both directions' elastic buffers between line and bridge, in a call of the telephone with the far end, "
    f"during {_CHANGES_A_CALL} changes of a name and {_CHANGES_A_CALL} of a password",
)
MEMORY = Measure(f"memory of the gateway, {EXTENSIONS:,} extensions", "MB", "PSS, one call up")


def settings(**options: object) -> dict[str, object]:
    """10,000 extensions, each with a password, and a registrar for them."""
    passwords = {str(FIRST + number): f"secret-{number}" for number in range(EXTENSIONS - 2)}  # two are on sockets
    return scene.registrar(passwords, **options)


def run(folder: Path, times: int) -> list[Figure]:
    """Start it so often, then change settings in a call."""
    changed = settings(requests_max=1000)
    with Box(folder / "box", changed):
        pass
    starts, first = [], []
    for _ in range(times):
        box = Box(folder / "box", changed)
        dial_tone_s, registered_s = first_dial_tone_s(box, lambda box=box: is_registered(box, "secret-0"))  # type: ignore[misc]
        starts.append(dial_tone_s)
        first.append(registered_s)
    with scene.site(folder / "site", changed) as (box, far):
        until(lambda: is_registered(box, "secret-0"), 30, "a telephone registers")
        scene.call_out(box, far)
        memory = memory_mb(gateway_pid(box))
        before, begun = _slips(box), time.monotonic()
        changes = [_change_name(box, number) for number in range(_CHANGES_A_CALL)]
        counts = [_change_password(box, number) for number in range(_CHANGES_A_CALL)]
        lost, meanwhile_s = _slips(box) - before, time.monotonic() - begun
        time.sleep(meanwhile_s)
        quiet = _slips(box) - before - lost
        scene.hang_up(box, 1)
    return [
        *(Figure(START, tuple(starts)), Figure(REGISTRAR, tuple(first))),
        *(Figure(CHANGE, tuple(changes)), Figure(COUNTS, tuple(counts))),
        *(Figure(LOST, (float(lost),), f"{quiet} in as long a time without changes"), Figure(MEMORY, (memory,))),
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


def _change_password(box: Box, number: int) -> float:
    begun, password = time.monotonic(), f"other-{number}"
    box.set(**{f"extensions__{FIRST}__password": password})
    until(lambda: is_registered(box, password), 10, "the new password counts")
    return (time.monotonic() - begun) * 1000


def _slips(box: Box) -> int:
    time.sleep(1.1)  # the snapshot is taken once a second
    audio: Any = box.line("fxs1")["audio"]
    return int(audio["up"]["slips"]) + int(audio["down"]["slips"])
