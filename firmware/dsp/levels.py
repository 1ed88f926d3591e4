"""Levels of 16-bit audio in dBm0; knows no library."""

import math
from array import array

SAMPLE_RATE_HZ = 8000
FULL_SCALE = 32767

# G.711: the sine that just reaches full scale is +3.14 dBm0 (A-law) or +3.17 dBm0 (mu-law). spandsp takes 3.14.
FULL_SCALE_SINE_DBM0 = 3.14
# A full-scale square wave has twice the power of the sine.
FULL_SCALE_SQUARE_DBM0 = FULL_SCALE_SINE_DBM0 + 3.01


def peak_of_sine(dbm0: float) -> float:
    """The peak, in 16-bit steps, of a sine of `dbm0`."""
    return FULL_SCALE * math.pow(10.0, (dbm0 - FULL_SCALE_SINE_DBM0) / 20.0)


def power_dbm0(pcm: bytes) -> float:
    """The mean power of 16-bit audio in dBm0; -inf for silence or nothing."""
    samples = array("h", pcm)
    energy = sum(sample * sample for sample in samples)
    if not energy:
        return -math.inf
    return 10.0 * math.log10(energy / len(samples) / FULL_SCALE**2) + FULL_SCALE_SQUARE_DBM0
