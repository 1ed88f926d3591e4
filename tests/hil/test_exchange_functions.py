"""Telephone functions of a whole box, as people use them: by codes, by R, by hanging up."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from firmware.telephony.media.tones import render
from firmware.telephony.sounds import melody
from tests.support.box import Box
from tests.support.exchange_scenes import OUTSIDE, Scene, arranged, kept
from tests.support.scenes import TRIES, assert_silent, assert_talking, comes, connect, dial_until, put_down, ring_other
from tests.support.sound import Samples, likeness
from tests.support.waiting import until

SETTINGS = {
    "country": "US",
    "dialling/digit_map": "[2-9]xxxxxx",  # no outside number begins like an extension
    "dialling/routes": ["line:1"],
    "outside_lines/1/destination": "extension:101",
}
MUSIC: Samples = np.frombuffer(render(melody()).pcm, "<i2").astype(np.int16)
LIKE_MUSIC = 0.8
CADENCE_SLACK_MS = 60
SHOWN_S = 9.0


@pytest.fixture
def scene(box: Box) -> Iterator[Scene]:
    """Both telephones as they are set usually; what was dialled into them goes with the test."""
    with kept(box, "extensions/101", "extensions/102"):
        yield Scene(box)


def dial_code(scene: Scene, number: int, code: str, path: str, value: object) -> None:
    """Dial a code that the box answers, and hang up: the setting is that then."""

    def is_set() -> bool:
        return bool(scene.box.gateway.call("settings.get", path=path) == value)

    for _ in range(TRIES):  # a machine that has too much to do cuts pieces out of digits
        scene.phone(number).lift()
        scene.box.wait_line(f"fxs{number}", "dial-tone")
        until(lambda: scene.phone(number).state["tone"], 5, "dial tone, or the one that reminds of a forward")
        scene.phone(number).dial(code)
        is_answered = comes(lambda: scene.box.line(f"fxs{number}")["state"] == "talking", 8)
        put_down(scene.box, number)
        if is_answered and comes(is_set):
            return
    raise AssertionError(f"{code}: {path} is not {value!r}")


def assert_hears_music(scene: Scene, number: int, folder: Path) -> None:
    """The telephone hears the box's melody."""

    def is_heard() -> bool:
        heard = scene.phone(number).record(0.6, folder)
        return likeness(MUSIC, heard, window_s=0.2).correlation > LIKE_MUSIC

    until(is_heard, 6, f"telephone {number} hears music")


def call_from_outside(scene: Scene, number: str) -> None:
    """Somebody calls telephone 1, which shows who, and gives up."""
    for _ in range(TRIES):  # a message that lost a piece to a stall is not shown
        scene.ring_in(from_=number)
        if comes(lambda: (scene.phone(1).state["caller_id"] or {}).get("number") == number, SHOWN_S):
            scene.give_up_outside()
            scene.wait_over()
            scene.phone(1).wait("ringing", False)
            scene.box.wait_line("fxo1", "idle", 15)
            return
        scene.give_up_outside()
        scene.box.wait_line("fxo1", "idle", 15)
    raise AssertionError(f"telephone 1 does not show {number}")


def is_called_outside(scene: Scene) -> bool:
    """It rings at the number outside, which arrived as it is."""
    state = scene.outside.state
    return bool(state["state"] == "ringback" and state["dialled"] == OUTSIDE)


# ---- by code -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("country", "on", "off"), [("US", f"*72{OUTSIDE}", "*73"), ("DE", f"*21*{OUTSIDE}#", "#21#")])
def test_calls_are_forwarded_by_code_until_it_is_taken_back(scene: Scene, country: str, on: str, off: str) -> None:
    scene.box.fault(country=country)
    with arranged(scene.box, {"country": country}):
        until(lambda: scene.box.status()["country"] == country, 5, "the country counts")
        dial_code(scene, 2, on, "extensions/102/forwarding/always", f"number:{OUTSIDE}")
        dial_until(scene.box, 1, "102", lambda: is_called_outside(scene), 12)
        assert not scene.phone(2).state["ringing"]
        put_down(scene.box, 1)
        dial_code(scene, 2, off, "extensions/102/forwarding/always", "")
        ring_other(scene.box)


def test_a_telephone_of_which_nothing_is_set_is_forwarded_by_code_all_the_same(scene: Scene) -> None:
    with arranged(scene.box, {"extensions__102": None}):
        dial_code(scene, 2, "*72101", "extensions/102/forwarding/always", "extension:101")


