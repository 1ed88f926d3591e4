"""What a country profile holds, as frozen values; knows no file and nothing of telephony."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FlashFunction = Literal["refuse", "release", "swap", "conference", "transfer"]


@dataclass(frozen=True, slots=True)
class ToneStep:
    """So long these frequencies together, each at `dbm0`; no `hz` is silence. `am_hz` modulates them fully."""

    ms: int
    hz: tuple[float, ...] = ()
    dbm0: float = 0.0
    am_hz: float = 0.0


@dataclass(frozen=True, slots=True)
class Tone:
    """Steps in order; after the last one it goes on at step `loop_from`, or is over when that is None."""

    steps: tuple[ToneStep, ...]
    loop_from: int | None


@dataclass(frozen=True, slots=True)
class Tones:
    """What a telephone's user hears (ITU-T E.182 says when)."""

    dial: Tone
    stutter_dial: Tone
    second_dial: Tone
    ringback: Tone
    busy: Tone
    congestion: Tone
    howler: Tone
    call_waiting: Tone
    sit: Tone
    confirmation: Tone


@dataclass(frozen=True, slots=True)
class HookWindows:
    """How long a telephone's loop is open for what, in ms: the fields of `firmware.fxs.profile.HookTimings`."""

    off_hook_debounce_ms: int
    pulse_break_min_ms: int
    pulse_break_max_ms: int
    pulse_digit_gap_ms: int
    flash_min_ms: int
    flash_max_ms: int
    on_hook_min_ms: int
    pulses: str


@dataclass(frozen=True, slots=True)
class LineManners:
    """How a line signals, as plain values; `caller_id` is a value of `firmware.fxs.profile.CallerIdScheme`."""

    caller_id: str
    ring_cadence_ms: tuple[int, ...]
    line_flash_ms: int
    dial_pulse_break_ms: int
    dial_pulse_make_ms: int


@dataclass(frozen=True, slots=True)
class FlashManners:
    """What the R key does where there are two calls, or one more waits; with one call it always holds that.

    `consulting` is R alone once the second party called meanwhile talks. Where `digit_ms` is not 0, a digit is awaited
    so long after R, and `digits` names what it does. See docs/country-profiles.md.
    """

    consulting: FlashFunction = "swap"
    digit_ms: int = 0
    digits: Mapping[str, FlashFunction] = field(default_factory=dict)
    is_transferred_by_hanging_up: bool = False


@dataclass(frozen=True, slots=True)
class Numbering:
    """How numbers are dialled. `digit_map`: see docs/country-profiles.md; emergency numbers are not in it."""

    country_calling_code: str
    trunk_prefix: str
    international_prefix: str
    emergency_numbers: tuple[str, ...]
    digit_map: str


@dataclass(frozen=True, slots=True)
class HeardStep:
    """A step of a tone as it is recognised; no `hz` is silence."""

    ms: int
    hz: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class HeardTone:
    """A tone that tells that the far end is gone. One step only: it lasts at least so long."""

    name: str
    steps: tuple[HeardStep, ...]


@dataclass(frozen=True, slots=True)
class OutsideLine:
    """How the exchange of an outside line behaves. A break of the loop that is shorter means nothing."""

    loop_open_min_ms: int
    ring_cancel_ms: int
    hang_up_tones: tuple[HeardTone, ...]


@dataclass(frozen=True, slots=True)
class Country:
    """One country's telephone manners. `codes`: feature code -> patterns, see docs/feature-codes.md."""

    code: str
    name: str
    tones: Tones
    hooks: HookWindows
    line: LineManners
    flash: FlashManners
    ring_patterns: Mapping[str, tuple[int, ...]]
    numbering: Numbering
    outside_line: OutsideLine
    codes: Mapping[str, str]
