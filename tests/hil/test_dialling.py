"""Dial tone and dialling on a whole box: tones and pulses, complete and incomplete numbers, rewriting and bars."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.box import Box
from tests.support.scenes import TRIES, changed, dial_until, put_down, recording
from tests.support.sound import RATE_HZ, Samples, level_at
from tests.support.waiting import until

PAUSE_S = 1.0
SETTINGS = {
    "country": "UK",  # hanging up is seen soonest
    "dialling/digit_map": "^1900x. | <=0161>[2-9]xxxxxx | 1[2-9]xx[2-9]xxxxxx | 011[2-9]x. | *2[0-4]x",
    "dialling/pause_s": PAUSE_S,
    "dialling/first_digit_s": 5.0,
    "dialling/routes": ["line:1"],
}
DIAL_TONE_MAX_S = 0.1
SOON_S = 0.6  # much sooner than any pause, on a machine that does other things as well
SIT_HZ = (950, 1400, 1800)


def test_dial_tone_comes_within_100_ms_of_lifting(box: Box) -> None:
    fastest_s = 1.0
    for _ in range(5):  # the machine may be busy with other things; the box must not be
        box.phone(1).lift()
        box.phone(1).wait_tone("dial")
        state = box.phone(1).state
        fastest_s = min(fastest_s, state["first_tone_at"] - state["lifted_at"])
        box.phone(1).hang_up()
        box.wait_line("fxs1", "on-hook")
        if fastest_s < DIAL_TONE_MAX_S:
            break
    assert 0 < fastest_s < DIAL_TONE_MAX_S


def test_tones_are_understood_short_soft_and_twisted(box: Box) -> None:
    dial_until(box, 1, "102", lambda: _rings(box), on_ms=50, off_ms=50, dbm0=-22, twist_db=4)


def test_the_first_digit_ends_dial_tone(box: Box) -> None:
    box.phone(1).lift_and_dial("1")
    until(lambda: not _hears_tone(box.phone(1).state), 2, "dial tone ends")
    box.wait_line("fxs1", "dialling")


def test_dial_pulses_are_understood(box: Box) -> None:
    with changed(box, dialling__pause_s=4.0):  # a dial needs a second to turn back from 0
        dial_until(box, 1, "102", lambda: _rings(box), pulse=True)


def test_dial_pulses_are_no_digits_where_the_settings_say_so(box: Box) -> None:
    with changed(box, telephones__1__is_pulse_dialling_allowed=False):
        box.phone(1).lift_and_dial("12", pulse=True)
        assert box.line("fxs1")["state"] == "dial-tone"


def test_a_complete_number_is_sent_at_once_and_rewritten(box: Box) -> None:
    with changed(box, dialling__pause_s=15.0):
        dial_until(box, 1, "2345678", lambda: box.line("fxs1")["state"] == "calling", SOON_S)
        until(lambda: box.outside.state["dialled"].startswith("0161"), 5, "the rewritten number is dialled")


def test_a_number_that_could_go_on_is_sent_after_the_pause(box: Box) -> None:
    box.phone(1).lift_and_dial("0112345")
    dialled_at = time.monotonic()
    box.wait_line("fxs1", "calling")
    assert PAUSE_S - 0.2 < time.monotonic() - dialled_at < PAUSE_S + SOON_S


def test_hash_sends_a_number_that_could_go_on_at_once(box: Box) -> None:
    with changed(box, dialling__pause_s=15.0):
        dial_until(box, 1, "0112345#", lambda: box.line("fxs1")["state"] == "calling", SOON_S)
        until(lambda: box.outside.state["dialled"].startswith("011"), 5, "the number is dialled")


def test_a_barred_number_gets_special_information_tone_at_once(box: Box, tmp_path: Path) -> None:
    with changed(box, dialling__pause_s=15.0):
        assert_refused(box, "190", "0", tmp_path)
    box.phone(1).wait_tone("congestion")
    assert box.calls() == [] and box.line("fxo1")["state"] == "idle"


def test_a_number_that_is_not_complete_is_refused_after_the_pause_that_is_set(box: Box, tmp_path: Path) -> None:
    with changed(box, dialling__pause_s=2.0):
        dialled_at = assert_refused(box, "2345", "6", tmp_path, 2.0)
    assert box.phone(1).state["tone"]  # it goes on in congestion
    assert time.monotonic() - dialled_at > 2.0


def test_a_number_that_nothing_begins_with_is_refused_at_once(box: Box, tmp_path: Path) -> None:
    with changed(box, dialling__pause_s=15.0):
        assert_refused(box, "*9", "0", tmp_path)  # *96 and *98 are codes


def test_whoever_dials_nothing_loses_dial_tone(box: Box) -> None:
    box.phone(1).lift()
    box.phone(1).wait_tone("dial")
    box.phone(1).wait_tone("congestion", 12)  # recognised after a whole turn of it
    assert box.calls() == []


def assert_refused(box: Box, before: str, last: str, folder: Path, pause_s: float = 0.0) -> float:
    """After the last digit, and the pause if any, special information tone is heard. When that digit was out."""
    for _ in range(TRIES):
        box.phone(1).lift_and_dial(before)
        with recording(box.phone(1), pause_s + 2.5, folder) as heard:
            box.phone(1).dial(last)
            dialled_at = time.monotonic()
        starts_s = special_information(heard[0])
        if starts_s and pause_s <= starts_s[0] <= pause_s + 1.0:
            return dialled_at
        put_down(box, 1)
    raise AssertionError(f"special information tone is not heard: {starts_s}")


def special_information(heard: Samples) -> list[float]:
    """When its three notes of about 0.3 s begin, in s, if they are there and in order."""
    starts_s, length = [], RATE_HZ // 20
    for hz in SIT_HZ:
        pieces = [heard[start : start + length] for start in range(0, len(heard) - length, length)]
        is_note = [level_at(piece, hz) > 0.5 and level_dbm0(piece) > -40 for piece in pieces]
        if not 4 <= sum(is_note) <= 10:
            return []
        starts_s.append(is_note.index(True) / 20)
    return starts_s if starts_s == sorted(starts_s) else []


def level_dbm0(piece: Samples) -> float:
    return float(20 * np.log10(np.std(piece.astype(np.float64)) / 32767 * np.sqrt(2) + 1e-9) + 3.14)


def _rings(box: Box) -> bool:
    return bool(box.phone(2).state["ringing"])


def _hears_tone(state: Mapping[str, Any]) -> bool:
    return bool(state["tone"] and state["tone"]["is_on"])