def test_who_does_not_want_to_be_disturbed_is_busy(scene: Scene) -> None:
    dial_code(scene, 2, "*78", "extensions/102/is_do_not_disturb", True)
    scene.dial(1, "102")
    scene.wait_tone(1, "busy")
    put_down(scene.box, 1)
    dial_code(scene, 2, "*79", "extensions/102/is_do_not_disturb", False)
    ring_other(scene.box)


def test_the_last_caller_is_blocked_by_code_and_let_in_again(scene: Scene) -> None:
    call_from_outside(scene, "4155550199")
    dial_code(scene, 1, "*60", "extensions/101/block", ["+14155550199"])
    scene.ring_in(from_="4155550199")
    scene.box.wait_line("fxo1", "guard", SHOWN_S)
    assert not scene.phone(1).state["ringing"] and "blocked caller" in scene.box.log
    scene.give_up_outside()
    scene.box.wait_line("fxo1", "idle", 15)
    dial_code(scene, 1, "*80", "extensions/101/block", [])


def test_anonymous_callers_are_turned_away_by_code(scene: Scene) -> None:
    dial_code(scene, 1, "*77", "extensions/101/is_anonymous_rejected", True)
    for _ in range(TRIES):
        scene.ring_in(from_="withheld")
        scene.box.wait_line("fxo1", "guard", SHOWN_S)
        if comes(lambda: "anonymous caller" in scene.box.log):
            break
        scene.give_up_outside()
        scene.box.wait_line("fxo1", "idle", 15)
    assert "anonymous caller" in scene.box.log and not scene.phone(1).state["ringing"]


def test_the_last_number_is_called_again(scene: Scene) -> None:
    dial_until(scene.box, 1, OUTSIDE, lambda: is_called_outside(scene), 12)
    put_down(scene.box, 1)
    scene.box.wait_line("fxo1", "idle")
    dial_until(scene.box, 1, "*07", lambda: is_called_outside(scene), 12)


def test_the_last_caller_is_called_back(scene: Scene) -> None:
    ring_other(scene.box, 2, 1)
    put_down(scene.box, 2)
    dial_until(scene.box, 1, "*69", lambda: scene.phone(2).state["ringing"])


def test_a_speed_dial_is_set_and_called(scene: Scene) -> None:
    dial_code(scene, 1, "*757*102", "extensions/101/speed_dials", {"7": "extension:102"})
    dial_until(scene.box, 1, "*747", lambda: scene.phone(2).state["ringing"], 8)


@pytest.mark.parametrize("code", ["**101", "*8"])
def test_a_call_that_rings_elsewhere_is_taken_here(scene: Scene, tmp_path: Path, code: str) -> None:
    scene.ring_in(1)
    dial_until(scene.box, 2, code, lambda: scene.outside.state["state"] == "talking")
    scene.phone(1).wait("ringing", False)
    assert_talking(scene.phone(2), scene.outside, tmp_path)


def test_a_hotline_is_set_by_code_and_called_when_nobody_dials(scene: Scene) -> None:
    dial_code(scene, 1, "*52102", "extensions/101/hotline", "102")
    scene.phone(1).lift()
    scene.phone(2).wait("ringing", True, 8)


def test_intercom_reaches_the_other_telephone(scene: Scene, tmp_path: Path) -> None:
    dial_until(scene.box, 1, "*96102", lambda: scene.phone(2).state["ringing"])
    scene.answer(2)
    assert_talking(scene.phone(1), scene.phone(2), tmp_path)


def test_a_wake_up_call_rings_in_the_minute_that_was_dialled_and_plays(scene: Scene, tmp_path: Path) -> None:
    now = datetime.now().astimezone()
    due = (now + timedelta(seconds=75 if now.second > 45 else 60)).replace(second=0, microsecond=0)
    dial_code(scene, 2, f"*55{due:%H%M}", "extensions/102/wake_up", f"{due:%H:%M}")
    scene.phone(2).wait("ringing", True, (due - now).total_seconds() + 15)
    assert datetime.now().astimezone() >= due
    scene.answer(2)
    assert_hears_music(scene, 2, tmp_path)


