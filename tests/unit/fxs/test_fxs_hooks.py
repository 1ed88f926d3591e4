"""Hook switch: what breaks and makes of the loop mean, at the edges of their windows."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.fxs.hooks import HookSwitch
from firmware.fxs.line import (
    Flashed,
    LineEvent,
    LineId,
    LineKind,
    OffHook,
    OnHook,
    PulseDigit,
)
from firmware.fxs.profile import HookTimings

PHONE = LineId(LineKind.FXS, 1)
OFF, ON, FLASH = OffHook(PHONE), OnHook(PHONE), Flashed(PHONE)
US = HookTimings()
EUROPE = HookTimings(flash_min_ms=50, flash_max_ms=150, on_hook_min_ms=400)
GERMANY = HookTimings(flash_min_ms=80, flash_max_ms=310, on_hook_min_ms=500)


def digit(sign: str) -> PulseDigit:
    return PulseDigit(PHONE, sign)


class Loop:
    """A loop that is opened and closed for so many ms; ticks as often as it is told to."""

    def __init__(self, timings: HookTimings, tick_ms: int = 10, start: int = 0) -> None:
        self.switch = HookSwitch(PHONE, lambda: timings)
        self.sample = start
        self.tick_ms = tick_ms
        self.heard: list[LineEvent] = []

    def wait(self, ms: float) -> "Loop":
        end = self.sample + round(ms * 8)
        while self.tick_ms and self.sample + self.tick_ms * 8 < end:
            self.sample += self.tick_ms * 8
            self.heard += self.switch.tick(self.sample % 2**32)
        self.sample = end
        return self

    def set(self, is_closed: bool) -> "Loop":
        self.heard += self.switch.feed(is_closed, self.sample % 2**32)
        return self

    def make(self, ms: float) -> "Loop":
        return self.set(True).wait(ms)

    def cut(self, ms: float) -> "Loop":
        return self.set(False).wait(ms)

    def lifted(self, *, dialling: bool = False) -> "Loop":
        self.make(500)
        self.settle()
        self.heard.clear()
        self.switch.expect_digits(dialling)
        return self

    def settle(self) -> list[LineEvent]:
        self.heard += self.switch.tick(self.sample % 2**32)
        return self.heard


def test_a_handset_is_lifted_after_the_debounce_and_not_before() -> None:
    loop = Loop(US, tick_ms=1).make(30)
    assert loop.heard == []
    assert loop.settle() == [OFF]


def test_a_touch_of_the_hook_is_no_lifting() -> None:
    loop = Loop(US).make(29).cut(100)
    assert loop.settle() == []


@pytest.mark.parametrize("timings", [US, EUROPE, GERMANY])
@pytest.mark.parametrize("dialling", [False, True])
def test_flash_at_the_edges_of_its_window(timings: HookTimings, dialling: bool) -> None:
    for ms, is_flash in (
        (timings.flash_min_ms - 1, False),
        (timings.flash_min_ms, True),
        (timings.flash_min_ms + 1, True),
        (timings.flash_max_ms - 1, True),
        (timings.flash_max_ms, True),
        (timings.flash_max_ms + 1, False),
    ):
        heard = Loop(timings).lifted(dialling=dialling).cut(ms).make(200).settle()
        is_pulse = dialling and ms <= timings.pulse_break_max_ms
        assert (FLASH in heard) == (is_flash and not is_pulse), ms


@pytest.mark.parametrize("timings", [US, EUROPE, GERMANY])
def test_pulse_at_the_edges_of_its_window_while_dialling(timings: HookTimings) -> None:
    for ms, is_pulse in (
        (timings.pulse_break_min_ms - 1, False),
        (timings.pulse_break_min_ms, True),
        (timings.pulse_break_min_ms + 1, True),
        (timings.pulse_break_max_ms - 1, True),
        (timings.pulse_break_max_ms, True),
        (timings.pulse_break_max_ms + 1, False),
    ):
        heard = Loop(timings).lifted(dialling=True).cut(ms).make(300).settle()
        assert (digit("1") in heard) == is_pulse, ms


@pytest.mark.parametrize("timings", [US, EUROPE, GERMANY])
def test_a_break_beyond_the_flash_window_hangs_up_and_lifts_again(timings: HookTimings) -> None:
    heard = Loop(timings).lifted().cut(timings.flash_max_ms + 1).make(100).settle()
    assert heard == [ON, OFF]


@pytest.mark.parametrize("timings", [US, EUROPE])
def test_on_hook_is_told_when_its_time_is_over(timings: HookTimings) -> None:
    loop = Loop(timings, tick_ms=1).lifted().cut(timings.on_hook_min_ms)
    assert loop.heard == []
    assert loop.settle() == [ON]
    assert not loop.switch.is_off_hook


@pytest.mark.parametrize("pulses_per_s", [8, 9, 10, 11, 12])
@pytest.mark.parametrize("break_part", [0.5, 0.6, 0.67])
@pytest.mark.parametrize("timings", [US, EUROPE, GERMANY])
def test_all_digits_at_all_speeds(timings: HookTimings, break_part: float, pulses_per_s: int) -> None:
    period_ms = 1000 / pulses_per_s
    loop = Loop(timings).lifted(dialling=True)
    for sign in timings.pulses:
        for _ in range(timings.pulses.index(sign) + 1):
            loop.cut(period_ms * break_part).make(period_ms * (1 - break_part))
        loop.wait(700)
    assert loop.settle() == [digit(sign) for sign in timings.pulses]


def test_a_national_digit_map_counts_otherwise() -> None:
    sweden = HookTimings(pulses="0123456789")
    loop = Loop(sweden).lifted(dialling=True)
    loop.cut(60).make(700)
    assert loop.settle() == [digit("0")]


def test_more_pulses_than_digits_are_no_digit() -> None:
    loop = Loop(US).lifted(dialling=True)
    for _ in range(11):
        loop.cut(60).make(40)
    assert loop.wait(700).settle() == []


def test_the_digit_gap_decides_between_two_digits_and_one() -> None:
    for gap_ms, expected in ((249, ["2"]), (250, ["1", "1"]), (251, ["1", "1"])):
        loop = Loop(US).lifted(dialling=True).cut(60).make(gap_ms).cut(60).make(700)
        assert loop.settle() == [digit(sign) for sign in expected], gap_ms


@pytest.mark.parametrize("bounce_ms", [1, 2, 3, 4, 5])
def test_bouncing_contacts_change_nothing(bounce_ms: int) -> None:
    loop = Loop(US)

    def bounced(is_closed: bool, ms: float) -> None:
        for _ in range(3):
            loop.set(is_closed).wait(bounce_ms).set(not is_closed).wait(bounce_ms)
        loop.set(is_closed).wait(ms)

    bounced(True, 500)
    loop.switch.expect_digits(True)
    for _ in range(3):
        bounced(False, 60)
        bounced(True, 40)
    loop.wait(400)
    bounced(False, 500)
    bounced(True, 300)
    bounced(False, 1200)
    assert loop.settle() == [OFF, digit("3"), FLASH, ON]


def test_a_short_break_is_a_pulse_while_digits_are_expected_and_a_flash_otherwise() -> None:
    assert Loop(EUROPE).lifted(dialling=True).cut(100).make(300).settle() == [digit("1")]
    assert Loop(EUROPE).lifted(dialling=False).cut(100).make(300).settle() == [FLASH]


def test_after_a_dtmf_digit_recall_wins_until_the_handset_is_down() -> None:
    loop = Loop(EUROPE).lifted(dialling=True)
    loop.switch.tone_dialled()
    loop.cut(100).make(300).cut(600).make(300)
    loop.switch.expect_digits(True)
    loop.cut(100).make(300)
    assert loop.settle() == [FLASH, ON, OFF, digit("1")]


def test_a_digit_under_way_is_finished_when_digits_are_no_longer_expected() -> None:
    loop = Loop(EUROPE).lifted(dialling=True).cut(60).make(40)
    loop.settle()
    loop.switch.expect_digits(False)
    loop.cut(60).make(300)
    assert loop.settle() == [digit("2")]


def test_noise_in_a_call_is_nothing() -> None:
    assert Loop(US).lifted().cut(20).make(400).cut(150).make(400).cut(299).make(400).settle() == []


def test_the_sample_counter_may_wrap_within_a_flash() -> None:
    loop = Loop(US, start=2**32 - 8 * 700).lifted().cut(500).make(200)
    assert loop.settle() == [FLASH]


def test_a_change_stamped_before_the_last_tick_keeps_its_own_time() -> None:
    switch = HookSwitch(PHONE, lambda: US)
    switch.feed(True, 0)
    switch.tick(8 * 100)
    switch.feed(False, 8 * 200)
    switch.tick(8 * 710)  # a clock of ours that runs ahead of the message
    switch.feed(True, 8 * 700)
    assert switch.tick(8 * 800) == [FLASH]


def test_nothing_needs_ticks_while_nothing_is_timed() -> None:
    loop = Loop(US)
    assert not loop.switch.is_timing
    loop.lifted()
    assert not loop.switch.is_timing
    loop.cut(50)
    assert loop.switch.is_timing
    loop.wait(2000).settle()
    assert not loop.switch.is_timing


_steps = st.lists(st.tuples(st.integers(1, 2000), st.sampled_from(("none", "expect", "unexpect", "tone"))), max_size=25)


def walk(steps: Iterable[tuple[int, str]], timings: HookTimings, tick_ms: int) -> list[LineEvent]:
    loop, is_closed = Loop(timings, tick_ms), False
    for ms, action in steps:
        is_closed = not is_closed
        loop.set(is_closed)
        if action in ("expect", "unexpect"):
            loop.switch.expect_digits(action == "expect")
        elif action == "tone":
            loop.switch.tone_dialled()
        loop.wait(ms).settle()
    loop.set(False).wait(5000)
    return loop.settle()


@settings(max_examples=150, deadline=None)
@given(_steps, st.sampled_from((US, EUROPE, GERMANY)))
def test_on_any_walk_lifting_and_hanging_up_alternate_and_the_rest_is_in_between(
    steps: list[tuple[int, str]], timings: HookTimings
) -> None:
    is_lifted = False
    for event in walk(steps, timings, 10):
        if isinstance(event, OffHook | OnHook):
            assert isinstance(event, OffHook) != is_lifted
            is_lifted = not is_lifted
        else:
            assert is_lifted
    assert not is_lifted


@settings(max_examples=80, deadline=None)
@given(_steps, st.sampled_from((US, EUROPE, GERMANY)))
def test_events_do_not_depend_on_how_often_time_is_told(steps: list[tuple[int, str]], timings: HookTimings) -> None:
    assert walk(steps, timings, 3) == walk(steps, timings, 10) == walk(steps, timings, 0)
