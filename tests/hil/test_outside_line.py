"""The outside line of a whole box, in and out: who calls, both ways of sound, every way to hang up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.box import Box
from tests.support.scenes import TRIES, assert_talking, changed, comes, dial_until, put_down

SETTINGS = {
    "country": "UK",  # hanging up, ringing and its end are seen soonest
    "dialling/digit_map": "[2-8]xxx | 9x.",
    "dialling/routes": ["line:1"],
    "outside_lines/1/caller_id_scheme": "off",  # nothing to wait for before the telephones ring
    "calls/no_answer_s": 20,
}
FREED_S = 5.0  # a busy tone is recognised after three turns


def ring_in(box: Box, **caller: str) -> None:
    """Somebody calls from outside, and both telephones ring."""
    box.outside.do("ring", **caller)
    for number in (1, 2):
        box.phone(number).wait("ringing", True)


def answer_outside_call(box: Box) -> None:
    """Telephone 1 talks to whoever called from outside."""
    ring_in(box)
    box.phone(1).lift()
    box.outside.wait("state", "talking")
    box.wait_line("fxs1", "talking")


def call_out(box: Box, number: str) -> None:
    """Telephone 1 dials outside; the exchange has understood, and the far end rings."""
    for _ in range(TRIES):
        box.phone(1).lift_and_dial(number)
        if comes(lambda: box.outside.state["state"] == "ringback", 12) and box.outside.state["dialled"] == number:
            return
        give_up(box)
    raise AssertionError(f"{number} is dialled as {box.outside.state['dialled']}")


def give_up(box: Box) -> None:
    """Telephone 1 puts the handset down; the line is free again."""
    put_down(box, 1)
    box.outside.wait("state", "idle")
    box.wait_line("fxo1", "idle")


def assert_freed(box: Box) -> None:
    """The box has let go of the line, and the telephone is told."""
    box.outside.wait("hook", "on-hook", FREED_S)
    box.wait_idle()
    box.phone(1).wait_tone("busy")
    box.wait_line("fxo1", "idle")


# ---- in ------------------------------------------------------------------------------------------------


def test_a_call_from_outside_rings_both_telephones_and_whoever_lifts_first_talks(box: Box, tmp_path: Path) -> None:
    with changed(box, country="US", outside_lines__1__caller_id_scheme="country"):
        box.fault(country="US")
        box.outside.do("ring", from_="5551234", name="ALICE")
        for number in (1, 2):
            box.phone(number).wait("ringing", True)
        for number in (1, 2):
            assert comes(lambda n=number: box.phone(n).state["caller_id"], 8)  # type: ignore[misc]
            caller = box.phone(number).state["caller_id"]
            assert (caller["number"], caller["name"]) == ("5551234", "ALICE")
        box.phone(2).lift()
        box.phone(1).wait("ringing", False)
        box.outside.wait("state", "talking")
        assert_talking(box.phone(2), box.outside, tmp_path)
        (call,) = box.calls()
        assert call["from"] == {"number": "5551234", "name": "ALICE"}
        box.phone(2).hang_up()
        box.outside.wait("hook", "on-hook")
        box.wait_idle()


@pytest.mark.parametrize("how", ["cpc", "busy-tone", "polarity"])
def test_a_far_end_that_hangs_up_frees_the_line_and_the_telephone_is_told(box: Box, tmp_path: Path, how: str) -> None:
    answer_outside_call(box)
    assert_talking(box.phone(1), box.outside, tmp_path)
    box.outside.hang_up(how=how)
    assert_freed(box)


def test_a_moment_without_current_is_no_hang_up(box: Box, tmp_path: Path) -> None:
    answer_outside_call(box)
    box.outside.do("break", ms=50)
    box.outside.wait("polarity", "open")
    box.outside.wait("polarity", "normal")
    assert_talking(box.phone(1), box.outside, tmp_path)
    assert box.line("fxo1")["state"] == "talking" and len(box.calls()) == 1
    box.outside.do("break", ms=400)
    assert_freed(box)


@pytest.mark.parametrize("country", ["US", "DE"])
def test_busy_tone_of_other_countries_frees_the_line_too(box: Box, country: str) -> None:
    box.fault(country=country)
    with changed(box, country=country):
        answer_outside_call(box)
        box.outside.hang_up(how="busy-tone")
        assert_freed(box)


def test_a_caller_from_outside_who_gives_up_stops_the_ringing(box: Box) -> None:
    ring_in(box)
    box.outside.do("stop")
    for number in (1, 2):
        box.phone(number).wait("ringing", False)
    box.wait_idle()
    box.wait_line("fxo1", "idle")
    assert "the caller gave up" in box.log


def test_a_call_from_outside_that_nobody_can_take_is_not_answered(box: Box) -> None:
    for number in (1, 2):
        box.phone(number).lift()
        box.wait_line(f"fxs{number}", "dial-tone")
    box.outside.do("ring")
    box.wait_line("fxo1", "guard")
    assert box.outside.state["hook"] == "on-hook" and box.outside.state["ringing"]
    assert box.calls() == []


def test_a_call_from_outside_can_go_to_one_telephone_only(box: Box) -> None:
    with changed(box, outside_lines__1__destination="extension:102"):
        box.outside.do("ring")
        box.phone(2).wait("ringing", True)
        assert not box.phone(1).state["ringing"]


# ---- out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "number"), [("tone", "5019"), ("pulse", "92")])
def test_a_number_is_dialled_on_the_line_by_tones_or_pulses(box: Box, tmp_path: Path, way: str, number: str) -> None:
    with changed(box, outside_lines__1__dial_with=way, dialling__pause_s=1.0):
        call_out(box, number)
        assert box.outside.state["dialled_by"] == way
        box.phone(1).wait_tone("ringback")  # the exchange's own
        box.outside.do("answer")
        assert_talking(box.phone(1), box.outside, tmp_path)
        assert box.trunk("line:1")["state"] == "in-use"
    give_up(box)
    box.wait_idle()
    box.wait_trunk("line:1", "ready")


@pytest.fixture
def by_polarity(box: Box) -> Iterator[Box]:
    """The exchange reverses the battery when the far end answers."""
    box.fault(polarity_on_answer=True)
    with changed(box, outside_lines__1__answer_on="polarity"):
        yield box


def test_where_the_exchange_reverses_the_battery_that_is_the_answer(by_polarity: Box, tmp_path: Path) -> None:
    box = by_polarity
    call_out(box, "5019")
    box.phone(1).wait_tone("ringback")
    assert box.line("fxs1")["state"] == "calling"
    box.outside.do("answer")
    box.wait_line("fxs1", "talking")
    assert_talking(box.phone(1), box.outside, tmp_path)
    box.outside.hang_up(how="polarity")
    assert_freed(box)


def test_an_answer_by_polarity_that_was_not_expected_ends_no_call(box: Box, tmp_path: Path) -> None:
    box.fault(polarity_on_answer=True)
    call_out(box, "5019")
    box.outside.do("answer")
    box.outside.wait("polarity", "reversed")
    assert_talking(box.phone(1), box.outside, tmp_path)
    box.outside.hang_up(how="polarity")
    assert_freed(box)


def test_a_busy_number_outside_is_busy(by_polarity: Box) -> None:
    call_out(by_polarity, "5019")
    by_polarity.outside.hang_up(how="busy-tone")
    assert_freed(by_polarity)
    assert "ended: busy" in by_polarity.log


def test_digits_during_a_call_reach_the_far_end(box: Box) -> None:
    for _ in range(TRIES):
        call_out(box, "5019")
        box.outside.do("answer")
        box.outside.wait("state", "talking")
        box.phone(1).dial("4711#")
        comes(lambda: len(box.outside.state["heard_digits"]) >= 5)
        if box.outside.state["heard_digits"] == "4711#":
            return
        give_up(box)
    raise AssertionError(f"heard {box.outside.state['heard_digits']}")


def test_a_line_in_use_gives_the_next_caller_congestion(box: Box) -> None:
    answer_outside_call(box)
    dial_until(box, 2, "5019", lambda: "no trunk is ready" in box.log)
    box.phone(2).wait_tone("congestion")


def test_a_line_that_is_pulled_out_is_not_talked_into(box: Box) -> None:
    box.fault(dead_line=1)
    box.outside.wait("state", "dead")
    dial_until(box, 1, "5019", lambda: box.line("fxs1")["state"] == "congestion-tone")
    box.phone(1).wait_tone("congestion")
    box.wait_idle()
