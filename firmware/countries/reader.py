"""Turns a country's TOML into frozen values and finds every slip of the pen; knows nothing of telephony."""

import dataclasses
import itertools
import math
import re
from collections.abc import Mapping
from typing import get_args

from firmware.countries.profile import (
    Country,
    FlashFunction,
    FlashManners,
    HeardStep,
    HeardTone,
    HookWindows,
    LineManners,
    Numbering,
    OutsideLine,
    Tone,
    Tones,
    ToneStep,
)
from firmware.countries.table import CountryError, Table, digits, number

__all__ = ["MAX_TONE_MS", "CountryError", "read_country"]

MAX_TONE_MS = 60_000  # a tone is rendered whole: a minute is under 1 MB
_MAX_DIGIT_MAP = 1000  # characters; matched digit by digit while somebody dials
_FULL_SCALE_SINE_DBM0 = 3.14  # ITU-T G.711
_CALLER_ID_SCHEMES = (
    "off",
    "bellcore-fsk",
    "etsi-fsk-during-ringing",
    "etsi-fsk-ring-pulse",
    "etsi-fsk-dtas",
    "sin227",
    "dtmf",
    "dtmf-reversal",
    "dtmf-denmark",
)
_FLASH_FUNCTIONS = get_args(FlashFunction)
RING_PATTERNS = "12345678"  # as many as Bellcore's
_HEARD_TONES = ("busy", "congestion", "dial")
_CODES = re.compile(r"[0-9*#]{2,20}[0-9*#{}ednts ]{0,60}")
_DIGIT_MAP = re.compile(r"\{[0-9A-DxX#*.+|^<>=\[\]\s-]+\}")


def read_country(code: str, file_name: str, values: Mapping[str, object]) -> Country:
    """Check a whole profile. Raises CountryError that names file and key."""
    root = Table(file_name, values)
    country = Country(
        code=code,
        name=root.text("name"),
        tones=_tones(root.table("tones")),
        hooks=_hooks(root.table("hooks")),
        line=_line(root.table("line")),
        flash=_flash(root.table("flash")),
        ring_patterns=_ring_patterns(root.table("ring_patterns")),
        numbering=_numbering(root.table("numbering")),
        outside_line=_outside_line(root.table("outside_line")),
        codes=_codes(root.table("codes")),
    )
    root.close()
    return country


def _tones(table: Table) -> Tones:
    found = {field.name: _tone(table.table(field.name)) for field in dataclasses.fields(Tones)}
    table.close()
    return Tones(**found)


def _tone(table: Table) -> Tone:
    steps = table.items("steps", _tone_step)
    loop_from = table.whole("loop_from", 0, len(steps) - 1) if table.has("loop_from") else None
    table.close()
    total_ms = sum(step.ms for step in steps)
    if total_ms > MAX_TONE_MS:
        raise CountryError(f"{table.at('steps')} last {total_ms} ms, more than {MAX_TONE_MS}")
    return Tone(steps, loop_from)


def _tone_step(where: str, values: object) -> ToneStep:
    table = Table(where, values)
    ms = table.whole("ms", 5, MAX_TONE_MS)
    if not table.has("hz"):
        table.close()
        return ToneStep(ms)
    hz = table.items("hz", _hz, most=8)
    dbm0 = table.number("dbm0", -50, _FULL_SCALE_SINE_DBM0)
    am_hz = table.number("am_hz", 0, 200) if table.has("am_hz") else 0.0
    table.close()
    peak = len(hz) * math.pow(10, (dbm0 - _FULL_SCALE_SINE_DBM0) / 20) * (2 if am_hz else 1)
    if peak > 1:
        raise CountryError(f"{table.at('dbm0')} is too loud: {len(hz)} frequencies of {dbm0} dBm0 would clip")
    return ToneStep(ms, hz, dbm0, am_hz)


def _hooks(table: Table) -> HookWindows:
    names = [field.name for field in dataclasses.fields(HookWindows) if field.name != "pulses"]
    times = {name: table.whole(name, 1, 5000) for name in names}
    pulses = table.text("pulses")
    table.close()
    if sorted(pulses) != sorted("1234567890"):
        raise CountryError(f"{table.at('pulses')} must hold each of ten digits once, not {pulses!r}")
    _ascend(table, times, "pulse_break_min_ms", "pulse_break_max_ms", "pulse_digit_gap_ms")
    _ascend(table, times, "flash_min_ms", "flash_max_ms", "on_hook_min_ms")
    return HookWindows(pulses=pulses, **times)


