"""Hook flash on a whole box: hold, second dial tone, asking somebody else, swapping, calls forgotten on hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.box import Box
from tests.support.scenes import assert_heard, assert_silent, assert_talking, call_service, changed, connect
from tests.support.waiting import until

SETTINGS = {
    "country": "UK",  # hanging up is seen soonest; R is as long as a dial pulse
    "dialling/digit_map": "[2-9]xxxxxx",  # no outside number begins like an extension
    "dialling/pause_s": 1.0,  # *43 goes on to *43#
}


@pytest.fixture
def talking(box: Box) -> Box:
    """Telephone 1 has called telephone 2, and they talk."""
    connect(box)
    return box


def hold(box: Box) -> None:
    """Telephone 1 presses R and hears the second dial tone."""
    box.phone(1).flash()
    box.wait_line("fxs1", "dial-tone")
    until(lambda: [call["state"] for call in box.calls()] == ["held"], 5, f"the call is held: {box.calls()}")


def ask_echo_test(box: Box) -> None:
    """Telephone 1 calls somebody else meanwhile, from the second dial tone."""
    box.phone(1).wait_tone("dial")
    box.phone(1).dial("*43")
    box.wait_line("fxs1", "talking")


def ask_other(box: Box) -> None:
    """Telephone 1 puts its call on hold and calls telephone 2."""
    box.phone(1).flash()
    box.phone(1).wait_tone("dial")
    box.phone(1).dial("102")
    box.phone(2).wait("ringing", True)


def call_states(box: Box) -> list[str]:
    return sorted(call["state"] for call in box.calls())


def assert_hears_itself(box: Box, folder: Path) -> None:
    assert_heard(box.phone(1), box.phone(1), folder)


def test_flash_puts_on_hold_and_gives_a_second_dial_tone(talking: Box, tmp_path: Path) -> None:
    hold(talking)
    talking.phone(1).wait_tone("dial")
    assert talking.line("fxs1")["has_held_call"]
    assert_silent(talking.phone(1), talking.phone(2), tmp_path)


def test_flash_at_the_second_dial_tone_takes_the_call_back(talking: Box, tmp_path: Path) -> None:
    hold(talking)
    talking.phone(1).flash()
    talking.wait_line("fxs1", "talking")
    assert_talking(talking.phone(1), talking.phone(2), tmp_path)
    assert call_states(talking) == ["talking"]


def test_flash_swaps_between_the_held_and_the_other_call(talking: Box, tmp_path: Path) -> None:
    hold(talking)
    ask_echo_test(talking)
    assert call_states(talking) == ["held", "talking"]
    assert_hears_itself(talking, tmp_path)
    talking.phone(1).flash()
    until(lambda: _talking_to(talking) == ["102"], 5, "telephone 2 is back")
    assert_talking(talking.phone(1), talking.phone(2), tmp_path)
    talking.phone(1).flash()
    until(lambda: _talking_to(talking) == ["echo"], 5, "the echo test is back")
    assert_hears_itself(talking, tmp_path)
    assert_silent(talking.phone(1), talking.phone(2), tmp_path)


def test_hanging_up_with_a_held_call_rings_back(talking: Box, tmp_path: Path) -> None:
    hold(talking)
    talking.phone(1).hang_up()
    talking.phone(1).wait("ringing", True)
    assert call_states(talking) == ["held"]
    talking.phone(1).lift()
    talking.wait_line("fxs1", "talking")
    assert_talking(talking.phone(1), talking.phone(2), tmp_path)


def test_a_held_caller_who_hangs_up_stops_the_ringing_back(talking: Box) -> None:
    hold(talking)
    talking.phone(1).hang_up()
    talking.phone(1).wait("ringing", True)
    talking.phone(2).hang_up()
    talking.phone(1).wait("ringing", False)
    talking.wait_idle()


def test_flash_gives_up_a_call_that_nobody_answers_and_returns(box: Box, tmp_path: Path) -> None:
    call_service(box, 1, "*43")
    ask_other(box)
    box.phone(1).flash()
    box.phone(2).wait("ringing", False)
    box.wait_line("fxs1", "talking")
    assert_hears_itself(box, tmp_path)


def test_whoever_is_asked_hangs_up_and_flash_returns_to_the_held_call(box: Box, tmp_path: Path) -> None:
    call_service(box, 1, "*43")
    ask_other(box)
    box.phone(2).lift()
    box.wait_line("fxs2", "talking")
    box.phone(2).hang_up()
    box.phone(1).wait_tone("busy")
    box.phone(1).flash()
    box.wait_line("fxs1", "talking")
    assert_hears_itself(box, tmp_path)


@pytest.fixture(params=["US", "DE"])
def foreign(box: Box, request: pytest.FixtureRequest) -> Iterator[Box]:
    """Telephones whose R opens the loop for as long as it does there: 500 ms, 100 ms."""
    box.fault(country=request.param)
    with changed(box, country=request.param):
        yield box


def test_the_length_of_a_flash_is_the_countrys(foreign: Box, tmp_path: Path) -> None:
    connect(foreign)
    hold(foreign)
    foreign.phone(1).flash()
    foreign.wait_line("fxs1", "talking")
    assert_talking(foreign.phone(1), foreign.phone(2), tmp_path)


def _talking_to(box: Box) -> list[str]:
    return [call["to"]["number"] for call in box.calls() if call["state"] == "talking"]
