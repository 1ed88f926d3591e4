"""An ear that knows tones: on and off times to 5 ms, frequencies, a name. Knows no line; asks no clock."""

import math
from array import array
from collections import deque
from dataclasses import asdict, dataclass

from firmware.fxs.simulator.clock import ms_of
from firmware.fxs.simulator.spectrum import WINDOW, frequencies, level_dbm0
from firmware.fxs.simulator.tone_names import name_of

_STEP = 40  # 5 ms: cadences are told apart by tens of ms
_AUDIBLE_SQUARE = 114.0**2  # mean square of -43 dBm0; below is echo, noise, comfort noise
# The beat of 440 and 480 Hz nearly vanishes for 10 ms, and blocks that come too late leave a hole: those are no pause.
_BRIDGED_STEPS = 9
_FORGET_SAMPLES = 6 * 8000  # longer than any pause within a cadence but call waiting's
_NO_AUDIO = 400  # two blocks of 20 ms and some: the line's audio was stopped
_SHOWN_TIMES = 8  # two turns of the longest cadence
_AGAIN_STEPS = 100  # a tone that goes on is looked at twice a second


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone heard: Hz, the last complete on/off times in ms (on first), level of the last burst."""

    name: str
    countries: str
    hz: tuple[int, ...]
    cadence_ms: tuple[int, ...]
    is_on: bool
    level_dbm0: float

    def as_json(self) -> dict[str, object]:
        """For `state`."""
        return asdict(self)


class ToneEar:
    """Feed it every block that is heard, by its first sample; ask `tone_at` when somebody wants to know."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: the handset was put down."""
        self._times: deque[tuple[bool, int]] = deque(maxlen=_SHOWN_TIMES)
        self._is_on = False
        self._since = 0
        self._next = 0
        self._quiet_steps = 0
        self._on_steps = 0
        self._square_sum = 0.0
        self._hz: tuple[int, ...] = ()
        self._piece = array("h")

    def feed(self, start: int, pcm: bytes) -> None:
        """Hear 16-bit audio; a gap since the last block is silence."""
        if start > self._next + _STEP and self._is_on:
            self._pause(self._next)
        if not self._is_on and pcm.count(0) == len(pcm):
            self._next = start + len(pcm) // 2
            return
        samples = array("h", pcm)
        for offset in range(0, len(samples), _STEP):
            piece = samples[offset : offset + _STEP]
            # hypot runs in C: a Python sum of squares costs four times as much
            self._step(start + offset, piece, math.hypot(*piece) ** 2 / len(piece))
        self._next = start + len(samples)

    def tone_at(self, sample: int) -> Tone | None:
        """What is heard at `sample`; None in silence or while it is no tone."""
        if self._is_on and sample - self._next > _NO_AUDIO:
            self._pause(self._next)
        if not self._hz or (not self._is_on and sample - self._since > _FORGET_SAMPLES):
            return None
        done = [ms for _, ms in self._times]
        name, countries = name_of(self._hz, done, ms_of(max(0, sample - self._since)), self._is_on)
        shown = done if not self._times or self._times[0][0] else done[1:]
        level = level_dbm0(self._square_sum / max(1, self._on_steps))
        return Tone(name, countries, self._hz, tuple(shown), self._is_on, round(level, 1))

    def _step(self, start: int, piece: array, square: float) -> None:  # type: ignore[type-arg]
        if square < _AUDIBLE_SQUARE:
            self._quiet_steps += 1
            if self._is_on and self._quiet_steps > _BRIDGED_STEPS:
                self._pause(start - _STEP * _BRIDGED_STEPS)
            elif self._is_on:
                self._piece += piece
            return
        self._quiet_steps = 0
        if not self._is_on:
            self._begin(start)
        self._on_steps += 1
        self._square_sum += square
        if len(self._piece) < WINDOW:
            self._piece += piece
            if len(self._piece) >= WINDOW:
                self._recognise()
        elif self._on_steps % _AGAIN_STEPS == 0:
            self._piece = array("h")

    def _begin(self, start: int) -> None:
        silence = start - self._since
        if silence > _FORGET_SAMPLES:
            self._times.clear()
            self._hz = ()
        elif self._times:
            self._times.append((False, ms_of(silence)))
        self._is_on, self._since = True, start
        self._on_steps, self._square_sum = 0, 0.0
        self._piece = array("h")

    def _pause(self, start: int) -> None:
        self._times.append((True, ms_of(start - self._since)))
        self._is_on, self._since = False, start
        self._quiet_steps = 0

    def _recognise(self) -> None:
        hz = frequencies(self._piece[:WINDOW])
        if hz != self._hz:
            self._times.clear()
        self._hz = hz
