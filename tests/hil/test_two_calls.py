"""Two calls on one telephone of a whole box: call waiting, three-way, transfer; judged by who hears whom."""

from pathlib import Path

from tests.support.box import Box
from tests.support.scenes import (
    assert_silent,
    assert_talking,
    calm,
    changed,
    comes,
    connect,
    put_down,
)

SETTINGS = {
    "country": "US",
    "dialling/digit_map": "[2-9]xxxxxx",  # no outside number begins like an extension
    "dialling/routes": ["line:1"],
    "outside_lines/1/destination": "extension:101",
}
SHOWN_S = 9.0  # the first ring, the caller's number, then the box calls the telephone
FREED_S = 5.0


def call_in(box: Box) -> None:
    """Somebody calls telephone 1 from outside while it talks to telephone 2; the telephone shows who."""
    box.fault(second_caller_display=True)
    for number in ("5551234", "5551235", "5551236"):  # a message that lost a piece to a stall is not shown, or late
        connect(box)
        box.outside.do("ring", from_=number, name="ALICE")
        if comes(lambda called_by=number: _shown(box) == (called_by, "ALICE"), SHOWN_S):  # type: ignore[misc]
            return
        calm(box)
        box.fault(second_caller_display=True)
    raise AssertionError(f"telephone 1 shows {box.phone(1).state['caller_id']}")


def call_out(box: Box) -> None:
    """Telephone 1, which talks to telephone 2, calls somebody outside meanwhile, who answers."""
    connect(box)
    box.phone(1).flash()
    box.wait_line("fxs1", "dial-tone")
    box.phone(1).wait_tone("dial")
    box.phone(1).dial("5551234")
    box.outside.wait("state", "ringback")
    box.outside.do("answer")
    box.wait_line("fxs1", "talking")


def _shown(box: Box) -> tuple[str, str] | None:
    caller = box.phone(1).state["caller_id"]
    return (caller["number"], caller["name"]) if caller else None


def test_a_waiting_call_is_shown_taken_by_flash_and_the_first_one_waits_meanwhile(box: Box, tmp_path: Path) -> None:
    call_in(box)
    assert_talking(box.phone(1), box.phone(2), tmp_path)
    box.phone(1).flash()
    box.outside.wait("state", "talking")
    assert_talking(box.phone(1), box.outside, tmp_path)
    assert_silent(box.phone(1), box.phone(2), tmp_path)
    box.phone(1).flash()
    box.wait_line("fxs1", "talking")
    assert_talking(box.phone(1), box.phone(2), tmp_path)
    assert_silent(box.phone(1), box.outside, tmp_path)


def test_a_waiting_caller_who_gives_up_leaves_the_call_as_it_was(box: Box, tmp_path: Path) -> None:
    call_in(box)
    box.outside.do("stop")
    assert comes(lambda: len(box.calls()) == 1, 12)
    assert_talking(box.phone(1), box.phone(2), tmp_path)


def test_hanging_up_lets_the_waiting_call_ring(box: Box, tmp_path: Path) -> None:
    call_in(box)
    box.phone(1).hang_up()
    box.phone(1).wait("ringing", True)
    box.phone(1).lift()
    box.outside.wait("state", "talking")
    assert_talking(box.phone(1), box.outside, tmp_path)


def test_three_hear_each_other_until_flash_drops_the_last(box: Box, tmp_path: Path) -> None:
    call_out(box)
    assert_silent(box.outside, box.phone(2), tmp_path)
    box.phone(1).flash()
    box.wait_line("fxs1", "talking")
    for one, other in ((box.phone(1), box.phone(2)), (box.phone(1), box.outside), (box.phone(2), box.outside)):
        assert_talking(one, other, tmp_path)
    box.phone(1).flash()
    box.outside.wait("hook", "on-hook", FREED_S)
    assert_talking(box.phone(1), box.phone(2), tmp_path)


def test_in_germany_hanging_up_connects_the_two_others(box: Box, tmp_path: Path) -> None:
    box.fault(country="DE")
    with changed(box, country="DE"):
        call_out(box)
        put_down(box, 1)
        assert_talking(box.phone(2), box.outside, tmp_path)
        assert len(box.calls()) == 1
