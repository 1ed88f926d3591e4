"""Generates tones, DTMF and caller-ID FSK as 16-bit 8 kHz audio; knows no library."""

import math
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from firmware.dsp.levels import FULL_SCALE, SAMPLE_RATE_HZ, peak_of_sine

_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000

# ITU-T Q.23
_DTMF_LOW_HZ = (697.0, 770.0, 852.0, 941.0)
_DTMF_HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
_DTMF_KEYS = "123A456B789C*0#D"
_MAX_DIGITS = 256  # longer than any number or PIN; bounds what one call allocates

_BAUD = 1200.0  # both modems
_MARK_SPACE_HZ = {"bell202": (1200.0, 2200.0), "v23": (1300.0, 2100.0)}
_MAX_MESSAGE_BYTES = 258  # type, length, 255 bytes, checksum: EN 300 659-3
_TABLE_BITS = 10
_PHASE_MASK = (1 << 32) - 1


def tones(hz: Sequence[float], dbm0: float, ms: int) -> bytes:
    """The sum of sines, each at `dbm0`, all starting at phase 0, for `ms` milliseconds."""
    levels = [(frequency, dbm0) for frequency in hz]
    return _sum_of_sines(levels, ms * _SAMPLES_PER_MS)


def dtmf(digits: str, *, dbm0: float = -10.0, on_ms: int = 70, off_ms: int = 70, twist_db: float = 0.0) -> bytes:
    """DTMF for up to 256 of 0-9, A-D, `*`, `#`: `dbm0` is the low group's level, the high one is `twist_db` above.

    Each digit is followed by its gap. Raises ValueError for another character.
    """
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"{len(digits)} digits are more than {_MAX_DIGITS}")
    gap = bytes(2 * off_ms * _SAMPLES_PER_MS)
    return b"".join(_dtmf_key(digit, dbm0, on_ms, twist_db) + gap for digit in digits.upper())


def fsk_caller_id(
    message: bytes,
    *,
    standard: str,
    seizure_bits: int = 300,
    mark_bits: int = 180,
    dbm0: float = -13.5,
) -> bytes:
    """Channel seizure, mark, then `message` (checksum included) as 8-N-1 at 1200 bit/s, phase-continuous.

    `standard` is "bell202" (GR-30) or "v23" (EN 300 659-1). Raises ValueError.
    """
    if len(message) > _MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(message)} bytes is longer than {_MAX_MESSAGE_BYTES}")
    bits = list(_bits_on_line(message, seizure_bits, mark_bits))
    return _modulate(bits, mark_and_space_hz(standard), dbm0)


def mark_and_space_hz(standard: str) -> tuple[float, float]:
    """The frequencies of 1 and 0. Raises ValueError for another standard than "bell202" or "v23"."""
    if standard not in _MARK_SPACE_HZ:
        raise ValueError(f"unknown FSK standard {standard!r}: it is bell202 or v23")
    return _MARK_SPACE_HZ[standard]


def _bits_on_line(message: bytes, seizure_bits: int, mark_bits: int) -> Iterator[int]:
    for index in range(seizure_bits):
        yield index & 1  # GR-30: the seizure starts with a space and ends with a mark
    yield from (1,) * mark_bits
    for byte in message:
        yield 0
        for shift in range(8):
            yield byte >> shift & 1
        yield 1
    yield from (1,) * 4  # receivers want the last stop bit to end in carrier, not in silence


def _modulate(bits: Sequence[int], mark_and_space: tuple[float, float], dbm0: float) -> bytes:
    mark_hz, space_hz = mark_and_space
    steps = (_phase_step(space_hz), _phase_step(mark_hz))
    samples_per_bit = SAMPLE_RATE_HZ / _BAUD
    table = _sine_table(round(peak_of_sine(dbm0), 3))
    shift = 32 - _TABLE_BITS
    increments: list[int] = []
    for index, bit in enumerate(bits):
        start, end = index * samples_per_bit, (index + 1) * samples_per_bit
        _append_bit(increments, steps[bit], start, end)
    return array("h", [table[(phase & _PHASE_MASK) >> shift] for phase in accumulate(increments)]).tobytes()


def _append_bit(increments: list[int], step: int, start: float, end: float) -> None:
    """Add the phase of one bit; a sample that straddles two bits takes its share of each, so no bit jitters."""
    first, last = math.floor(start), math.floor(end)
    if first < len(increments):
        increments[first] += int(step * (first + 1 - start))
        first += 1
    increments.extend([step] * (last - first))
    if end > last:
        increments.append(int(step * (end - last)))


def _phase_step(hz: float) -> int:
    return round(hz * (1 << 32) / SAMPLE_RATE_HZ)


@lru_cache(maxsize=8)
def _sine_table(peak: float) -> list[int]:
    size = 1 << _TABLE_BITS
    return [round(peak * math.sin(2 * math.pi * index / size)) for index in range(size)]


@lru_cache(maxsize=64)
def _dtmf_key(digit: str, dbm0: float, on_ms: int, twist_db: float) -> bytes:
    index = _DTMF_KEYS.find(digit)
    if index < 0 or len(digit) != 1:
        raise ValueError(f"{digit!r} is not a DTMF digit")
    row, column = divmod(index, 4)
    levels = [(_DTMF_LOW_HZ[row], dbm0), (_DTMF_HIGH_HZ[column], dbm0 + twist_db)]
    return _sum_of_sines(levels, on_ms * _SAMPLES_PER_MS)


def _sum_of_sines(levels: Sequence[tuple[float, float]], count: int) -> bytes:
    waves = []
    for hz, dbm0 in levels:
        peak, step = peak_of_sine(dbm0), 2 * math.pi * hz / SAMPLE_RATE_HZ
        waves.append([peak * math.sin(step * index) for index in range(count)])
    mixed = (round(sum(values)) for values in zip(*waves, strict=True)) if waves else [0] * count
    return array("h", [max(-FULL_SCALE, min(FULL_SCALE, value)) for value in mixed]).tobytes()
