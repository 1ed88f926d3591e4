"""Where, in what was heard, is what was said? By correlation in short windows; for sounds of any length."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.support.sound import RATE_HZ, Samples

# Short: two clocks that are being brought together bend a longer piece out of likeness to itself.
_WINDOW = RATE_HZ // 8
_STEP = RATE_HZ // 4
_LIKE = 0.5  # unlike noises of this length stay under 0.3


@dataclass(frozen=True, slots=True)
class Found:
    """Sample `said` of what was said is sample `heard` of what was heard."""

    said: int
    heard: int


@dataclass(frozen=True, slots=True)
class Search:
    """What was found, and in how many windows there was nothing like it."""

    found: list[Found]
    missed: int


def search(said: Samples, heard: Samples, expected: Callable[[int], tuple[int, int]]) -> Search:
    """Look for each window of `said` where `expected(its first sample)` tells: from sample, to sample of `heard`."""
    found, missed = [], 0
    for start in range(_STEP // 2, len(said) - _WINDOW, _STEP):
        first, last = (max(0, min(len(heard), place)) for place in expected(start))
        correlation, place = _place(said[start : start + _WINDOW], heard[first:last])
        if correlation >= _LIKE:
            found.append(Found(start, first + place))
        else:
            missed += 1
    return Search(found, missed)


def spans(found: list[Found]) -> Iterator[tuple[int, int, int]]:
    """Each found window with what of `heard` goes with it: (said - heard), from sample, to sample."""
    for each in found:
        yield each.said - each.heard, each.heard - _STEP // 2, each.heard + _STEP // 2


def _place(wanted: Samples, sound: Samples) -> tuple[float, int]:
    """Normalised cross-correlation: its highest value, and where."""
    length = len(wanted)
    if len(sound) < length:
        return 0.0, 0
    size = 1 << (len(sound) + length).bit_length()
    spectrum: NDArray[np.complex128] = np.fft.rfft(sound.astype(np.float64), size)
    product = np.fft.irfft(spectrum * np.conj(np.fft.rfft(wanted.astype(np.float64), size)), size)
    energy = np.cumsum(np.concatenate(([0.0], sound.astype(np.float64) ** 2)))
    loudness = np.sqrt(np.maximum(energy[length:] - energy[:-length], 1.0))
    like = np.abs(product[: len(loudness)]) / (loudness * max(float(np.linalg.norm(wanted.astype(np.float64))), 1.0))
    best = int(np.argmax(like))
    return float(like[best]), best
