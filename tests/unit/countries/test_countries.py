"""Country profiles: those that ship are sound, and a slip of the pen is found by name."""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import firmware.countries
from firmware import countries
from firmware.fxs.profile import CallerIdScheme, HookTimings
from firmware.telephony.numbering.digits import DigitMap

FOLDER = Path(firmware.countries.__file__).parent
SHIPPED = countries.available()


def test_the_three_countries_ship() -> None:
    assert {"US", "UK", "DE"} <= set(SHIPPED)


@pytest.mark.parametrize("code", SHIPPED)
def test_a_shipped_profile_loads_and_is_loaded_once(code: str) -> None:
    country = countries.load(code)
    assert country.code == code
    assert countries.load(code) is country
    with pytest.raises(dataclasses.FrozenInstanceError):
        country.name = "elsewhere"  # type: ignore[misc]


@pytest.mark.parametrize("code", SHIPPED)
def test_a_shipped_profile_names_its_sources(code: str) -> None:
    text = (FOLDER / f"{code}.toml").read_text(encoding="utf-8")
    assert re.search(r"^# .*(E\.180|GR-506|SIN \d+|1 TR 110|EN 300)", text, re.MULTILINE)


@pytest.mark.parametrize("code", SHIPPED)
def test_hook_windows_fit_the_vocabulary_of_lines(code: str) -> None:
    hooks = HookTimings(**dataclasses.asdict(countries.load(code).hooks))
    assert hooks.flash_min_ms < hooks.flash_max_ms < hooks.on_hook_min_ms


@pytest.mark.parametrize("code", SHIPPED)
def test_the_caller_id_scheme_is_one_that_lines_know(code: str) -> None:
    CallerIdScheme(countries.load(code).line.caller_id)


def test_every_scheme_that_lines_know_may_stand_in_a_profile(tmp_path: Path) -> None:
    for scheme in CallerIdScheme:
        assert changed(tmp_path / scheme.value, replaced(r'caller_id = "[^"]+"', f'caller_id = "{scheme.value}"'))


@pytest.mark.parametrize("code", SHIPPED)
def test_the_digit_map_can_be_read_and_has_no_emergency_number(code: str) -> None:
    numbering = countries.load(code).numbering
    DigitMap.parse(numbering.digit_map)
    alternatives = re.split(r"[{}|\s]+", numbering.digit_map)
    assert not set(numbering.emergency_numbers) & set(alternatives)


@pytest.mark.parametrize("code", SHIPPED)
def test_a_ringing_that_ended_is_noticed_after_one_cadence_and_some(code: str) -> None:
    country = countries.load(code)
    assert sum(country.line.ring_cadence_ms) < country.outside_line.ring_cancel_ms


def changed(folder: Path, change: Callable[[str], str], code: str = "US") -> countries.Country:
    """The profile after a change to its text, from a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{code}.toml").write_text(change((FOLDER / f"{code}.toml").read_text(encoding="utf-8")))
    return countries.load(code, folder)


def replaced(pattern: str, text: str) -> Callable[[str], str]:
    def change(profile: str) -> str:
        result, count = re.subn(pattern, text, profile, count=1)
        assert count == 1
        return result

    return change


def test_a_new_country_is_a_file_and_nothing_else(tmp_path: Path) -> None:
    text = (FOLDER / "DE.toml").read_text(encoding="utf-8").replace('name = "Germany"', 'name = "Austria"')
    (tmp_path / "AT.toml").write_text(text)
    (tmp_path / "notes.toml").write_text("is no country")
    assert countries.available(tmp_path) == ("AT",)
    assert countries.load("AT", tmp_path).name == "Austria"


MISTAKES = {
    "a misspelt optional key": (r"loop_from = 0", "loop_form = 0", r"US\.toml: tones\.dial\.loop_form .*'loop_from'"),
    "a misspelt needed key": (r"dbm0 = -13 ", "dbmo = -13 ", r"tones\.dial\.steps\[0\]\.dbm0 is missing .*'dbmo'"),
    "a misspelt table": (r"\[hooks\]", "[hook]", r"US\.toml: hooks is missing .*'hook'"),
    "a table too many": (r"\[hooks\]", "[hoots]\n[hooks]", r"US\.toml: hoots is not known; did you mean 'hooks'"),
    "a text for a number": (r"flash_min_ms = \d+", 'flash_min_ms = "300"', r"hooks\.flash_min_ms must be a number"),
    "a fraction": (r"flash_min_ms = \d+", "flash_min_ms = 300.5", r"hooks\.flash_min_ms must be a whole number"),
    "a truth for a number": (r"flash_min_ms = \d+", "flash_min_ms = true", r"hooks\.flash_min_ms must be a number"),
    "windows upside down": (r"flash_min_ms = \d+", "flash_min_ms = 1050", r"flash_min_ms must be less than flash_max"),
    "a digit twice": (r'pulses = "\d+"', 'pulses = "1234567899"', r"hooks\.pulses must hold each of ten digits"),
    "an unknown scheme": (r'"bellcore-fsk"', '"belcore-fsk"', r"line\.caller_id .* did you mean 'bellcore-fsk'"),
    "a cadence without its gap": (r"\[2000, 4000\]", "[2000]", r"line\.ring_cadence_ms must be pairs"),
    "a tone that would clip": (r"dbm0 = -9", "dbm0 = -6", r"tones\.howler\.steps\[0\]\.dbm0 is too loud"),
    "a tone beyond the band": (r"\[480, 620\]", "[480, 6200]", r"tones\.busy\.steps\[0\]\.hz\[1\] must be 20 to 3900"),
    "a tone too long": (r"ms = 9700", "ms = 60000", r"tones\.call_waiting\.steps last 60300 ms"),
    "a loop from nowhere": (r"loop_from = 20", "loop_from = 21", r"stutter_dial\.loop_from must be 0 to 20"),
    "a tone without steps": (r"steps = \[\{ ms = 500, hz.*\]", "steps = []", r"tones\.busy\.steps must be a list of 1"),
    "a number that is none": (r'\["911"\]', '["nine"]', r"emergency_numbers\[0\] must be 1 to 15 digits"),
    "a number unquoted": (r'\["911"\]', "[911]", r"emergency_numbers\[0\] must be a text in quotes"),
    "a digit map of rubbish": (r"\^1900x\.", "^19;00x.", r"numbering\.digit_map must be alternatives in braces"),
    "half a bracket": (r"1\[2-9\]xx", "1[2-9xx", r"digit_map has an \[ or \] without"),
    "a break too short": (
        r"loop_open_min_ms = \d+",
        "loop_open_min_ms = 5",
        r"outside_line\.loop_open_min_ms must be 20",
    ),
    "no TOML at all": (r"\[hooks\]", "[hooks", r"US\.toml cannot be read"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_file_and_key(tmp_path: Path, mistake: str) -> None:
    pattern, text, words = MISTAKES[mistake]
    with pytest.raises(countries.CountryError, match=words):
        changed(tmp_path, replaced(pattern, text))


def test_bytes_that_are_no_text_are_told_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "US.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(countries.CountryError, match=r"US\.toml cannot be read"):
        countries.load("US", tmp_path)


@pytest.mark.parametrize("code", ["XX", "us", "../US", ""])
def test_a_country_without_a_profile_is_refused_with_those_that_have_one(code: str) -> None:
    with pytest.raises(countries.CountryError, match="there are DE, UK, US"):
        countries.load(code)
