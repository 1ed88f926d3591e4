"""The panel on a timeline: what is pressed when, what lights up when, what is asked of the box."""

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from firmware.appliance.lights import Setup
from firmware.appliance.panel import Panel
from firmware.appliance.panel_data import Action, Light, Pattern, read_panel
from firmware.appliance.pins import PinsRefused
from tests.support.pins import FakePins
from tests.support.waiting import until

DATA = read_panel()
BUTTON = DATA.button_pin
LOOK_S = 0.02
SHORT_S = 0.3
IDLE = {"health": [], "trunks": [], "calls": []}


class Timeline:
    """A panel whose clock the test moves."""

    def __init__(self, held: int | None = None) -> None:
        self.now_s = 100.0
        self.pins = FakePins(held)
        self.status: dict[str, Any] | None = dict(IDLE)
        self.setup = Setup()
        self.done: list[Action] = []
        self.does_work = True
        self.panel = Panel(
            self.pins,
            DATA,
            status=lambda: self.status,
            setup=lambda: self.setup,
            perform=self._perform,
            clock=lambda: self.now_s,
        )
        self.panel.set_up()
        self.run(0.1)

    def _perform(self, action: Action) -> bool:
        self.done.append(action)
        return self.does_work

    def run(self, seconds: float, on_look: Callable[[], None] = lambda: None) -> None:
        for _ in range(round(seconds / LOOK_S)):
            self.now_s += LOOK_S
            self.panel.look()
            self._wait_for_action()
            on_look()

    def _wait_for_action(self) -> None:
        until(lambda: not any(one.name == "panel-action" for one in threading.enumerate()), 5, "the action is done")

    def press(self, seconds: float) -> None:
        """Down and up, each seen."""
        self.pins.press(BUTTON)
        self.run(seconds)
        self.pins.release(BUTTON)
        self.run(0.04)

    def lit(self) -> set[Light]:
        return {light for light, pin in DATA.pins.items() if self.pins.outputs[pin]}

    def seen(self, light: Light, seconds: float = 1.0) -> list[bool]:
        found: list[bool] = []
        self.run(seconds, lambda: found.append(self.pins.outputs[DATA.pins[light]]))
        return found

    def changes(self, light: Light, seconds: float = 1.0) -> int:
        found = self.seen(light, seconds)
        return sum(before != after for before, after in itertools.pairwise(found))


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


# ---- the button ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.9])
def test_a_short_press_speaks_the_address(timeline: Timeline, seconds: float) -> None:
    timeline.press(seconds)
    assert timeline.done == [Action.SPEAK_ADDRESS]


@pytest.mark.parametrize("seconds", [3.1, 4.5, 5.8])
def test_three_seconds_make_a_setup_code(timeline: Timeline, seconds: float) -> None:
    timeline.press(seconds)
    assert timeline.done == [Action.NEW_SETUP_CODE]


@pytest.mark.parametrize("seconds", [0.02, 1.2, 2.8, 6.2, 9.8, 20.2, 60])
def test_any_other_length_does_nothing(timeline: Timeline, seconds: float) -> None:
    timeline.press(seconds)
    timeline.press(SHORT_S)
    assert timeline.done == [Action.SPEAK_ADDRESS]  # the second press: nothing waited to be confirmed


def test_ten_seconds_and_a_short_press_reset(timeline: Timeline) -> None:
    timeline.press(10.5)
    assert timeline.done == []
    timeline.run(2)
    timeline.press(SHORT_S)
    assert timeline.done == [Action.FACTORY_RESET]


def test_the_second_press_may_come_until_the_fifth_second(timeline: Timeline) -> None:
    timeline.press(11)
    timeline.run(4.8)
    timeline.press(SHORT_S)
    assert timeline.done == [Action.FACTORY_RESET]


