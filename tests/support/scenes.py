"""What happens again and again with a box: settling down, connecting telephones, hearing one another."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.support.box import Box, Phone, Refused
from tests.support.sound import RATE_HZ, Samples, fingerprint, likeness, read_wav
from tests.support.waiting import until

IDLE = {"on-hook", "idle"}
# Two clocks that are being brought together bend half a second of sound out of likeness to itself; 0.1 s is like.
WINDOW_S = 0.1
LIKE = 0.7
UNLIKE = 0.5
SAID_S = 1.0
HEARD_S = 0.7
# A machine that has too much to do cuts pieces out of sound, and with them digits. What fails each time is a fault.
TRIES = 3
TRY_S = 4.0


# ---- settling ------------------------------------------------------------------------------------------


def calm(box: Box) -> None:
    """All faults off, every handset down, nothing on the outside line, no call: ready for the next test."""
    box.fault(reset=True, country=box.settings.get("country", "US"))
    if box.outside.state["ringing"] and box.phone(1).state["ringing"]:
        box.phone(1).lift()  # sooner than the end of ringing is seen
        comes(lambda: box.outside.state["state"] == "talking")
    for number in (1, 2):
        phone = box.phone(number)
        phone.do("stop")
        if phone.state["hook"] == "off-hook":
            phone.hang_up()
    box.outside.do("stop")
    with contextlib.suppress(Refused):  # there is no call
        box.outside.hang_up()
    until(lambda: _is_idle(box), 20, "all is idle")


def _is_idle(box: Box) -> bool:
    for number in (1, 2):
        if box.phone(number).state["ringing"]:  # a call left on hold wants to be taken back
            box.phone(number).lift()
            until(lambda: not any(call["state"] == "held" for call in box.calls()), 5, "the call is taken back")
            box.phone(number).hang_up()
            box.wait_line(f"fxs{number}", "on-hook")
    status = box.status()
    lines = {line["state"] for line in status["lines"]}
    is_outside_idle = box.outside.state["state"] == "idle"
    return lines <= IDLE and is_outside_idle and not status["calls"] and status["channels"]["used"] == 0


def states(box: Box) -> dict[str, str]:
    """Every line's state."""
    return {line["line"]: line["state"] for line in box.status()["lines"]}


@contextlib.contextmanager
def changed(box: Box, **changes: object) -> Iterator[None]:
    """Settings other than usual; `__` stands for `/` in a path."""
    before = {path: box.gateway.call("settings.get", path=path.replace("__", "/")) for path in changes}
    try:
        _set(box, changes)
        yield
    finally:
        _set(box, before)


def _set(box: Box, changes: Mapping[str, object]) -> None:
    box.set(**changes)
    if "country" in changes:  # its tones are made first
        until(lambda: box.status()["country"] == changes["country"], 5, "the country counts")


# ---- calling -------------------------------------------------------------------------------------------


def comes(condition: Callable[[], object], within_s: float = TRY_S) -> bool:
    """Whether it becomes true in time."""
    try:
        until(condition, within_s, "it")
    except AssertionError:
        return False
    return True


def dial_until(
    box: Box, number: int, digits: str, has_worked: Callable[[], object], within_s: float = TRY_S, **how: object
) -> None:
    """Lift, dial, and see that it has worked; a number that was torn to pieces is dialled again."""
    for _ in range(TRIES):
        box.phone(number).lift_and_dial(digits, **how)
        if comes(has_worked, within_s):
            return
        put_down(box, number)
    raise AssertionError(f"{digits} was dialled {TRIES} times on telephone {number}: {states(box)}")


def ring_other(box: Box, caller: int = 1, called: int = 2) -> None:
    """One telephone calls the other, which rings."""
    dial_until(box, caller, extension(called), lambda: box.phone(called).state["ringing"])


def call_service(box: Box, number: int, code: str) -> None:
    """A telephone talks to the box itself."""
    dial_until(box, number, code, lambda: box.line(f"fxs{number}")["state"] == "talking")


def put_down(box: Box, number: int) -> None:
    """Put the handset down; the box has seen it."""
    box.phone(number).hang_up()
    box.wait_line(f"fxs{number}", "on-hook")


def connect(box: Box, caller: int = 1, called: int = 2) -> None:
    """One telephone calls the other, which answers."""
    ring_other(box, caller, called)
    box.phone(called).lift()
    box.wait_line(f"fxs{caller}", "talking")
    box.wait_line(f"fxs{called}", "talking")


def extension(number: int) -> str:
    """Of a telephone, in a box as it comes."""
    return f"10{number}"


# ---- hearing -------------------------------------------------------------------------------------------


def heard(speaker: Phone, listener: Phone, folder: Path, seed: int = 1) -> float:
    """How like what is said at one end is to what arrives at the other meanwhile, 0 to 1."""
    said: Samples = fingerprint(seed, SAID_S)
    speaker.play(said, folder)
    return likeness(said, listener.record(HEARD_S, folder), window_s=WINDOW_S).correlation


def assert_talking(one: Phone, other: Phone, folder: Path) -> None:
    """Each hears the other."""
    assert_heard(one, other, folder)
    assert_heard(other, one, folder)


def assert_heard(speaker: Phone, listener: Phone, folder: Path) -> None:
    """What is said at one end arrives at the other."""
    assert any(heard(speaker, listener, folder, seed) > LIKE for seed in range(TRIES))


@contextlib.contextmanager
def recording(phone: Phone, seconds: float, folder: Path) -> Iterator[list[Samples]]:
    """Record what the ear hears while the block runs and after it; the sound is in the list then."""
    path = folder / "hears-meanwhile.wav"
    path.unlink(missing_ok=True)
    phone.do("record", seconds=seconds, path=str(path), background=True)
    sound: list[Samples] = []
    yield sound
    wanted = int(seconds * RATE_HZ)
    until(lambda: path.exists() and len(read_wav(path)[0]) >= wanted, seconds + 5, "the recording is over")
    sound.append(read_wav(path)[0])


def assert_silent(speaker: Phone, listener: Phone, folder: Path) -> None:
    """What is said at one end does not arrive at the other."""
    assert heard(speaker, listener, folder) < UNLIKE


# ---- the processes of a box ----------------------------------------------------------------------------


def gateway_pid(box: Box) -> int:
    """The gateway's process; AssertionError while there is none."""
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes().split(b"\0") if process.name.isdecimal() else []
        except OSError:  # it has ended
            continue
        if b"gateway" in words and str(box.folder).encode() in words:
            return int(process.name)
    raise AssertionError("the box has no gateway")


def kill_gateway(box: Box) -> int:
    """As a crash would: without a word. Returns the process that is no more."""
    pid = gateway_pid(box)
    os.kill(pid, signal.SIGKILL)
    return pid
