"""When a telephone is rung and shown a caller, or that messages wait, by scheme: steps in time. Moves no samples."""

from dataclasses import dataclass
from typing import Literal

from firmware.fxs.line import Feed
from firmware.fxs.profile import CallerIdScheme

Modem = Literal["bell202", "v23"]

ALERT_TONE_HZ = (2130.0, 2750.0)  # DT-AS, EN 300 659-1 annex: both +-0.5 %
ALERT_TONE_DBM0 = -13.0  # each of the two; within the -14 to -40 dBm that a telephone must hear
ALERT_TONE_MS = 100  # 88 to 110

_AFTER_RING_MS = 550  # GR-30 sect. 2.3: at least 500; EN 300 659-1 cl. 6.1: 500 to 2000
_BEFORE_RING_MS = 300  # GR-30: at least 200; EN 300 659-1 cl. 6: 200 to 500
_RING_PULSE_MS = 250  # RP-AS, EN 300 659-1 cl. 6.1: 200 to 300
_AFTER_RING_PULSE_MS = 600  # 500 to 800
_AFTER_ALERT_TONE_MS = 60  # EN 300 659-1: 45 to 500; SIN 227: 45 to 75, so one value serves both
_AFTER_REVERSAL_MS = 150  # SIN 227: at least 100 of silence
_DTMF_AFTER_REVERSAL_MS = 250  # at least 200
_BEFORE_NORMAL_MS = 100  # a change of battery clicks: not into the end of the message


@dataclass(frozen=True, slots=True)
class RingStep:
    """Ring with these on and off times; an odd count once, an even one until stopped."""

    cadence_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PolarityStep:
    """Set the battery."""

    feed: Feed


@dataclass(frozen=True, slots=True)
class AlertToneStep:
    """Play the dual-tone alerting signal (DT-AS)."""


@dataclass(frozen=True, slots=True)
class MessageStep:
    """Play the message, channel seizure and mark included."""


Step = RingStep | PolarityStep | AlertToneStep | MessageStep


@dataclass(frozen=True, slots=True)
class Planned:
    """A step and when it begins, in ms from the start of alerting."""

    at_ms: int
    step: Step


def modem_of(scheme: CallerIdScheme) -> Modem | None:
    """Whose tones carry the message; None for a scheme without FSK."""
    if scheme is CallerIdScheme.OFF or scheme.is_dtmf:
        return None
    return "bell202" if scheme is CallerIdScheme.BELLCORE_FSK else "v23"


def plan(scheme: CallerIdScheme, cadence_ms: tuple[int, ...], message_ms: int) -> tuple[Planned, ...]:
    """Steps in order for a message that plays for `message_ms`; the last one rings until stopped."""
    ring = RingStep(cadence_ms)
    if scheme is CallerIdScheme.OFF:
        return (Planned(0, ring),)
    if scheme in (CallerIdScheme.BELLCORE_FSK, CallerIdScheme.ETSI_FSK_DURING_RINGING):
        return _during_ringing(ring, message_ms)
    if scheme is CallerIdScheme.ETSI_FSK_RING_PULSE:
        message_at = _RING_PULSE_MS + _AFTER_RING_PULSE_MS
        return (Planned(0, RingStep((_RING_PULSE_MS,))), *_then_ring(message_at, message_ms, ring))
    if scheme is CallerIdScheme.ETSI_FSK_DTAS:
        return _after_alert_tone(0, message_ms, ring)
    if scheme in (CallerIdScheme.DTMF, CallerIdScheme.DTMF_DENMARK):
        return _then_ring(0, message_ms, ring)
    reversal = Planned(0, PolarityStep(Feed.REVERSE))
    if scheme is CallerIdScheme.DTMF_REVERSAL:
        return (reversal, *_then_ring(_DTMF_AFTER_REVERSAL_MS, message_ms, ring))
    return (reversal, *_after_alert_tone(_AFTER_REVERSAL_MS, message_ms, ring))


def plan_lamp(scheme: CallerIdScheme, message_ms: int) -> tuple[Planned, ...]:
    """Steps for a message that no ringing follows; none for a scheme without messages.

    GR-30 sect. 2.3: nothing goes before it. EN 300 659-1 cl. 6.2: RP-AS or DT-AS do; a telephone that knows no other
    alert than the bell gets the pulse. SIN 227: as for a call, and the battery is normal again when it is over.
    """
    if modem_of(scheme) is None:
        return ()
    if scheme is CallerIdScheme.BELLCORE_FSK:
        return (Planned(0, MessageStep()),)
    if scheme in (CallerIdScheme.ETSI_FSK_DURING_RINGING, CallerIdScheme.ETSI_FSK_RING_PULSE):
        pulse = Planned(0, RingStep((_RING_PULSE_MS,)))
        return (pulse, Planned(_RING_PULSE_MS + _AFTER_RING_PULSE_MS, MessageStep()))
    if scheme is CallerIdScheme.ETSI_FSK_DTAS:
        return _alert_tone_and_message(0)
    steps = _alert_tone_and_message(_AFTER_REVERSAL_MS)
    over_at = steps[-1].at_ms + message_ms + _BEFORE_NORMAL_MS
    return (Planned(0, PolarityStep(Feed.REVERSE)), *steps, Planned(over_at, PolarityStep(Feed.FORWARD)))


def _during_ringing(ring: RingStep, message_ms: int) -> tuple[Planned, ...]:
    """In the first silence of the cadence that is long enough; else after one burst rung for the purpose."""
    elapsed_ms = 0
    for index, part_ms in enumerate(ring.cadence_ms):
        is_silence = index % 2 == 1
        if is_silence and part_ms >= _AFTER_RING_MS + message_ms + _BEFORE_RING_MS:
            return (Planned(0, ring), Planned(elapsed_ms + _AFTER_RING_MS, MessageStep()))
        elapsed_ms += part_ms
    if len(ring.cadence_ms) % 2:  # rung once: silence follows anyway
        return (Planned(0, ring), Planned(elapsed_ms + _AFTER_RING_MS, MessageStep()))
    burst_ms = max(ring.cadence_ms[0], 200)  # GR-30 sect. 2.3: shortest first ring
    message_at = burst_ms + _AFTER_RING_MS
    return (Planned(0, RingStep((burst_ms,))), *_then_ring(message_at, message_ms, ring))


def _after_alert_tone(tone_at_ms: int, message_ms: int, ring: RingStep) -> tuple[Planned, ...]:
    tone, message = _alert_tone_and_message(tone_at_ms)
    return (tone, *_then_ring(message.at_ms, message_ms, ring))


def _alert_tone_and_message(tone_at_ms: int) -> tuple[Planned, Planned]:
    message_at = tone_at_ms + ALERT_TONE_MS + _AFTER_ALERT_TONE_MS
    return (Planned(tone_at_ms, AlertToneStep()), Planned(message_at, MessageStep()))


def _then_ring(message_at_ms: int, message_ms: int, ring: RingStep) -> tuple[Planned, ...]:
    ring_at = message_at_ms + message_ms + _BEFORE_RING_MS
    return (Planned(message_at_ms, MessageStep()), Planned(ring_at, ring))