def _ascend(table: Table, times: Mapping[str, int], *names: str) -> None:
    for lower, higher in itertools.pairwise(names):
        if times[lower] >= times[higher]:
            raise CountryError(f"{table.at(lower)} must be less than {higher}")


def _line(table: Table) -> LineManners:
    line = LineManners(
        caller_id=table.one_of("caller_id", _CALLER_ID_SCHEMES),
        ring_cadence_ms=_cadence(table),
        line_flash_ms=table.whole("line_flash_ms", 20, 2000),
        dial_pulse_break_ms=table.whole("dial_pulse_break_ms", 20, 200),
        dial_pulse_make_ms=table.whole("dial_pulse_make_ms", 20, 200),
    )
    table.close()
    return line


def _cadence(table: Table, key: str = "ring_cadence_ms") -> tuple[int, ...]:
    cadence = table.items(key, lambda where, value: int(number(where, value, 50, 20_000)), most=16)
    if len(cadence) % 2:
        raise CountryError(f"{table.at(key)} must be pairs of on and off")
    return cadence


def _flash(table: Table) -> FlashManners:
    functions = table.table("digits")
    flash = FlashManners(
        consulting=table.one_of("consulting", _FLASH_FUNCTIONS),  # type: ignore[arg-type]
        digit_ms=table.whole("digit_ms", 0, 10_000),
        digits={
            key: functions.one_of(key, _FLASH_FUNCTIONS)  # type: ignore[misc]
            for key in "0123456789"
            if functions.has(key)
        },
        is_transferred_by_hanging_up=table.one_of("hang_up", ("ring-back", "transfer")) == "transfer",
    )
    functions.close()
    table.close()
    return flash


def _ring_patterns(table: Table) -> dict[str, tuple[int, ...]]:
    patterns = {key: _cadence(table, key) for key in RING_PATTERNS}
    table.close()
    return patterns


def _numbering(table: Table) -> Numbering:
    numbering = Numbering(
        country_calling_code=table.digits("country_calling_code"),
        trunk_prefix=table.digits("trunk_prefix") if table.take("trunk_prefix") else "",
        international_prefix=table.digits("international_prefix"),
        emergency_numbers=table.items("emergency_numbers", digits),
        digit_map=_digit_map(table),
    )
    table.close()
    return numbering


def _digit_map(table: Table) -> str:
    digit_map = " ".join(table.text("digit_map").split())
    if len(digit_map) > _MAX_DIGIT_MAP or not _DIGIT_MAP.fullmatch(digit_map):
        raise CountryError(f"{table.at('digit_map')} must be alternatives in braces, as {{ 1xx | 00x. }}")
    for opening, closing in ("[]", "<>"):
        if digit_map.count(opening) != digit_map.count(closing):
            raise CountryError(f"{table.at('digit_map')} has an {opening} or {closing} without its other half")
    return digit_map


def _codes(table: Table) -> dict[str, str]:
    codes = table.texts()
    for name, patterns in codes.items():
        if not _CODES.fullmatch(patterns):
            raise CountryError(f"{table.at(name)} must be a code such as *72{{n}}, not {patterns!r}")
    return codes


def _outside_line(table: Table) -> OutsideLine:
    line = OutsideLine(
        loop_open_min_ms=table.whole("loop_open_min_ms", 20, 2000),
        ring_cancel_ms=table.whole("ring_cancel_ms", 1000, 20_000),
        hang_up_tones=table.items("hang_up_tones", _heard_tone, most=16),
    )
    table.close()
    return line


def _heard_tone(where: str, values: object) -> HeardTone:
    table = Table(where, values)
    tone = HeardTone(table.one_of("name", _HEARD_TONES), table.items("steps", _heard_step, most=16))
    table.close()
    return tone


def _heard_step(where: str, values: object) -> HeardStep:
    table = Table(where, values)
    ms = table.whole("ms", 60, MAX_TONE_MS)  # shorter ones are beyond a detector that works in 20 ms
    hz = table.items("hz", _hz, most=2) if table.has("hz") else ()
    table.close()
    return HeardStep(ms, hz)


def _hz(where: str, value: object) -> float:
    return number(where, value, 20, 3900)
