"""How an exchange rings a line and says who calls: steps in time, with their sound. Knows no line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from firmware.dsp.spandsp import tones
from firmware.fxs.callerid.plan import (
    ALERT_TONE_DBM0,
    ALERT_TONE_HZ,
    ALERT_TONE_MS,
    AlertToneStep,
    MessageStep,
    PolarityStep,
    RingStep,
    plan,
)
from firmware.fxs.callerid.sound import caller_audio
from firmware.fxs.line import Caller, Feed
from firmware.fxs.profile import CallerIdScheme

WITHHELD = "withheld"  # as a number: a caller who hides

_SAMPLES_BYTES_PER_MS = 16


@dataclass(frozen=True, slots=True)
class Sound:
    """Play this to the line on-hook."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Burst:
    """Ring with these on and off times; an odd count once, an even one until stopped."""

    cadence_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reversal:
    """Reverse the battery, or make it normal again."""

    is_reversed: bool


def announce(
    scheme: CallerIdScheme, cadence_ms: tuple[int, ...], number: str, name: str, when: datetime
) -> Iterator[tuple[int, Sound | Burst | Reversal]]:
    """Steps and when each begins, in ms. Without number and name no caller ID is sent."""
    if not number and not name:
        scheme = CallerIdScheme.OFF
    caller = Caller(withheld=True) if number == WITHHELD else Caller(number, name)
    message = caller_audio(caller, scheme, when)
    for planned in plan(scheme, cadence_ms, len(message) // _SAMPLES_BYTES_PER_MS):
        match planned.step:
            case RingStep(cadence_ms=cadence):
                yield planned.at_ms, Burst(cadence)
            case PolarityStep(feed=feed):
                yield planned.at_ms, Reversal(feed is Feed.REVERSE)
            case AlertToneStep():
                yield planned.at_ms, Sound(tones(ALERT_TONE_HZ, ALERT_TONE_DBM0, ALERT_TONE_MS))
            case MessageStep():
                yield planned.at_ms, Sound(message)
