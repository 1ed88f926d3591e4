"""What the battery tells a telephone: reversed while its call is answered, broken when the far end is gone."""

from typing import Any

from firmware.fxs.line import Feed, SetFeed
from firmware.telephony.lines.battery import Battery
from firmware.telephony.lines.port_state import BatteryManners, Phase, PortState
from tests.unit.telephony.lines.hand_clock import Loop

BREAK_S = 0.25
IDLE = PortState(Phase.ON_HOOK)
CALLING = PortState(Phase.CALLING, active=1)
TALKING = PortState(Phase.TALKING, active=1)
CONSULTING = PortState(Phase.TALKING, active=2, held=1, is_consulting=True)
TONE = PortState(Phase.FAILURE_TONE)


class Scene:
    """A telephone that goes from state to state."""

    def __init__(self, hang_up_break_ms: int = 250, reverses_on_answer: bool = True) -> None:
        self.loop: Any = Loop()
        self.told: list[Feed] = []
        self._manners = BatteryManners(hang_up_break_ms, reverses_on_answer)
        self._state = IDLE
        self._battery = Battery(loop=self.loop, show=self._show)

    def _show(self, command: SetFeed) -> None:
        self.told.append(command.feed)

    def go(self, *states: PortState) -> list[Feed]:
        """What the line was told on the way."""
        before = len(self.told)
        for state in states:
            self._battery.follow(self._manners, self._state, state)
            self._state = state
        return self.told[before:]

    def wait(self, seconds: float) -> list[Feed]:
        before = len(self.told)
        self.loop.run(seconds)
        return self.told[before:]


def test_a_call_that_the_telephone_made_reverses_the_battery_from_the_answer_to_the_end() -> None:
    scene = Scene()
    assert scene.go(CALLING) == []
    assert scene.go(TALKING) == [Feed.REVERSE]
    assert scene.go(IDLE) == [Feed.FORWARD]


def test_a_call_that_it_answered_reverses_nothing_nor_does_one_where_that_is_not_wanted() -> None:
    ringing = PortState(Phase.RINGING, active=1)
    assert Scene().go(ringing, TALKING, IDLE) == []
    assert Scene(reverses_on_answer=False).go(CALLING, TALKING, IDLE) == []


def test_coming_back_from_a_call_that_nobody_answered_is_no_answer() -> None:
    consulting = PortState(Phase.CALLING, active=2, held=1)
    assert Scene().go(PortState(Phase.RINGING, active=1), TALKING, consulting, TALKING) == []


def test_the_battery_stays_reversed_while_any_call_is_left() -> None:
    scene = Scene()
    dialling = PortState(Phase.DIALLING, held=1)
    assert scene.go(CALLING, TALKING, dialling, PortState(Phase.CALLING, active=2, held=1)) == [Feed.REVERSE]
    assert scene.go(CONSULTING, PortState(Phase.FAILURE_TONE, held=1), TALKING) == []
    assert scene.go(IDLE) == [Feed.FORWARD]


def test_the_far_end_that_hangs_up_breaks_the_battery_for_as_long_as_is_set() -> None:
    scene = Scene()
    assert scene.go(CALLING, TALKING, TONE) == [Feed.REVERSE, Feed.OPEN]
    assert scene.go(TONE) == [], "what happens meanwhile ends no break"
    assert scene.wait(BREAK_S - 0.01) == []
    assert scene.wait(0.02) == [Feed.FORWARD]
    assert scene.wait(10) == []


def test_hanging_up_in_the_break_ends_it_at_once() -> None:
    scene = Scene()
    scene.go(CALLING, TALKING, TONE)
    assert scene.go(IDLE) == [Feed.FORWARD]
    assert scene.wait(10) == []


def test_no_break_where_none_is_wanted_nor_before_an_answer_nor_while_another_call_is_held() -> None:
    assert Scene(hang_up_break_ms=0).go(CALLING, TALKING, TONE) == [Feed.REVERSE, Feed.FORWARD]
    assert Scene().go(CALLING, TONE) == []
    assert Scene(reverses_on_answer=False).go(CALLING, CONSULTING, PortState(Phase.FAILURE_TONE, held=1)) == []


def test_a_telephone_that_was_lost_is_fed_forward_by_its_adapter() -> None:
    scene = Scene()
    scene.go(CALLING, TALKING)
    assert scene.go(PortState(Phase.LOST), IDLE) == []
    assert scene.go(CALLING, TALKING) == [Feed.REVERSE]
    scene.go(TONE, PortState(Phase.LOST))
    assert scene.wait(10) == []
