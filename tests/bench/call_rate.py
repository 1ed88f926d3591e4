"""How many two-leg calls a second are put through until the first one fails: the box, then Asterisk."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench import scene
from tests.bench.measure import Figure, Measure
from tests.support.asterisk import Asterisk
from tests.support.box import Box
from tests.support.network import free_port, loopback_address
from tests.support.sipp import Sipp

_STEPS = (20, 40, 60, 80, 120, 160, 240, 320, 480)  # calls a second
_STEP_S = 2.0
_END_S = 5  # for what is under way when a step is over

_HOW = (
    f"calls that are answered and hung up at once, {_STEP_S:.0f} s at each of {', '.join(map(str, _STEPS))} a second, "
    "one generator and one answering peer on the same machine; the highest rate at which none failed"
)
BOX = Measure("two-leg calls a second without a failure: box", "calls/s", _HOW, is_more_better=True)
ASTERISK = Measure("two-leg calls a second without a failure: Asterisk", "calls/s", "likewise", is_more_better=True)


def run(_: None, folder: Path, times: int) -> list[Figure]:
    """Each time a fresh box and a fresh Asterisk."""
    ours, theirs, missing = [], [], ""
    for number in range(times):
        with _box(folder / f"box{number}") as callers:
            ours.append(_climb(callers))
        try:
            with _asterisk(folder / f"asterisk{number}") as callers:
                theirs.append(_climb(callers))
        except AssertionError as error:
            missing = f"not measured: {error}"
    return [_figure(BOX, ours, ""), _figure(ASTERISK, theirs, missing)]


def _figure(measure: Measure, climbs: list[tuple[float, str]], missing: str) -> Figure:
    notes = [*(note for _, note in climbs), *([missing] if missing else [])]
    return Figure(measure, tuple(rate for rate, _ in climbs), "; ".join(notes))


@contextmanager
def _box(folder: Path) -> Iterator[list[Sipp]]:
    """Who calls at each step: each by a trunk of its own, for it has an address of its own."""
    own = loopback_address()
    port = free_port(own)
    folder.mkdir()
    with _called(folder) as called:
        callers = [_caller(folder, rate, f"in{rate}", f"{own}:{port}") for rate in _STEPS]
        trunks = [_trunk("out", _place(called))]
        for rate, caller in zip(_STEPS, callers, strict=True):
            trunks.append(_trunk(f"in{rate}", _place(caller), destination=f"number:{scene.NUMBER}"))
        settings: dict[str, object] = {
            "codecs": ["pcmu"],
            "sip/address": own,
            "sip/udp_port": port,
            "calls/voice_channels": 32,
        }
        settings |= {"audio/rtp_port_max": 20_000, "trunks": trunks, "dialling/routes": ["out"]}
        with Box(folder / "box", settings) as box:
            box.wait_trunk("out", "registered")
            yield callers


@contextmanager
def _asterisk(folder: Path) -> Iterator[list[Sipp]]:
    folder.mkdir()
    with _called(folder) as called, Asterisk.bridging(folder / "asterisk", _place(called)) as asterisk:
        yield [_caller(folder, rate, scene.NUMBER, f"{asterisk.address}:{asterisk.port}") for rate in _STEPS]


def _trunk(name: str, place: str, **more: object) -> dict[str, object]:
    common = {"transport": "udp", "is_registering": False, "srtp": "off"}
    return common | {"name": name, "username": name, "domain": place} | more


def _caller(folder: Path, rate: int, service: str, target: str) -> Sipp:
    ways: dict[str, Any] = {"target": target, "service": service, "calls": round(rate * _STEP_S), "rate": float(rate)}
    return Sipp(folder / str(rate), "call", time_out_s=round(_STEP_S) + _END_S, **ways)


def _called(folder: Path) -> Sipp:
    return Sipp(folder / "called", "answer", calls=1_000_000, time_out_s=600)


def _place(peer: Sipp) -> str:
    return f"{peer.address}:{peer.port}"


def _climb(callers: list[Sipp]) -> tuple[float, str]:
    """The last rate without a failure, and what happened at the next."""
    best = 0.0
    for rate, caller in zip(_STEPS, callers, strict=True):
        outcome = caller.run()
        if outcome.successful < round(rate * _STEP_S):
            return best, f"at {rate} a second {outcome.successful} of {rate * _STEP_S:.0f} went through"
        best = float(rate)
    return best, "no step failed"
