"""Renders a tone of a country profile to audio that can be looped; pure: plays nothing, knows no call."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from firmware.countries import Tone, ToneStep

SAMPLE_RATE_HZ: Final = 8000
FULL_SCALE: Final = 32767
FULL_SCALE_SINE_DBM0: Final = 3.14  # ITU-T G.711: the same scale as firmware.dsp.levels

_SAMPLES_PER_MS: Final = SAMPLE_RATE_HZ // 1000
_BYTES_PER_SAMPLE: Final = 2
_FADE: Final = 16  # 2 ms: takes the click off a tone that starts or stops amid its period
_MAX_REPEATS: Final = 60  # of a steady loop whose frequencies do not fit it once; a minute of it at the most
_MAX_LOOP_SAMPLES: Final = 60 * SAMPLE_RATE_HZ
_TOLERANCE_PERIODS: Final = 1e-3  # a phase step of 0.4 degrees is far below hearing
_CACHED: Final = 64  # all tones of a country, a few times over; a tone is under 1 MB and mostly 20 to 100 KB


@dataclass(frozen=True, slots=True)
class Rendered:
    """16-bit LE 8 kHz audio. At its end go on at byte `loop_from`; None: it is over, silence follows."""

    pcm: bytes
    loop_from: int | None


class Player:
    """Reads a rendered sound in blocks: to its end, or round from `loop_from` for ever."""

    def __init__(self, sound: Rendered) -> None:
        self._sound = sound
        self._at = 0

    @property
    def is_done(self) -> bool:
        """All was read; never true of a loop."""
        return self._sound.loop_from is None and self._at >= len(self._sound.pcm)

    def read(self, size: int) -> bytes:
        """The next `size` bytes, silence after the end."""
        pcm, loop_from = self._sound.pcm, self._sound.loop_from
        out = pcm[self._at : self._at + size]
        self._at += len(out)
        while len(out) < size and loop_from is not None and len(pcm) > loop_from:
            more = pcm[loop_from : loop_from + size - len(out)]
            self._at = loop_from + len(more)
            out += more
        return out + bytes(size - len(out))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A step with its place in time and its neighbours, which decide where frequencies fade in and out."""

    step: ToneStep
    start: int
    before: ToneStep | None
    after: ToneStep | None


@lru_cache(maxsize=_CACHED)
def render(tone: Tone) -> Rendered:
    """The audio of a tone. Phases run on from step to step and through the loop; only what starts or stops fades."""
    steps, loop_at = _unroll(tone)
    samples = array("h")
    starts = []
    for index, step in enumerate(steps):
        starts.append(len(samples))
        before = steps[index - 1] if index else None
        after = steps[index + 1] if index + 1 < len(steps) else None
        if loop_at is not None:
            before = steps[-1] if index == loop_at == 0 else before
            after = after or steps[loop_at]
        samples.extend(_render_step(_Placed(step, starts[index], before, after)))
    return Rendered(samples.tobytes(), None if loop_at is None else starts[loop_at] * _BYTES_PER_SAMPLE)


def _unroll(tone: Tone) -> tuple[list[ToneStep], int | None]:
    """The steps to render and the one at which the loop starts."""
    steps = list(tone.steps)
    if tone.loop_from is None:
        return steps, None
    loop = steps[tone.loop_from :]
    loop = loop * _repeats(loop)
    if not tone.loop_from:
        return loop, 0
    # The first pass comes out of the prelude, the later ones out of the loop itself: their beginnings differ.
    first = steps[: tone.loop_from] + loop
    return first + loop, len(first)


def _repeats(loop: Sequence[ToneStep]) -> int:
    """How often a loop must be written out, until all that sounds through its end has come round to its own phase."""
    through = [hz for hz in _components(loop[-1]) if hz in _components(loop[0])]
    samples = sum(step.ms for step in loop) * _SAMPLES_PER_MS
    most = max(1, min(_MAX_REPEATS, _MAX_LOOP_SAMPLES // samples))

    def misfit(repeats: int) -> float:
        periods = [hz * samples * repeats / SAMPLE_RATE_HZ for hz in through]
        return max((abs(value - round(value)) for value in periods), default=0.0)

    fitting = (repeats for repeats in range(1, most + 1) if misfit(repeats) <= _TOLERANCE_PERIODS)
    return next(fitting, min(range(1, most + 1), key=misfit))


def _components(step: ToneStep) -> dict[float, float]:
    """Frequency to amplitude. Full modulation is a carrier with two sidebands of half its amplitude."""
    peak = FULL_SCALE * math.pow(10, (step.dbm0 - FULL_SCALE_SINE_DBM0) / 20)
    found = dict.fromkeys(step.hz, peak)
    if step.am_hz:
        for hz in step.hz:
            for side in (hz - step.am_hz, hz + step.am_hz):
                found[side] = found.get(side, 0.0) + peak / 2
    return found


def _render_step(placed: _Placed) -> "array[int]":
    step = placed.step
    count = step.ms * _SAMPLES_PER_MS
    waves = [_wave(hz, peak, placed) for hz, peak in _components(step).items()]
    if not waves:
        return array("h", bytes(count * _BYTES_PER_SAMPLE))
    mixed = waves[0] if len(waves) == 1 else list(map(sum, zip(*waves, strict=True)))
    return array("h", [max(-FULL_SCALE, min(FULL_SCALE, round(value))) for value in mixed])


def _wave(hz: float, peak: float, placed: _Placed) -> list[float]:
    count = placed.step.ms * _SAMPLES_PER_MS
    omega = 2 * math.pi * hz / SAMPLE_RATE_HZ
    first = placed.start
    wave = [peak * math.sin(omega * index) for index in range(first, first + count)]
    fade = min(_FADE, count // 2)
    if placed.before is None or hz not in _components(placed.before):
        for index in range(fade):
            wave[index] *= index / fade
    if placed.after is None or hz not in _components(placed.after):
        for index in range(fade):
            wave[-1 - index] *= index / fade
    return wave
