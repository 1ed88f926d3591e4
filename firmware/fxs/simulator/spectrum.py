"""Which supervisory frequencies a short piece of audio holds, by single DFT bins. Knows no cadence."""

import math
from array import array
from functools import cache
from operator import mul

from firmware.dsp.levels import FULL_SCALE, FULL_SCALE_SQUARE_DBM0, SAMPLE_RATE_HZ

# 80 ms: the shortest tone of any cadence is 100 ms, and a Hann window this long tells 425 from 440 Hz.
WINDOW = 640

# Dial, ringback, busy, congestion and waiting tones of ITU-T E.180 suppl. 2; SIT; alerting; answer; howlers
_CANDIDATES_HZ = (
    *(330, 350, 400, 425, 440, 450, 480, 500, 600, 620, 800, 950, 1100, 1400),
    *(1800, 2060, 2100, 2130, 2450, 2600, 2750),
)
_APART_HZ = 35  # neighbours of a found frequency within the Hann window's main lobe are its shadow
_WEAKEST = 0.06  # of the strongest's power: 12 dB twist
_EXPLAINED = 0.7  # of the energy must lie in what was found, else it is speech or noise
_HANN_GAIN = 0.5


@cache
def _window() -> array:  # type: ignore[type-arg]
    return array("d", [0.5 - 0.5 * math.cos(2 * math.pi * i / WINDOW) for i in range(WINDOW)])


@cache
def _waves() -> tuple[tuple[int, array, array], ...]:  # type: ignore[type-arg]
    waves = []
    for hz in _CANDIDATES_HZ:
        step = 2 * math.pi * hz / SAMPLE_RATE_HZ
        cosine = array("d", [w * math.cos(step * i) for i, w in enumerate(_window())])
        sine = array("d", [w * math.sin(step * i) for i, w in enumerate(_window())])
        waves.append((hz, cosine, sine))
    return tuple(waves)


def frequencies(samples: array) -> tuple[int, ...]:  # type: ignore[type-arg]
    """The tones in WINDOW samples, in Hz, rising; none when it is no tone. A single one may be any Hz."""
    energy = sum(map(mul, samples, samples)) / WINDOW
    if not energy:
        return ()
    powers = sorted(((_power(samples, cosine, sine), hz) for hz, cosine, sine in _waves()), reverse=True)
    found: list[int] = []
    explained = 0.0
    for power, hz in powers:
        if power < _WEAKEST * powers[0][0]:
            break
        if all(abs(hz - other) > _APART_HZ for other in found):
            found.append(hz)
            explained += power
    if explained >= _EXPLAINED * energy and len(found) <= 4:
        return tuple(sorted(found))
    single_hz = sine_hz(samples)
    return (single_hz,) if single_hz else ()


def _power(samples: array, cosine: array, sine: array) -> float:  # type: ignore[type-arg]
    """The power of a sine at the bin: half its amplitude squared."""
    real, imaginary = sum(map(mul, samples, cosine)), sum(map(mul, samples, sine))
    amplitude = 2 * math.hypot(real, imaginary) / (WINDOW * _HANN_GAIN)
    return amplitude * amplitude / 2


def sine_hz(samples: array) -> int | None:  # type: ignore[type-arg]
    """The frequency when this is one sine and nothing else."""
    # x[n+1] + x[n-1] = 2 cos(w) x[n] then holds, and what is left over is small.
    outer = [p + q for p, q in zip(samples[:-2], samples[2:], strict=True)]
    middle = samples[1:-1]
    square = sum(map(mul, middle, middle))
    if not square:
        return None
    factor = sum(map(mul, outer, middle)) / square
    left_over = sum((p - factor * q) ** 2 for p, q in zip(outer, middle, strict=True))
    if abs(factor) >= 2 or left_over > 0.02 * square:
        return None
    return round(math.acos(factor / 2) * SAMPLE_RATE_HZ / (2 * math.pi))


def level_dbm0(mean_square: float) -> float:
    """A mean square of 16-bit samples as dBm0; -99 for silence."""
    if mean_square <= 0:
        return -99.0
    return 10 * math.log10(mean_square / FULL_SCALE**2) + FULL_SCALE_SQUARE_DBM0