def test_a_second_press_that_comes_late_is_a_press_of_its_own(timeline: Timeline) -> None:
    timeline.press(11)
    timeline.run(5.1)
    timeline.press(SHORT_S)
    assert timeline.done == [Action.SPEAK_ADDRESS]


@pytest.mark.parametrize("seconds", [0.02, 1.5, 3.5, 10.5])
def test_a_second_press_of_another_length_is_a_no(timeline: Timeline, seconds: float) -> None:
    timeline.press(11)
    timeline.press(seconds)
    assert timeline.done == []
    timeline.run(6)
    timeline.press(SHORT_S)
    assert timeline.done == [Action.SPEAK_ADDRESS]


def test_a_reset_is_not_done_twice(timeline: Timeline) -> None:
    timeline.press(11)
    timeline.press(SHORT_S)
    timeline.press(SHORT_S)
    assert timeline.done == [Action.FACTORY_RESET, Action.SPEAK_ADDRESS]


def test_a_button_that_is_held_at_the_start_does_nothing_until_it_was_let_go() -> None:
    timeline = Timeline(held=BUTTON)
    timeline.run(11)
    timeline.pins.release(BUTTON)
    timeline.run(0.1)
    timeline.press(SHORT_S)
    assert timeline.done == [Action.SPEAK_ADDRESS]


def test_contacts_that_bounce_are_one_press(timeline: Timeline) -> None:
    for _ in range(3):
        timeline.pins.press(BUTTON)
        timeline.run(LOOK_S)
        timeline.pins.release(BUTTON)
        timeline.run(LOOK_S)
    timeline.press(SHORT_S)
    for _ in range(3):
        timeline.pins.press(BUTTON)
        timeline.run(LOOK_S)
        timeline.pins.release(BUTTON)
        timeline.run(LOOK_S)
    timeline.run(1)
    assert timeline.done == [Action.SPEAK_ADDRESS]


# ---- the lights ----------------------------------------------------------------------------------------


def test_a_box_that_is_well_and_idle_shows_one_light(timeline: Timeline) -> None:
    for _ in range(100):
        timeline.run(LOOK_S)
        assert timeline.lit() == {Light.POWER}


@pytest.mark.parametrize(
    ("light", "part", "changes"),
    [
        (Light.POWER, {"health": [{"severity": "warning"}]}, 2),
        (Light.POWER, {"health": [{"severity": "warning"}, {"severity": "error"}]}, 8),
        (Light.UPLINK, {"trunks": [{"kind": "sip", "state": "registered"}]}, 0),
        (Light.UPLINK, {"trunks": [{"kind": "sip", "state": "registering"}]}, 2),
        (Light.UPLINK, {"trunks": [{"kind": "sip", "state": s} for s in ("registered", "waiting")]}, 8),
        (Light.UPLINK, {"trunks": [{"kind": "sip", "state": "refused"}]}, 8),
        (Light.CALL, {"calls": [{"state": "ringing"}]}, 8),
        (Light.CALL, {"calls": [{"state": "ringing"}, {"state": "talking"}]}, 0),
        (Light.CALL, {"calls": [{"state": "held"}]}, 0),
    ],
)
def test_lights_follow_the_status(timeline: Timeline, light: Light, part: dict[str, Any], changes: int) -> None:
    timeline.status = IDLE | part
    timeline.run(1)
    assert abs(timeline.changes(light) - changes) <= 1  # a second begins anywhere in a pattern
    assert any(timeline.seen(light))


@pytest.mark.parametrize(
    ("light", "part"),
    [
        (Light.UPLINK, {"trunks": [{"kind": "line", "state": "lost"}]}),
        (Light.UPLINK, {"trunks": [{"kind": "sip", "state": "off"}]}),
        (Light.CALL, {"calls": [{"state": "ended"}]}),
        (Light.SETUP, {}),
    ],
)
def test_what_does_not_concern_a_light_leaves_it_dark(timeline: Timeline, light: Light, part: dict[str, Any]) -> None:
    timeline.status = IDLE | part
    assert not any(timeline.seen(light))


