"""The R key and the ring patterns of each country: sound where they ship, and a slip of the pen is found by name."""

from datetime import datetime
from pathlib import Path

import pytest

import firmware.countries
from firmware import countries
from firmware.fxs.callerid.alerting import prepare
from firmware.fxs.line import Caller, Ring
from firmware.fxs.profile import CallerIdScheme, LineProfile
from firmware.fxs.protocol.orders import CADENCE_MAX, StartRinging

FOLDER = Path(firmware.countries.__file__).parent
SHIPPED = countries.available()
WHEN = datetime(2024, 9, 30, 12, 24)  # noqa: DTZ001 - a telephone shows local time


@pytest.mark.parametrize("code", SHIPPED)
def test_there_are_eight_ring_patterns_the_first_is_the_usual_one_and_no_two_are_alike(code: str) -> None:
    country = countries.load(code)
    assert list(country.ring_patterns) == list("12345678")
    assert country.ring_patterns["1"] == country.line.ring_cadence_ms
    assert len(set(country.ring_patterns.values())) == 8
    assert all(len(pattern) <= CADENCE_MAX for pattern in country.ring_patterns.values())


@pytest.mark.parametrize("name", "12345678")
@pytest.mark.parametrize("code", SHIPPED)
def test_every_ring_pattern_has_room_for_the_caller_and_goes_on_by_itself(code: str, name: str) -> None:
    country = countries.load(code)
    cadence = country.ring_patterns[name]
    profile = LineProfile(caller_id=CallerIdScheme(country.line.caller_id))
    alert = prepare(Ring(cadence, Caller("0123456789", "Somebody")), profile, WHEN)
    assert alert.script.orders[-1][1] == StartRinging(cadence)
    is_within_a_pause = sum(isinstance(order, StartRinging) for _, order in alert.script.orders) == 1
    assert is_within_a_pause and alert.script.audio


@pytest.mark.parametrize("code", SHIPPED)
def test_where_digits_follow_the_r_key_there_is_time_for_them(code: str) -> None:
    flash = countries.load(code).flash
    assert bool(flash.digits) == (flash.digit_ms > 0)
    assert flash.consulting in ("swap", "conference")


@pytest.mark.parametrize("code", SHIPPED)
def test_the_call_waiting_tone_comes_back_and_pauses_in_between(code: str) -> None:
    tone = countries.load(code).tones.call_waiting
    assert tone.loop_from == 0 and tone.steps[0].hz and not tone.steps[-1].hz


MISTAKES = {
    "a misspelt function": ('1 = "release"', '1 = "relaese"', r"flash\.digits\.1 .* did you mean 'release'"),
    "a key that is no digit": ('1 = "release"', 'one = "release"', r"flash\.digits\.one is not known"),
    "a missing digit wait": ("digit_ms = 2000", "", r"flash\.digit_ms is missing"),
    "an unknown manner": (
        'hang_up = "transfer"',
        'hang_up = "transfers"',
        r"flash\.hang_up .* did you mean 'transfer'",
    ),
    "a missing pattern": ("\n8 = [200, 5800]", "", r"ring_patterns\.8 is missing"),
    "a pattern too many": ("\n8 = [200, 5800]", "\n8 = [200, 5800]\n9 = [200, 200]", r"ring_patterns\.9 is not known"),
    "half a pair": ("\n8 = [200, 5800]", "\n8 = [200]", r"ring_patterns\.8 must be pairs"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_file_and_key(tmp_path: Path, mistake: str) -> None:
    before, after, words = MISTAKES[mistake]
    text = (FOLDER / "DE.toml").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "DE.toml").write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(countries.CountryError, match=words):
        countries.load("DE", tmp_path)
