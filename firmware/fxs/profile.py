"""A line's manners, as plain values: how it is signalled, and how long what lasts. No I/O, no clock."""

import enum
from dataclasses import dataclass


class CallerIdScheme(enum.Enum):
    """How caller ID reaches a telephone. Timing of each: `caller_id/plan.py`."""

    OFF = "off"
    BELLCORE_FSK = "bellcore-fsk"  # GR-30: Bell 202 in the first silent interval
    ETSI_FSK_DURING_RINGING = "etsi-fsk-during-ringing"  # EN 300 659-1: V.23 in the first silent interval
    ETSI_FSK_RING_PULSE = "etsi-fsk-ring-pulse"  # EN 300 659-1: RP-AS, V.23, then ringing
    ETSI_FSK_DTAS = "etsi-fsk-dtas"  # EN 300 659-1: DT-AS, V.23, then ringing
    SIN227 = "sin227"  # BT SIN 227: line reversal, DT-AS, V.23, then ringing
    DTMF = "dtmf"  # Telia, GFI 9702: digits between A and C, then ringing
    DTMF_REVERSAL = "dtmf-reversal"  # the same after a line reversal
    DTMF_DENMARK = "dtmf-denmark"  # digits between A and #, then ringing

    @property
    def is_dtmf(self) -> bool:
        """The number comes as digits: no name, no time, no message lamp."""
        return self in (CallerIdScheme.DTMF, CallerIdScheme.DTMF_REVERSAL, CallerIdScheme.DTMF_DENMARK)

    @property
    def is_before_ring(self) -> bool:
        """Who calls is known before the bell rings on."""
        return self.is_dtmf or self in (
            CallerIdScheme.ETSI_FSK_RING_PULSE,
            CallerIdScheme.ETSI_FSK_DTAS,
            CallerIdScheme.SIN227,
        )

    @property
    def is_unannounced(self) -> bool:
        """Nothing but tones goes before: neither a ring nor a change of battery."""
        return self in (CallerIdScheme.ETSI_FSK_DTAS, CallerIdScheme.DTMF, CallerIdScheme.DTMF_DENMARK)


@dataclass(frozen=True, slots=True)
class HookTimings:
    """How long the loop is open for what, in ms. Windows may overlap: see `hooks.py`."""

    off_hook_debounce_ms: int = 30
    pulse_break_min_ms: int = 15
    pulse_break_max_ms: int = 150
    pulse_digit_gap_ms: int = 250
    flash_min_ms: int = 300
    flash_max_ms: int = 1000
    on_hook_min_ms: int = 1100
    pulses: str = "1234567890"  # the digit for 1, 2, ... breaks (Sweden and New Zealand count otherwise)


@dataclass(frozen=True, slots=True)
class LineProfile:
    """A country's line manners, as plain values."""

    hooks: HookTimings = HookTimings()
    caller_id: CallerIdScheme = CallerIdScheme.BELLCORE_FSK
    ring_cadence_ms: tuple[int, ...] = (2000, 4000)
    line_flash_ms: int = 500
    dial_pulse_break_ms: int = 60
    dial_pulse_make_ms: int = 40
    loop_open_min_ms: int = 90
