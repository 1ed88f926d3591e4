"""The adapter is pulled out in each state of a call: the call ends with a cause, and all is well after replugging."""

from collections.abc import Callable

import pytest

from tests.support.box import Box
from tests.support.scenes import connect, dial_until, ring_other, states
from tests.support.waiting import until

ENDED_S = 2.0
BACK_S = 5.0
LINES = ("fxs1", "fxs2", "fxo1")
SETTINGS = {
    "country": "UK",  # hanging up is seen soonest
    "dialling/digit_map": "[2-9]xxxxxx",
    "dialling/routes": ["line:1"],
    "outside_lines/1/caller_id_scheme": "off",
}


def on_hook(box: Box) -> None:
    pass


def dial_tone(box: Box) -> None:
    box.phone(1).lift()
    box.wait_line("fxs1", "dial-tone")


def dialling(box: Box) -> None:
    box.phone(1).lift_and_dial("10")
    box.wait_line("fxs1", "dialling")


def ringing(box: Box) -> None:
    ring_other(box)
    box.wait_line("fxs2", "ringing")


def calling_outside(box: Box) -> None:
    dial_until(box, 1, "5550199", lambda: box.outside.state["state"] == "ringback", 8)
    box.wait_line("fxs1", "talking")


def rung_from_outside(box: Box) -> None:
    box.outside.do("ring")
    box.wait_line("fxs1", "ringing")
    box.wait_line("fxs2", "ringing")


def talking(box: Box) -> None:
    connect(box)


def talking_outside(box: Box) -> None:
    rung_from_outside(box)
    box.phone(1).lift()
    box.wait_line("fxs1", "talking")


def held(box: Box) -> None:
    connect(box)
    box.phone(1).flash()
    until(lambda: [call["state"] for call in box.calls()] == ["held"], 5, "the call is held")


def busy_tone(box: Box) -> None:
    connect(box)
    box.phone(2).hang_up()
    box.phone(1).wait_tone("busy")


WITHOUT_CALL = (on_hook, dial_tone, dialling, busy_tone)
WITH_CALL = (ringing, calling_outside, rung_from_outside, talking, talking_outside, held)


@pytest.mark.parametrize("reach", WITHOUT_CALL + WITH_CALL, ids=lambda reach: reach.__name__)
def test_an_adapter_pulled_out_ends_the_call_and_comes_back(box: Box, reach: Callable[[Box], None]) -> None:
    reach(box)
    before = box.log.count("the adapter was lost")
    box.simulator.call("adapter.unplug")
    until(lambda: _is_all_over(box), ENDED_S, f"no call is left, all lines are lost: {states(box)}")
    assert (box.log.count("the adapter was lost") > before) == (reach in WITH_CALL)
    _assert_said(box)
    box.outside.do("stop")  # whoever called from outside gives up, else it would ring again, and rightly so
    box.simulator.call("adapter.plug")
    until(lambda: "lost" not in states(box).values(), BACK_S, "the lines are back")
    _assert_usable(box)


def _is_all_over(box: Box) -> bool:
    status = box.status()
    is_lost = {line["state"] for line in status["lines"]} == {"lost"} and len(status["lines"]) == len(LINES)
    return is_lost and not status["calls"] and status["channels"]["used"] == 0


def _assert_said(box: Box) -> None:
    """In words, once: the adapter is gone."""
    status = box.status()
    assert any("adapter" in entry["part"] and entry["text"] for entry in status["health"])
    assert box.trunk("line:1")["state"] == "lost"
    assert all(line["audio"] is None for line in status["lines"])


def _assert_usable(box: Box) -> None:
    """Nothing rings any more, and a lifted telephone has dial tone: the first one, which was joined to the outside
    line meanwhile so that a call over it is not cut, when it is lifted again."""
    assert not box.phone(1).state["ringing"] and not box.phone(2).state["ringing"]
    if box.phone(2).state["hook"] == "on-hook":
        box.phone(2).lift()
    box.phone(2).wait_tone("dial")
    if box.phone(1).state["hook"] == "off-hook":
        box.phone(1).hang_up()
    box.phone(1).lift()
    box.wait_line("fxs1", "dial-tone")
    box.phone(1).wait_tone("dial")
    assert not [entry for entry in box.status()["health"] if "adapter" in entry["part"]]
