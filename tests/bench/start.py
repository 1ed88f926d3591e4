"""How soon after `twinline run` a telephone has dial tone."""

import time
from collections.abc import Callable
from pathlib import Path

from firmware.control import Refused, Unreachable
from tests.bench.measure import Figure, Measure
from tests.support.box import ROOT, Box
from tests.support.process import Program
from tests.support.waiting import until

START = Measure(
    "start of `twinline run` to dial tone",
    "s",
    "from starting the process to the first sample of the tone; the telephone is lifted once its line is served",
    goal=2.0,
)


def run(_: None, folder: Path, times: int) -> list[Figure]:
    """Start a box, lift, stop it. Its folder has been used before: the first start, which makes it, does not count."""
    with Box(folder / "box"):
        pass
    return [Figure(START, tuple(first_dial_tone_s(Box(folder / "box"))[0] for _ in range(times)))]


def first_dial_tone_s(box: Box, is_more: Callable[[], bool] = lambda: True) -> tuple[float, float]:
    """From starting the process, whose settings are there, to the tone's first sample, and until `is_more`."""
    program = Program(box.command("run", "--simulate"), box.folder.with_suffix(".log"), folder=ROOT)
    begun = time.monotonic()
    with program, box.gateway, box.simulator:
        until(lambda: _is_lifted(box), 30, "a telephone that can be lifted")
        until(lambda: box.phone(1).state["first_tone_at"], 30, "dial tone")
        until(is_more, 30, "what is waited for besides")
        more_s = time.monotonic() - begun
        return float(box.phone(1).state["first_tone_at"] - begun), more_s


def _is_lifted(box: Box) -> bool:
    try:
        if not box.is_ready():
            return False
        box.phone(1).lift()
    except (Unreachable, Refused):
        return False
    return True
