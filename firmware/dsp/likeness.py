"""Finds a piece of audio in a sound that is played round and round: cross-correlation by libspandsp. Plays nothing."""

import math
from array import array
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from firmware.dsp import libraries
from firmware.dsp.libraries import Library

_ffi = libraries.declare("float vec_dot_prodf(const float x[], const float y[], int n);")
_QUIET = 30.0  # root mean square of 16-bit samples, -57 dBm0: codecs' noise, in which nothing can be told apart


@dataclass(frozen=True, slots=True)
class Found:
    """Where in the sound the piece is most like it, and how much: 1 is the same but for its level, unlike things stay
    below 0.4."""

    likeness: float
    at: int


NOWHERE = Found(0.0, 0)


@cache
def _library() -> Library:
    return libraries.load(_ffi, "libspandsp.so.2")


class Finder:
    """Knows one sound (16-bit), whose end is followed by its begin. Raises LibraryMissing."""

    def __init__(self, sound: bytes) -> None:
        samples = array("h", sound)
        self._samples = len(samples)
        round_and_round = samples + samples  # any piece up to the whole, wherever it begins
        self._sound = array("f", round_and_round)
        self._energy = list(accumulate((sample * sample for sample in round_and_round), initial=0))
        self._library = _library()

    def find(self, piece: bytes) -> Found:
        """The best place of all. Takes some 20 ms, most of it in C without the interpreter's lock."""
        samples = array("f", array("h", piece))
        length = len(samples)
        dot, sound, wanted = self._library.vec_dot_prodf, self._float(self._sound), self._float(samples)
        own_energy = dot(wanted, wanted, length)
        if not 0 < length <= self._samples or own_energy < length * _QUIET**2:
            return NOWHERE
        best = NOWHERE
        for at in range(self._samples):
            energy = own_energy * (self._energy[at + length] - self._energy[at])
            likeness = abs(dot(sound + at, wanted, length)) / math.sqrt(energy) if energy else 0.0
            if likeness > best.likeness:
                best = Found(likeness, at)
        return best

    def _float(self, samples: "array[float]") -> libraries.CData:
        return _ffi.from_buffer("float[]", samples)
