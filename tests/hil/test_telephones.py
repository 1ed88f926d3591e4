"""Calls between the two telephones of a whole box: both ways, every end, heard by correlation."""

from pathlib import Path

import pytest

from tests.support.box import Box
from tests.support.scenes import assert_talking, changed, connect, dial_until, put_down, ring_other
from tests.support.waiting import until

SETTINGS = {
    "country": "UK",  # hanging up is seen soonest
    "dialling/digit_map": "[2-9]xxxxxx",  # no outside number begins like an extension
    "calls/no_answer_s": 5,
    "telephones/3": {"extension": "103"},
}
RING_TRIP_MAX_S = 0.2


@pytest.mark.parametrize(("caller", "called"), [(1, 2), (2, 1)])
def test_two_telephones_hear_each_other_whoever_calls(box: Box, tmp_path: Path, caller: int, called: int) -> None:
    connect(box, caller, called)
    assert_talking(box.phone(1), box.phone(2), tmp_path)
    (call,) = box.calls()
    assert call["state"] == "talking" and call["to"]["number"] == f"10{called}"
    assert call["from"]["number"] == f"10{caller}"


@pytest.mark.parametrize("first", [1, 2])
def test_whoever_hangs_up_first_leaves_the_other_with_busy_tone(box: Box, first: int) -> None:
    connect(box)
    box.phone(first).hang_up()
    box.wait_idle()
    box.phone(3 - first).wait_tone("busy")
    box.phone(3 - first).hang_up()
    box.wait_line(f"fxs{3 - first}", "on-hook")


def test_a_machine_on_the_line_is_told_by_the_battery_that_its_call_was_answered_and_that_the_far_end_is_gone(
    box: Box,
) -> None:
    one = {"telephones__1__reverses_on_answer": True, "telephones__1__hang_up_break_ms": 600}
    with changed(box, **one, telephones__2__hang_up_break_ms=0):
        unbroken = box.phone(2).state["battery_break_ms"]
        ring_other(box)
        assert box.phone(1).state["polarity"] == "normal"
        box.phone(2).lift()
        box.phone(1).wait("polarity", "reversed")
        box.phone(2).hang_up()
        until(lambda: 590 <= (box.phone(1).state["battery_break_ms"] or 0) <= 900, 5, "a break of the battery")
        box.phone(1).wait("polarity", "normal")
        box.phone(1).wait_tone("busy")  # and whoever listens hears it
        put_down(box, 1)
        connect(box)
        box.phone(1).hang_up()
        box.phone(2).wait_tone("busy")
        assert box.phone(2).state["battery_break_ms"] == unbroken, "not the one that wants none"
        box.phone(2).hang_up()
        box.wait_line("fxs2", "on-hook")


def test_a_lifted_telephone_is_busy(box: Box) -> None:
    box.phone(2).lift()
    box.wait_line("fxs2", "dial-tone")
    dial_until(box, 1, "102", lambda: "ended: busy" in box.log)
    box.phone(1).wait_tone("busy")
    assert box.calls() == []


def test_a_telephone_that_nobody_answers_stops_ringing_and_the_caller_is_told(box: Box) -> None:
    ring_other(box)
    box.phone(1).wait_tone("ringback")
    box.wait_idle()
    box.phone(2).wait("ringing", False)
    box.phone(1).wait_tone("congestion")
    assert "ended: no answer" in box.log


def test_a_telephone_whose_socket_is_not_there_is_unreachable(box: Box) -> None:
    dial_until(box, 1, "103", lambda: "ended: not reachable" in box.log)
    box.phone(1).wait_tone("congestion")


def test_a_caller_who_gives_up_stops_the_ringing(box: Box) -> None:
    ring_other(box)
    box.phone(1).hang_up()
    box.phone(2).wait("ringing", False)
    box.wait_idle()
    box.wait_line("fxs2", "on-hook")


@pytest.mark.parametrize("is_burst", [True, False], ids=["in a burst", "in a pause"])
def test_ringing_stops_within_200_ms_of_lifting(box: Box, is_burst: bool) -> None:
    ring_other(box)
    box.phone(2).wait("burst", is_burst)
    box.phone(2).lift()
    box.wait_line("fxs2", "talking")
    state = box.phone(2).state
    assert not state["ringing"]
    # Both stamps are the adapter's own.
    assert 0 <= state["ring_stopped_at"] - state["lifted_at"] < RING_TRIP_MAX_S
