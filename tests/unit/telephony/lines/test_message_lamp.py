"""When a telephone's lamp is told: while nobody uses it, whatever has changed, and again later."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from firmware.fxs.line import ShowMessages
from firmware.telephony.lines.message_lamp import QUIET_S, REMINDER_S, MessageLamp
from tests.unit.telephony.lines.hand_clock import Loop


class Scene:
    """A telephone's lamp; the line shows at once what it is told, unless it `is_torn`."""

    def __init__(self, waiting: int | None = 0) -> None:
        self.loop: Any = Loop()
        self.waiting = waiting
        self.told: list[ShowMessages] = []
        self.is_torn = False
        self.lamp = MessageLamp(loop=self.loop, waiting=lambda: self.waiting, show=self._show)

    def _show(self, command: ShowMessages) -> None:
        self.told.append(command)
        if not self.is_torn:
            self.lamp.shown(command.count)

    def change(self, waiting: int | None) -> None:
        self.waiting = waiting
        self.lamp.check()

    def news(self, seconds: float = QUIET_S) -> list[ShowMessages]:
        """What the line was told in the next seconds."""
        self.told.clear()
        self.loop.run(seconds)
        return list(self.told)


def idle(waiting: int | None = 0) -> Scene:
    """A telephone that was found and told."""
    scene = Scene(waiting)
    scene.lamp.set_idle(True)
    scene.loop.run(QUIET_S)
    return scene


def test_a_telephone_that_is_found_is_told_and_no_bell_rings_where_nothing_waits() -> None:
    scene = Scene()
    scene.lamp.set_idle(True)
    assert scene.news() == [ShowMessages(0, is_reminder=True)]
    lit = Scene(2)
    lit.lamp.set_idle(True)
    assert lit.news() == [ShowMessages(2)]


def test_from_none_to_some_and_back_is_news_and_another_number_is_not() -> None:
    scene = idle()
    scene.change(1)
    assert scene.news() == [ShowMessages(1)]
    scene.change(3)
    assert scene.news() == [ShowMessages(3, is_reminder=True)]
    scene.change(0)
    assert scene.news() == [ShowMessages(0)]


def test_nothing_is_told_while_the_telephone_is_used_and_it_is_afterwards() -> None:
    scene = idle()
    scene.lamp.set_idle(False)
    scene.change(1)
    assert scene.news(10 * REMINDER_S) == []
    scene.lamp.set_idle(True)
    assert scene.news(QUIET_S - 0.1) == []
    assert scene.news(0.1) == [ShowMessages(1)]


def test_after_each_use_and_every_ten_minutes_it_is_reminded() -> None:
    scene = idle(1)
    assert scene.news(REMINDER_S - 1) == []
    assert scene.news(1) == [ShowMessages(1, is_reminder=True)]
    scene.lamp.set_idle(False)
    scene.lamp.set_idle(True)
    assert scene.news() == [ShowMessages(1, is_reminder=True)]


def test_what_was_torn_is_told_again_as_news() -> None:
    scene = idle()
    scene.is_torn = True
    scene.change(1)
    assert scene.news() == [ShowMessages(1)]
    scene.lamp.set_idle(False)
    scene.lamp.set_idle(True)
    assert scene.news() == [ShowMessages(1)]
    scene.is_torn = False
    assert scene.news(REMINDER_S) == [ShowMessages(1)], "a line that has told nothing is asked again"


def test_a_lamp_that_is_not_driven_is_put_out_once_and_left_alone() -> None:
    scene = idle(1)
    scene.change(None)
    assert scene.news() == [ShowMessages(0)]
    scene.lamp.set_idle(False)
    scene.lamp.set_idle(True)
    assert scene.news(10 * REMINDER_S) == []
    scene.change(0)
    assert scene.news() == [ShowMessages(0, is_reminder=True)], "it is driven again"


@given(st.lists(st.one_of(st.booleans(), st.integers(0, 3), st.none())))
def test_whatever_happens_an_idle_telephone_shows_the_truth_in_the_end(course: list[bool | int | None]) -> None:
    scene = Scene()
    for each in course:
        if isinstance(each, bool):
            scene.lamp.set_idle(each)
        else:
            scene.change(each)
        scene.loop.run(1)
    scene.lamp.set_idle(True)
    scene.loop.run(2 * QUIET_S)
    last = scene.told[-1].count if scene.told else 0
    assert last == (scene.waiting or 0)
    pending = [timer for timer in scene.loop.timers if not timer.is_cancelled]
    assert len(pending) <= 1, "one timer at a time"
