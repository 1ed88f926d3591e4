"""Tells whether a far end gives back what it hears: plays a known sound and listens for it. Knows no call.

Join `EchoProbe.media` with the leg's media and ask `look` now and then. The sound glides as a voice does, so that
codecs made for speech let it pass, and no second of it is like itself at another place.
"""

import math
from array import array
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from firmware.dsp.levels import FULL_SCALE, SAMPLE_RATE_HZ
from firmware.dsp.likeness import Finder
from firmware.dsp.ring import Ring
from firmware.telephony.media.bridge import TwoWay
from firmware.telephony.media.tones import Rendered

LOOK_EVERY_S: Final = 0.35  # a little more than a piece: each look hears something new
_SOUND_SAMPLES: Final = SAMPLE_RATE_HZ  # delays are told apart up to a second
_PIECE_SAMPLES: Final = SAMPLE_RATE_HZ * 3 // 10  # short, so that a packet lost or a buffer that moves spoils few
_PIECE_BYTES: Final = 2 * _PIECE_SAMPLES
_ALIKE: Final = 0.5  # G.729 and GSM stay above; speech, music and noise below
_SAME_DELAY_SAMPLES: Final = SAMPLE_RATE_HZ * 30 // 1000  # jitter buffers move so much
_HZ: Final = (140.0, 250.0)
_HARMONICS: Final = range(2, 13)  # 280 to 3000 Hz
_PEAK: Final = 0.25
_TABLE: Final = 2048
_FADE_SAMPLES: Final = 80
_SILENT: Final = 100  # of 32767


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back so far. `is_sound`: anything at all; `is_echo`: what was played, `delay_ms` later."""

    is_sound: bool = False
    is_echo: bool = False
    delay_ms: int = 0


class EchoDecider:
    """Pure: an echo is heard when two pieces, one after the other, are like the sound with the same delay."""

    def __init__(self) -> None:
        self._finder = Finder(known_sound().pcm)
        self._delay: int | None = None
        self.heard = Heard()

    def take(self, piece: bytes, played: int) -> Heard:
        """`piece` ended when `played` samples of the sound, played round and round, had gone out."""
        if self.heard.is_echo:
            return self.heard
        is_sound = self.heard.is_sound or max(map(abs, array("h", piece)), default=0) > _SILENT
        found = self._finder.find(piece)
        before, self._delay = self._delay, None
        if found.likeness > _ALIKE:
            self._delay = (played - len(piece) // 2 - found.at) % _SOUND_SAMPLES
        is_echo = before is not None and self._delay is not None and _apart(before, self._delay) <= _SAME_DELAY_SAMPLES
        delay_ms = (self._delay or 0) * 1000 // SAMPLE_RATE_HZ if is_echo else 0
        self.heard = Heard(is_sound, is_echo, delay_ms)
        return self.heard


class EchoProbe:
    """Makes its port on the bridge (call thread; drop it there too). `look` is for one other thread: it computes."""

    def __init__(self) -> None:
        self._decider = EchoDecider()
        self._ring = Ring(4 * _PIECE_BYTES)
        self._taken = 0
        self.media = TwoWay("echo probe", known_sound(), self._ring)

    def look(self) -> Heard:
        """What came back so far; every LOOK_EVERY_S."""
        total, played = self.media.heard_bytes, self.media.played_bytes
        if total - self._taken < _PIECE_BYTES:
            return self._decider.heard
        self._taken = total
        return self._decider.take(self._ring.load(total - _PIECE_BYTES, _PIECE_BYTES), played // 2)


@lru_cache(maxsize=1)
def known_sound() -> Rendered:
    """A second of it, to be played round and round."""
    wave = [
        sum(math.sin(math.tau * harmonic * at / _TABLE) / math.sqrt(harmonic) for harmonic in _HARMONICS)
        for at in range(_TABLE)
    ]
    gain = FULL_SCALE * _PEAK / max(map(abs, wave))
    phase = 0.0
    samples = array("h")
    for at in range(_SOUND_SAMPLES):
        edge = min(1.0, at / _FADE_SAMPLES, (_SOUND_SAMPLES - at) / _FADE_SAMPLES)
        samples.append(int(gain * edge * wave[int(phase * _TABLE) % _TABLE]))
        phase += _HZ[0] * (_HZ[1] / _HZ[0]) ** (at / _SOUND_SAMPLES) / SAMPLE_RATE_HZ
    return Rendered(samples.tobytes(), 0)


def _apart(one: int, other: int) -> int:
    """On the circle of the sound."""
    apart = abs(one - other)
    return min(apart, _SOUND_SAMPLES - apart)
