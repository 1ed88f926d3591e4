"""The lock against guessed PINs."""

import pytest

from firmware.telephony.numbering import pins
from firmware.telephony.numbering.pins import LOCKED, PinGuard, PinState


def test_who_mistypes_twice_need_not_wait() -> None:
    state = pins.tried(pins.tried(PinState(), False, 10.0), False, 11.0)
    assert pins.may_try(state, 11.0)


def test_from_the_third_wrong_pin_on_the_wait_doubles_and_the_tenth_locks() -> None:
    state, now, waits = PinState(), 0.0, []
    while state.open_at_s != LOCKED:
        state = pins.tried(state, False, now)
        waits.append(state.open_at_s - now)
        now = max(now, state.open_at_s)
    assert waits == [0, 0, 30, 60, 120, 240, 480, 960, 1920, LOCKED]
    assert not pins.may_try(state, 1e12)


def test_the_right_pin_forgets_the_wrong_ones() -> None:
    assert pins.tried(PinState(9, 0.0), True, 5.0) == PinState()


def test_while_shut_even_the_right_pin_is_not_looked_at() -> None:
    guard = PinGuard({}, 0.0)
    for _ in range(3):
        guard.tried("voicemail:201", False, 0.0)
    assert not guard.may_try("voicemail:201", 29.9)
    with pytest.raises(ValueError, match="voicemail:201 is shut"):
        guard.tried("voicemail:201", True, 29.9)
    assert guard.may_try("voicemail:202", 0.0)
    guard.tried("voicemail:201", True, 30.0)
    assert guard.failures == {}


def test_a_restart_forgives_nothing() -> None:
    guard = PinGuard({"a": 2, "b": 5, "c": 10}, 1000.0)
    assert guard.may_try("a", 1000.0)
    assert not guard.may_try("b", 1119.9) and guard.may_try("b", 1120.0)
    assert not guard.may_try("c", 1e12)
    assert guard.failures == {"a": 2, "b": 5, "c": 10}
    guard.open("c")
    assert guard.may_try("c", 1000.0)
