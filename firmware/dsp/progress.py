"""Detects call-progress tones (busy, dial, ...) by Goertzel filters of libspandsp; knows no country and no call."""

from array import array
from collections.abc import Sequence
from functools import cache
from operator import mul
from typing import Final

from firmware.dsp import libraries
from firmware.dsp.cadence import SILENCE, CadenceMatcher, TonePattern, ToneStep
from firmware.dsp.levels import SAMPLE_RATE_HZ, peak_of_sine
from firmware.dsp.libraries import CData, Library

__all__ = ["ToneDetector", "TonePattern", "ToneStep"]

_ffi = libraries.declare(
    """
    typedef struct { float fac; int samples; } goertzel_descriptor_t;
    typedef struct goertzel_state_s goertzel_state_t;
    void make_goertzel_descriptor(goertzel_descriptor_t *t, float freq, int samples);
    goertzel_state_t *goertzel_init(goertzel_state_t *s, goertzel_descriptor_t *t);
    int goertzel_update(goertzel_state_t *s, const void *amp, int samples);
    float goertzel_result(goertzel_state_t *s);
    int goertzel_free(goertzel_state_t *s);
    """
)

_BLOCK: Final = 160
_BLOCK_MS: Final = _BLOCK * 1000 // SAMPLE_RATE_HZ
_MAX_PATTERNS: Final = 32  # a country has about ten; bounds the work of a block

_MIN_DBM0: Final = -43.0  # ITU-T Q.35 tones arrive well above; idle noise of a line is below
_SILENCE_BELOW_TONE: Final = 10 ** (-15 / 10)  # on a noisy line a pause is what is 15 dB below the tone
# Of the power of a block. A generator 15 Hz off (E.180's tolerance) still leaves 0.74 in a 20 ms Goertzel.
_MIN_SHARE: Final = 0.65
_MIN_SHARE_EACH: Final = 0.12  # of a sum's weaker part: 8 dB of twist


@cache
def _library() -> Library:
    return libraries.load(_ffi, "libspandsp.so.2")


class ToneDetector:
    """Tells which of some named patterns is heard in 16-bit 8 kHz blocks of any size.

    Raises ValueError for more than 32 patterns, LibraryMissing.
    """

    def __init__(self, patterns: Sequence[TonePattern]) -> None:
        if len(patterns) > _MAX_PATTERNS:
            raise ValueError(f"{len(patterns)} tone patterns are more than {_MAX_PATTERNS}")
        self._library = _library()
        self._matcher = CadenceMatcher(patterns)
        steps = {step.hz for pattern in patterns for step in pattern.steps if step.hz}
        self._sums = sorted(steps, key=len)  # a single tone is tried before a sum that contains it
        self._filters = {hz: self._filter(hz) for sums in self._sums for hz in sums}
        self._waiting = b""
        self._min_energy = _BLOCK * peak_of_sine(_MIN_DBM0) ** 2 / 2
        self._tone_energy = 0.0
        self._was_unclear = False

    @property
    def current(self) -> str | None:
        """The name of the pattern that sounds now."""
        return self._matcher.current

    def feed(self, pcm: bytes) -> str | None:
        """Take a block; return a pattern's name once, when it is recognised."""
        pcm = self._waiting + pcm if self._waiting else pcm
        recognised = None
        whole = len(pcm) - len(pcm) % (2 * _BLOCK)
        for start in range(0, whole, 2 * _BLOCK):
            recognised = self._matcher.take(self._classify(pcm[start : start + 2 * _BLOCK]), _BLOCK_MS) or recognised
        self._waiting = pcm[whole:]
        return recognised

    def _classify(self, block: bytes) -> tuple[float, ...] | None:
        samples = array("h", block)
        energy = float(sum(map(mul, samples, samples)))
        if energy < max(self._min_energy, self._tone_energy * _SILENCE_BELOW_TONE):
            return SILENCE
        shares = self._shares(block, energy)
        for sums in self._sums:
            heard = [shares[hz] for hz in sums]
            if sum(heard) >= _MIN_SHARE and min(heard) >= _MIN_SHARE_EACH:
                self._tone_energy, self._was_unclear = energy, False
                return sums
        if self._was_unclear:  # the first unclear block may be the edge of a tone
            self._tone_energy = 0.0
        self._was_unclear = True
        return None

    def _shares(self, block: bytes, energy: float) -> dict[float, float]:
        """The share of each frequency in the energy of the block."""
        library, shares = self._library, {}
        for hz, state in self._filters.items():
            library.goertzel_update(state, block, _BLOCK)
            shares[hz] = library.goertzel_result(state) / (_BLOCK * energy)
        return shares

    def _filter(self, hz: float) -> CData:
        descriptor = _ffi.new("goertzel_descriptor_t *")
        self._library.make_goertzel_descriptor(descriptor, hz, _BLOCK)
        return _ffi.gc(self._library.goertzel_init(_ffi.NULL, descriptor), self._library.goertzel_free)