def test_a_silent_gateway_is_shown_and_nothing_made_up(timeline: Timeline) -> None:
    timeline.status = None
    assert timeline.changes(Light.POWER) >= 3
    assert not any(timeline.seen(Light.UPLINK)) and not any(timeline.seen(Light.CALL))


def test_the_setup_light_tells_a_code_from_none(timeline: Timeline) -> None:
    timeline.setup = Setup(is_due=True, has_code=True)
    with_code = sum(timeline.seen(Light.SETUP))
    timeline.setup = Setup(is_due=True)
    without = sum(timeline.seen(Light.SETUP))
    assert 5 < with_code < 15 < 20 < without < 30  # of 50 looks: twice 100 ms, and 500 ms


def test_holding_the_button_shows_what_it_is_about_to_do(timeline: Timeline) -> None:
    timeline.pins.press(BUTTON)
    timeline.run(2.9)
    assert timeline.lit() == {Light.POWER}
    timeline.run(1.0)
    counts: list[int] = []
    timeline.run(2.0, lambda: counts.append(len(timeline.lit())))
    assert set(counts) == {0, 4}  # all blink: let go for a code
    timeline.run(0.3)
    counts.clear()
    timeline.run(3.7, lambda: counts.append(len(timeline.lit())))
    assert counts == sorted(counts, reverse=True) and set(counts) == {4, 3, 2, 1}  # counts down
    timeline.run(0.3)
    assert len(set(timeline.pins.outputs.values())) == 1  # all the same
    assert timeline.changes(Light.SETUP) >= 7  # let go for a reset
    timeline.run(9)
    assert timeline.lit() == set()  # nothing any more


def test_while_a_second_press_is_awaited_all_lights_say_so(timeline: Timeline) -> None:
    timeline.press(11)
    assert timeline.changes(Light.CALL) >= 7
    timeline.run(5)
    assert timeline.lit() == {Light.POWER}


@pytest.mark.parametrize(("does_work", "most"), [(True, 9), (False, 5)])
def test_whether_it_worked_is_shown_for_a_moment(timeline: Timeline, does_work: bool, most: int) -> None:
    timeline.does_work = does_work
    timeline.press(SHORT_S)
    assert most - 2 <= timeline.changes(Light.CALL) <= most
    timeline.run(1)
    assert timeline.lit() == {Light.POWER}


def test_a_light_that_stays_is_not_written_again(timeline: Timeline) -> None:
    before = timeline.pins.writes
    timeline.run(10)
    assert timeline.pins.writes == before


def test_it_leaves_with_the_lights_off(timeline: Timeline) -> None:
    stopping = threading.Event()
    stopping.set()
    timeline.panel.run(stopping)
    assert timeline.pins.is_closed and timeline.lit() == set()


def test_a_pin_in_use_is_refused_in_words() -> None:
    pins = FakePins()
    pins.set_up_light(BUTTON)
    panel = Panel(pins, DATA, status=lambda: None, setup=Setup, perform=lambda action: True)
    with pytest.raises(PinsRefused, match=f"pin {DATA.button_pin}"):
        panel.set_up()


def test_fake_pins_refuse_to_drive_an_output() -> None:
    pins = FakePins()
    pins.set_up_light(1)
    with pytest.raises(AssertionError, match="short circuit"):
        pins.press(1)


@pytest.mark.parametrize(
    ("pattern", "on"),
    [(Pattern(), []), (Pattern((1000,)), [0, 0.5, 0.99]), (Pattern((100, 150, 100, 650)), [0, 0.05, 0.3, 5.3])],
)
def test_a_pattern_is_on_when_its_turns_say_so(pattern: Pattern, on: list[float]) -> None:
    assert all(pattern.is_on(moment) for moment in on)
    assert Pattern((100, 150, 100, 650)).is_on(0.2) is False
