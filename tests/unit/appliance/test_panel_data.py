"""The panel's data: complete as shipped, and refused in words where it is not."""

from pathlib import Path

import pytest

from firmware.appliance.lights import Setup, states
from firmware.appliance.panel_data import STANDARD, Action, Light, read_panel


def changed(tmp_path: Path, before: str, after: str) -> Path:
    text = STANDARD.read_text()
    assert before in text
    path = tmp_path / "panel.toml"
    path.write_text(text.replace(before, after, 1))
    return path


def test_every_state_that_can_be_has_a_pattern() -> None:
    panel = read_panel()
    trunks = [[], ["registered"], ["registering"], ["waiting"], ["refused"], ["off"], ["something-new"]]
    calls = [[], ["calling"], ["ringing"], ["talking"], ["held"], ["failing"], ["ended"], ["something-new"]]
    health = [[], ["warning"], ["error"], ["something-new"]]
    for setup in (Setup(), Setup(is_due=True), Setup(has_code=True), Setup(is_due=True, has_code=True)):
        for status in [None] + [
            {
                "trunks": [{"kind": "sip", "state": state} for state in trunk],
                "calls": [{"state": state} for state in call],
                "health": [{"severity": severity} for severity in problem],
            }
            for trunk in trunks
            for call in calls
            for problem in health
        ]:
            for light, state in states(status, setup).items():
                assert state in panel.lights[light], (light, state)


def test_every_action_has_a_press_and_only_the_reset_is_asked_twice() -> None:
    presses = read_panel().presses
    assert {press.action for press in presses} == set(Action)
    assert {press.action for press in presses if press.confirm_within_s} == {Action.FACTORY_RESET}


def test_what_is_shown_while_the_button_is_held_changes_where_its_meaning_does() -> None:
    panel = read_panel()
    shown_from = {one.from_s for one in panel.held}
    assert {press.from_s for press in panel.presses[1:]} <= shown_from
    assert {press.to_s for press in panel.presses[1:]} <= shown_from


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('ok = "steady"', 'ok = "glow"', "no pattern glow"),
        ("power = 17", "power = 24", "two things are on one pin"),
        ("power = 17", "", "'power' is missing"),
        ("to_s = 1.0", "to_s = 4.0", "one press would mean speak-address and new-setup-code"),
        ('action = "new-setup-code"', 'action = "explode"', "explode"),
        ("from_s = 6.0\nshow", "from_s = 12.0\nshow", "not in order"),
        ("[patterns]", "patterns = 3\n[x]", "not what it should be"),
        ("[pins]", "[pins", "line"),
    ],
)
def test_a_mistake_is_said(tmp_path: Path, before: str, after: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_panel(changed(tmp_path, before, after))


def test_another_board_is_another_file(tmp_path: Path) -> None:
    assert read_panel(changed(tmp_path, "power = 17", "power = 5")).pins[Light.POWER] == 5