# ---- how it rings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "cadence_ms"), [("2", [800, 400, 800, 4000]), ("4", [300, 200, 1000, 200, 300, 4000])]
)
def test_a_caller_rings_in_a_way_of_its_own(scene: Scene, pattern: str, cadence_ms: list[int]) -> None:
    with arranged(scene.box, {"extensions__102__ring_for": {"101": pattern}}):
        ring_other(scene.box)
        until(lambda: len(scene.phone(2).state["cadence_ms"]) >= len(cadence_ms), 12, "one turn of the bell")
        rung = scene.phone(2).state["cadence_ms"][: len(cadence_ms)]
        assert all(abs(a - b) <= CADENCE_SLACK_MS for a, b in zip(rung, cadence_ms, strict=True)), rung


# ---- amid a call ---------------------------------------------------------------------------------------


def test_who_is_held_hears_music_and_nobody(scene: Scene, tmp_path: Path) -> None:
    connect(scene.box)
    scene.recall()
    assert_hears_music(scene, 2, tmp_path)
    assert_silent(scene.phone(1), scene.phone(2), tmp_path)
    scene.phone(1).flash()
    scene.through(1)
    assert_talking(scene.phone(1), scene.phone(2), tmp_path)


def test_a_call_is_parked_hears_music_and_is_fetched_elsewhere(scene: Scene, tmp_path: Path) -> None:
    scene.call_in()
    scene.recall_and_dial("*58705")
    until(lambda: [call["state"] for call in scene.box.calls()].count("parked") == 1, 5, "it is parked")
    put_down(scene.box, 1)
    heard = scene.outside.record(0.8, tmp_path)
    assert likeness(MUSIC, heard, window_s=0.2).correlation > LIKE_MUSIC
    dial_until(scene.box, 2, "*59705", lambda: scene.box.line("fxs2")["state"] == "talking")
    assert_talking(scene.phone(2), scene.outside, tmp_path)


def test_a_parked_call_that_nobody_fetches_rings_who_parked_it(scene: Scene, tmp_path: Path) -> None:
    with arranged(scene.box, {"calls__park_s": 15}):
        scene.call_in()
        scene.recall_and_dial("*68")
        until(lambda: "parked" in [call["state"] for call in scene.box.calls()], 5, "it is parked")
        put_down(scene.box, 1)
        scene.phone(1).wait("ringing", True, 20)
        scene.answer_in(1)
        assert_talking(scene.phone(1), scene.outside, tmp_path)


def test_a_call_is_transferred_by_code(scene: Scene, tmp_path: Path) -> None:
    scene.call_in()
    scene.recall_and_dial("*98102")
    scene.phone(2).wait("ringing", True)
    put_down(scene.box, 1)
    scene.answer(2)
    assert_talking(scene.phone(2), scene.outside, tmp_path)
    assert len(scene.box.calls()) == 1


def test_a_call_is_transferred_by_hanging_up_after_a_word(scene: Scene, tmp_path: Path) -> None:
    with arranged(scene.box, {"calls__is_transferred_on_hang_up": True}):
        scene.call_in()
        scene.ask_inside()
        assert_talking(scene.phone(1), scene.phone(2), tmp_path)
        put_down(scene.box, 1)
        assert_talking(scene.phone(2), scene.outside, tmp_path)
        assert len(scene.box.calls()) == 1


def test_three_talk_and_two_go_on(scene: Scene, tmp_path: Path) -> None:
    with arranged(scene.box, {"calls__is_conference_kept": True}):
        scene.call_in()
        scene.ask_inside()
        scene.phone(1).flash()
        for one, other in ((scene.phone(1), scene.phone(2)), (scene.phone(2), scene.outside)):
            assert_talking(one, other, tmp_path)
        put_down(scene.box, 1)
        assert_talking(scene.phone(2), scene.outside, tmp_path)


def test_a_second_caller_is_busy_where_call_waiting_is_switched_off_by_code(scene: Scene) -> None:
    dial_code(scene, 1, "*57", "extensions/101/is_call_waiting_allowed", False)
    connect(scene.box)
    scene.ring_in()
    scene.box.wait_line("fxo1", "guard", SHOWN_S)
    assert len(scene.box.calls()) == 1


def test_forwards_in_a_circle_end_in_a_tone(scene: Scene) -> None:
    with arranged(
        scene.box,
        {
            "extensions__103": {"forwarding": {"always": "extension:104"}},
            "extensions__104": {"forwarding": {"always": "extension:103"}},
        },
    ):
        begun = time.monotonic()
        scene.dial(1, "103")
        scene.wait_tone(1, "congestion")
        assert time.monotonic() - begun < 10
        scene.wait_over()
