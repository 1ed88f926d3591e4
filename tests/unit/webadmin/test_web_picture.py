"""The gateway's snapshot in words: all of it, and whatever is left of it."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from firmware.webadmin import language, render, words
from firmware.webadmin.now import picture, simulated
from firmware.webadmin.now.live import View
from tests.unit.webadmin.snapshots import SNAPSHOT, STATE

JUNK = (None, 7, -1e300, float("nan"), True, "", "<b>", [], {}, [None], [[1]], [{}], {"number": {}}, "x" * 10_000)


def drawn(snapshot: dict[str, Any], state: object = None) -> dict[str, str]:
    shown = picture.of_snapshot(snapshot)
    return render.draw(View(shown, simulated.of_state(simulated.essence(state), shown)))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, the whole left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def spoilt(value: Any, path: tuple[Any, ...], junk: object, remove: bool = False) -> Any:
    copied = copy.deepcopy(value)
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    if remove:
        del inner[path[-1]]
    else:
        inner[path[-1]] = junk
    return copied


def test_a_snapshot_is_told_in_words() -> None:
    shown = picture.of_snapshot(SNAPSHOT)
    assert shown.is_up
    assert (shown.headline, shown.tone) == ("Works, with a warning", "warn")
    assert shown.facts == ("Country US", "Version 0.1.0", "Up 2 min", "Simulated adapter")
    call = shown.calls[0]
    assert (call.name, call.words, call.number, call.notes) == ("Kitchen (11) → 12", "Talking", "12:34", ("G722",))
    assert shown.lines[0].words == "Talking with 12"
    assert "delay from the line 18 ms" in shown.lines[0].notes
    assert "echo lowered by 24 dB" in shown.lines[0].notes
    assert "2 audio blocks lost" in shown.lines[0].notes
    assert (shown.lines[2].name, shown.lines[2].words) == ("Outside line 1", "Ready")
    assert shown.adapters[0].notes == ("SIM-7", "run/adapter", "firmware 1.4", "3 damaged frames", "1 reset")
    assert shown.channels == "1 of 2 voice channels in use"


@pytest.mark.parametrize(
    ("state", "text", "told"),
    [
        ("ready", "ready", "Bereit"),
        ("in-use", "calling", "Ruft an"),
        ("in-use", "talking", "Im Gespräch"),
        ("lost", "its adapter is not there", "Nicht verbunden"),
    ],
)
def test_an_outside_line_is_told_in_the_visitors_language(state: str, text: str, told: str) -> None:
    trunk = {"name": "line:1", "kind": "line", "state": state, "text": text, "retry_in_s": None}
    with language.speaking("de"):
        assert picture.of_snapshot(SNAPSHOT | {"trunks": [trunk]}).trunks[0].words == told


def test_a_trunk_says_what_to_do_and_when_it_tries_again() -> None:
    trunk, line = picture.of_snapshot(SNAPSHOT).trunks
    assert (trunk.name, trunk.words, trunk.tone) == ("main", "The password was refused", "bad")
    assert trunk.notes == ("Check the user name and the password of this account. Next try in 30 s.",)
    assert (line.name, line.words, line.tone, line.notes) == ("Outside line 1", "Ready", "good", ())


def test_the_other_end_is_found_in_the_calls() -> None:
    kitchen = {"number": "11", "name": "Kitchen"}
    town = {"number": "5551234", "name": ""}
    lines = [
        {"kind": "fxs", "number": 1, "extension": "11", "state": "talking"},
        {"kind": "fxs", "number": 2, "extension": "12", "state": "ringing"},
        {"kind": "fxo", "number": 1, "extension": "", "state": "talking"},
    ]

    def words_for(to: dict[str, str], caller: dict[str, str], via: str = "") -> list[str]:
        calls = [{"from": caller, "to": to, "state": "talking", "via": via}]
        return [row.words for row in picture.of_snapshot({"lines": lines, "calls": calls}).lines]

    assert words_for({"number": "12", "kind": "extension"}, kitchen)[:2] == [
        "Talking with 12",
        "Rings: Kitchen (11) calls",
    ]
    assert words_for({"number": "5551234", "kind": "number"}, kitchen, "line:1")[2] == "Talking with 5551234"
    assert words_for({"number": "all", "kind": "group"}, town, "line:1")[2] == "Talking with 5551234"
    assert words_for({"number": "echo", "kind": "service"}, kitchen)[0] == "Talking with the echo test"


def test_every_state_of_the_snapshot_has_words() -> None:
    lines = "on-hook dial-tone dialling calling ringing talking held busy-tone congestion-tone howler idle seized lost"
    lines += " failure-tone silent ringing-wait guard"
    for state in lines.split():
        assert state not in (words.of_line(state, "").words, words.of_line(state, "Anna").words)
    for state in ["registered", "registering", "waiting", "refused", "ready", "off", "lost", "in-use"]:
        assert words.of_trunk(state).words != state
    for state in ["connecting", "ready", "lost", "refused"]:
        assert words.of_adapter(state).words != state
    for state in ["calling", "ringing", "talking", "held"]:
        assert words.of_call(state).words != state


def test_an_unknown_state_is_shown_as_it_is() -> None:
    assert words.of_line("meditating", "Anna").words == "meditating"
    assert words.of_trunk("").words == "Unknown"


def test_an_empty_snapshot_makes_a_page() -> None:
    parts = drawn({})
    assert "No adapter is plugged in" in parts["adapters"]
    assert "Nobody is calling" in parts["calls"]
    assert "No outside account is set up" in parts["trunks"]


@pytest.mark.long
@pytest.mark.parametrize("path", list(places(SNAPSHOT)), ids=lambda path: "/".join(map(str, path)))
def test_no_missing_or_strange_part_of_a_snapshot_harms(path: tuple[Any, ...]) -> None:
    if isinstance(path[-1], str):
        drawn(spoilt(SNAPSHOT, path, None, remove=True), STATE)
    for junk in JUNK:
        drawn(spoilt(SNAPSHOT, path, junk), STATE)


@pytest.mark.parametrize("path", list(places(STATE)), ids=lambda path: "/".join(map(str, path)))
def test_no_missing_or_strange_part_of_the_simulators_state_harms(path: tuple[Any, ...]) -> None:
    for junk in JUNK:
        drawn(SNAPSHOT, spoilt(STATE, path, junk))


def test_text_from_outside_stays_text() -> None:
    attack = '"><img src=x onerror=alert(1)></script>'
    for path in places(SNAPSHOT):
        for html in drawn(spoilt(SNAPSHOT, path, attack), STATE).values():
            assert "<img" not in html
    state = spoilt(STATE, ("phones", 0, "caller_id"), {"number": attack, "name": attack})
    state["phones"][0]["ringing"] = True
    html = drawn(SNAPSHOT, state)["phone-1"]
    assert "<img" not in html
    assert "&lt;img" in html


def test_names_cannot_turn_the_text_round_or_flood_the_page() -> None:
    assert words.clean("Bob\u202e\x00\n\x1b[31mecila") == "Bob[31mecila"
    assert len(words.clean("x" * 10_000)) == 120


def test_many_rows_are_cut() -> None:
    crowd = {**SNAPSHOT, "calls": SNAPSHOT["calls"] * 5000}
    assert len(picture.of_snapshot(crowd).calls) == 100


def test_a_withheld_number_is_told_apart_from_an_unknown_one() -> None:
    assert picture.person({"number": "", "name": "", "withheld": True}) == "a withheld number"
    assert picture.person({"number": "", "name": ""}) == "unknown"
    assert picture.person({"number": "12", "name": "12"}) == "12"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.9, "0:07"), (754, "12:34"), (3723, "1:02:03"), (-5, "0:00")]
)
def test_durations(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


def test_the_first_call_is_led_from_step_to_step() -> None:
    def step(first: str, second: str, is_second_ringing: bool, line_state: str) -> int:
        snapshot, state = copy.deepcopy(SNAPSHOT), copy.deepcopy(STATE)
        snapshot["lines"][0]["state"] = line_state
        state["phones"][0]["hook"], state["phones"][1]["hook"] = first, second
        state["phones"][1]["ringing"] = is_second_ringing
        shown = picture.of_snapshot(snapshot)
        return simulated.of_state(simulated.essence(state), shown).first_call.next_step

    assert step("on-hook", "on-hook", False, "on-hook") == 1
    assert step("off-hook", "on-hook", False, "dial-tone") == 2
    assert step("off-hook", "on-hook", True, "calling") == 3
    assert step("off-hook", "off-hook", False, "talking") == 4


def test_what_the_simulator_counts_does_not_redraw_the_page() -> None:
    later = copy.deepcopy(STATE)
    later["now"], later["adapter"]["frames_sent"] = 99.0, 4711
    later["phones"][0]["tone"] = None
    assert simulated.essence(later) == simulated.essence(json.loads(json.dumps(STATE)))
