"""Turns a country's TOML into frozen values and finds every slip of the pen; knows nothing of telephony."""

import dataclasses
import difflib
import itertools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from firmware.countries.profile import (
    Country,
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

T = TypeVar("T")

MAX_TONE_MS = 60_000  # a tone is rendered whole: a minute is under 1 MB
_MAX_STEPS = 64
_MAX_DIGIT_MAP = 2000  # characters; matched digit by digit while somebody dials
_FULL_SCALE_SINE_DBM0 = 3.14  # ITU-T G.711
_CALLER_ID_SCHEMES = (
    "off",
    "bellcore-fsk",
    "etsi-fsk-during-ringing",
    "etsi-fsk-ring-pulse",
    "etsi-fsk-dtas",
    "sin227",
)
_HEARD_TONES = ("busy", "congestion", "dial")
_HANG_UPS = ("loop-open", "polarity", "tone")
_DIGITS = re.compile(r"[0-9]{1,15}")  # ITU-T E.164: at most 15
_DIGIT_MAP = re.compile(r"\{[0-9A-DxX#*.+|^<>=\[\]\s-]+\}")


class CountryError(ValueError):
    """A profile is wrong; the text says where and how."""


class Table:
    """One table of a TOML file: hands out its values checked, and tells what nobody asked for."""

    def __init__(self, where: str, values: object) -> None:
        self.where = where
        if not isinstance(values, Mapping):
            raise CountryError(f"{where} must be a table")
        self._values: Mapping[str, object] = values
        self._known: list[str] = []

    def at(self, key: str) -> str:
        """The words for a key's place."""
        return f"{self.where}: {key}" if self.where.endswith(".toml") else f"{self.where}.{key}"

    def has(self, key: str) -> bool:
        """True if the key is there; from now on it is a known one."""
        self._known.append(key)
        return key in self._values

    def take(self, key: str) -> object:
        """A value of any kind. Raises CountryError if it is not there."""
        if not self.has(key):
            near = difflib.get_close_matches(key, self._values, n=1)
            hint = f" (is {near[0]!r} meant to be it?)" if near else ""
            raise CountryError(f"{self.at(key)} is missing{hint}")
        return self._values[key]

    def number(self, key: str, low: float, high: float) -> float:
        """A number within bounds."""
        return _number(self.at(key), self.take(key), low, high)

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.number(key, low, high)
        if value != int(value):
            raise CountryError(f"{self.at(key)} must be a whole number, not {value}")
        return int(value)

    def text(self, key: str) -> str:
        """A string."""
        return _text(self.at(key), self.take(key))

    def digits(self, key: str) -> str:
        """A string of digits."""
        return _digits(self.at(key), self.take(key))

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """One of some words."""
        return _one_of(self.at(key), self.take(key), choices)

    def table(self, key: str) -> "Table":
        """A table."""
        return Table(self.at(key), self.take(key))

    def items(self, key: str, make: Callable[[str, Any], T], most: int = _MAX_STEPS) -> tuple[T, ...]:
        """A list with at least one item, each made by `make(where, value)`."""
        values = self.take(key)
        if not isinstance(values, list) or not 1 <= len(values) <= most:
            raise CountryError(f"{self.at(key)} must be a list of 1 to {most} items")
        return tuple(make(f"{self.at(key)}[{index}]", value) for index, value in enumerate(values))

    def close(self) -> None:
        """Raises CountryError if the table has a key that nobody asked for."""
        for key in self._values:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(self._known)}"
                raise CountryError(f"{self.at(key)} is not known{hint}")


def read_country(code: str, file_name: str, values: Mapping[str, object]) -> Country:
    """Check a whole profile. Raises CountryError that names file and key."""
    root = Table(file_name, values)
    country = Country(
        code=code,
        name=root.text("name"),
        tones=_tones(root.table("tones")),
        hooks=_hooks(root.table("hooks")),
        line=_line(root.table("line")),
        numbering=_numbering(root.table("numbering")),
        outside_line=_outside_line(root.table("outside_line")),
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


def _cadence(table: Table) -> tuple[int, ...]:
    cadence = table.items("ring_cadence_ms", lambda where, value: int(_number(where, value, 50, 20_000)), most=16)
    if len(cadence) % 2:
        raise CountryError(f"{table.at('ring_cadence_ms')} must be pairs of on and off")
    return cadence


def _numbering(table: Table) -> Numbering:
    numbering = Numbering(
        country_calling_code=table.digits("country_calling_code"),
        trunk_prefix=table.digits("trunk_prefix") if table.take("trunk_prefix") else "",
        international_prefix=table.digits("international_prefix"),
        emergency_numbers=table.items("emergency_numbers", _digits),
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


def _outside_line(table: Table) -> OutsideLine:
    line = OutsideLine(
        hang_up_by=table.items("hang_up_by", lambda where, value: _one_of(where, value, _HANG_UPS)),
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
    return _number(where, value, 20, 3900)


def _number(where: str, value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CountryError(f"{where} must be a number, not {value!r}")
    if not low <= value <= high:
        raise CountryError(f"{where} must be {low} to {high}, not {value}")
    return float(value)


def _text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise CountryError(f"{where} must be a text in quotes, not {value!r}")
    return value


def _digits(where: str, value: object) -> str:
    text = _text(where, value)
    if not _DIGITS.fullmatch(text):
        raise CountryError(f"{where} must be 1 to 15 digits in quotes, not {text!r}")
    return text


def _one_of(where: str, value: object, choices: tuple[str, ...]) -> str:
    text = _text(where, value)
    if text not in choices:
        near = difflib.get_close_matches(text, choices, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise CountryError(f"{where} must be one of {', '.join(choices)}, not {text!r}{hint}")
    return text
