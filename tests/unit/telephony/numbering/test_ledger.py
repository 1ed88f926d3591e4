"""What was spent is remembered over restarts, reboots and clock jumps."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.telephony.numbering.fence import Allowed, Spending, Tariff, minutes_of
from firmware.telephony.numbering.ledger import MARK_S, Ledger, Moment

HOUR, DAY = 3600.0, 86400.0
PAID = Tariff(per_minute=10, per_call=3, is_counted=True)
FREE = Tariff(0, 0, False)
START = Moment("boot-1", 100.0, 1.8e9)


def later(moment: Moment, seconds: float) -> Moment:
    return replace(moment, up_s=moment.up_s + seconds, wall_s=moment.wall_s + seconds)


def restarted(ledger: Ledger, moment: Moment) -> Ledger:
    return Ledger(json.loads(json.dumps(ledger.state())), moment)


def spent_10_minutes() -> tuple[Ledger, Moment]:
    ledger = Ledger(None, START)
    reserved = ledger.reserve(START, "+33", Allowed(600, 10, PAID))
    now = later(START, 590)
    ledger.settle(now, reserved, 590)
    return ledger, now


def test_a_call_that_is_up_counts_with_all_that_it_may_use() -> None:
    ledger = Ledger(None, START)
    reserved = ledger.reserve(START, "+33", Allowed(600, 10, PAID))
    assert ledger.spending(START, "+33") == Spending(1, 10, 103, 1)
    ledger.settle(later(START, 100), reserved, 61)
    assert ledger.spending(later(START, 100), "+33") == Spending(1, 2, 23, 1)
    assert ledger.spending(later(START, 100), "+34").same_number_calls == 0


def test_a_call_that_nobody_answered_costs_nothing_but_was_a_call() -> None:
    ledger = Ledger(None, START)
    ledger.settle(later(START, 30), ledger.reserve(START, "+33", Allowed(600, 10, PAID)), 0)
    assert ledger.spending(later(START, 30)) == Spending(1, 0, 0, 0)


def test_a_free_call_counts_for_the_hour_only() -> None:
    ledger = Ledger(None, START)
    reserved = ledger.reserve(START, "030", Allowed(600, 10, FREE))
    assert ledger.spending(START, "030") == Spending(1, 0, 0, 0)
    ledger.settle(later(START, 600), reserved, 600)
    assert ledger.spending(later(START, 600)) == Spending(1, 0, 0, 0)


def test_a_call_is_settled_once() -> None:
    ledger = Ledger(None, START)
    reserved = ledger.reserve(START, "+33", Allowed(600, 10, PAID))
    for seconds in (60, 600):
        ledger.settle(START, reserved, seconds)
    assert ledger.spending(START).day_minutes == 1
    assert ledger.calls_up == 0


def test_hour_and_day_pass() -> None:
    ledger, now = spent_10_minutes()
    assert ledger.spending(later(START, HOUR)).hour_calls == 1
    assert ledger.spending(later(START, HOUR + 61)).hour_calls == 0
    assert ledger.spending(later(now, DAY)).day_minutes == 10
    assert ledger.spending(later(now, DAY + 901)).day_minutes == 0


@pytest.mark.parametrize("jump", [-10 * 365 * DAY, -DAY, DAY, 10 * 365 * DAY])
def test_setting_the_clock_changes_nothing(jump: float) -> None:
    ledger, now = spent_10_minutes()
    jumped = replace(now, wall_s=now.wall_s + jump)
    assert ledger.spending(jumped) == Spending(1, 10, 103, 0)
    assert ledger.spending(replace(later(now, DAY + 901), wall_s=0)).day_minutes == 0


@pytest.mark.parametrize("jump", [-DAY, DAY, 365 * DAY])
def test_setting_the_clock_and_a_reboot_change_nothing(jump: float) -> None:
    ledger, now = spent_10_minutes()
    for rebooted in (
        Moment("boot-2", 10, now.wall_s + jump),
        Moment("boot-2", 10, now.wall_s + jump, is_wall_true=True),  # it was not true before
    ):
        assert restarted(ledger, rebooted).spending(rebooted) == Spending(1, 10, 103, 0)


def test_time_that_passed_without_power_counts_where_both_dates_are_true() -> None:
    ledger, now = spent_10_minutes()
    ledger.spending(replace(now, is_wall_true=True))
    back = Moment("boot-2", 10, now.wall_s + DAY + 901, is_wall_true=True)
    assert restarted(ledger, back).spending(back).day_minutes == 0


def test_time_since_the_reboot_counts() -> None:
    ledger, _ = spent_10_minutes()
    back = Moment("boot-2", DAY + 901, 0.0)
    assert restarted(ledger, back).spending(back).day_minutes == 0


def test_a_gateway_that_starts_again_goes_on_as_if_nothing_was() -> None:
    ledger, now = spent_10_minutes()
    assert restarted(ledger, later(now, 2)).spending(later(now, HOUR / 2)) == Spending(1, 10, 103, 0)
    assert restarted(ledger, later(now, DAY + 901)).spending(later(now, DAY + 901)).day_minutes == 0


def test_a_call_that_the_power_ended_is_charged_until_the_next_mark_was_due() -> None:
    ledger = Ledger(None, START)
    ledger.reserve(START, "+33", Allowed(6000, 100, PAID))
    ledger.spending(later(START, 180))
    back = Moment("boot-2", 10, 0.0)
    again = restarted(ledger, back)
    assert again.calls_up == 0
    assert again.spending(back) == Spending(1, minutes_of(180 + MARK_S), 43, 0)


def test_a_call_that_nobody_settles_is_charged_in_full_at_last() -> None:
    ledger = Ledger(None, START)
    ledger.reserve(START, "+33", Allowed(600, 10, PAID))
    assert ledger.settle_forgotten(later(START, HOUR)) == 0
    assert ledger.settle_forgotten(later(START, HOUR + 601)) == 1
    assert ledger.spending(later(START, HOUR + 601)).day_minutes == 10


@pytest.mark.parametrize(
    "saved",
    [
        *({"version": 2}, {"version": 1}, {"version": 1, "time_s": "x"}, []),
        {**Ledger(None, START).state(), "day": [[1, 2]]},
        {**Ledger(None, START).state(), "time_s": float("nan")},
        {**Ledger(None, START).state(), "open": [["a", 1, 1, True, 0.0]]},
    ],
)
def test_a_state_that_makes_no_sense_is_forgotten_in_words(saved: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert Ledger(saved, START).spending(START) == Spending()
    assert ("cannot be read" in caplog.text) is bool(saved)


@pytest.mark.long
def test_the_state_of_a_day_full_of_calls_stays_small() -> None:
    ledger, now = Ledger(None, START), START
    for number in range(4_320):
        now = later(now, 20)
        ledger.settle(now, ledger.reserve(now, f"+4930{number:09}", Allowed(60, 1, PAID)), 1)
    assert len(json.dumps(ledger.state())) < 50_000


CALL_MINUTES = 25


@dataclass
class World:
    """Time as it truly passes, and a box that may be told lies about it."""

    limit_minutes: int = 60
    limit_money: int = 500
    true_s: float = 1.8e9
    booted_s: float = 1.8e9 - 50
    boot: int = 1
    lie_s: float = 0.0
    is_synchronised: bool = False
    calls: dict[int, tuple[float, int]] = field(default_factory=dict)  # reserved -> begun, minutes
    spent: list[tuple[float, float, int, int]] = field(default_factory=list)  # begun, ended, minutes, money

    def __post_init__(self) -> None:
        self.ledger = Ledger(None, self.moment())
        self.saved = self.ledger.state()

    def moment(self) -> Moment:
        wall_s = self.true_s if self.is_synchronised else self.true_s + self.lie_s
        return Moment(str(self.boot), self.true_s - self.booted_s, wall_s, self.is_synchronised)

    def store(self) -> None:
        self.saved = self.ledger.state()

    def pass_time(self, seconds: float) -> None:
        """Marks every minute; calls end at their bound at the latest."""
        end = self.true_s + seconds
        while self.true_s < end:
            due = [begun + minutes * 60 for begun, minutes in self.calls.values()]
            step = MARK_S if self.calls else end - self.true_s
            self.true_s = min([end, self.true_s + step, *due])
            for reserved, (begun, minutes) in list(self.calls.items()):
                if self.true_s >= begun + minutes * 60:
                    self.end(reserved)
            self.ledger.spending(self.moment())
            self.store()

    def call(self) -> None:
        spent = self.ledger.spending(self.moment(), "+33")
        minutes = min(
            CALL_MINUTES,
            self.limit_minutes - spent.day_minutes,
            (self.limit_money - spent.day_money - PAID.per_call) // PAID.per_minute,
        )
        if minutes >= 1:
            reserved = self.ledger.reserve(self.moment(), "+33", Allowed(minutes * 60.0, minutes, PAID))
            self.calls[reserved] = (self.true_s, minutes)
            self.store()

    def end(self, reserved: int) -> None:
        begun, _ = self.calls.pop(reserved)
        self.note(begun)
        self.ledger.settle(self.moment(), reserved, self.true_s - begun)
        self.store()

    def note(self, begun: float) -> None:
        minutes = minutes_of(self.true_s - begun)
        if minutes:
            self.spent.append((begun, self.true_s, minutes, PAID.cost(minutes)))

    def start_again(self, off_s: float, is_reboot: bool) -> None:
        """The power fails, or the gateway does: nothing is stored that was not before."""
        if self.calls:  # the next mark was all but due
            self.true_s = min(
                self.true_s + MARK_S - 1, *(begun + minutes * 60 for begun, minutes in self.calls.values())
            )
        for begun, _ in self.calls.values():
            self.note(begun)
        self.calls.clear()
        self.true_s += off_s
        if is_reboot:
            self.boot += 1
            self.is_synchronised = False
            self.booted_s = self.true_s
            self.true_s += 10
        self.ledger = Ledger(self.saved, self.moment())
        self.store()


SHORT = st.sampled_from([1.0, 59.0, 60.0, 300.0, 1499.0, 1500.0])
LONG = st.sampled_from([HOUR, DAY - 1800, DAY - 1, DAY, DAY + 901]) | st.floats(1, DAY)
STEPS = st.one_of(
    st.tuples(st.just("call"), st.just(0.0)),
    st.tuples(st.just("pass"), SHORT),
    st.tuples(st.just("end"), st.just(0.0)),
    st.tuples(st.just("crash"), SHORT),
    st.tuples(st.just("reboot"), SHORT | LONG),
    st.tuples(st.just("pass"), LONG),
    st.tuples(st.just("set-clock"), st.floats(-400 * DAY, 400 * DAY)),
    st.tuples(st.just("synchronise"), st.just(0.0)),
)


@pytest.mark.long
@settings(max_examples=120, deadline=None)
@given(st.lists(STEPS, min_size=20, max_size=80), st.sampled_from([(60, 10**6), (10**6, 500), (60, 500)]))
def test_in_no_true_24_hours_more_is_spent_than_allowed_whatever_happens_to_clock_and_power(
    steps: list[tuple[str, float]], limits: tuple[int, int]
) -> None:
    world = World(*limits)
    for what, amount in steps:
        match what:
            case "pass":
                world.pass_time(amount)
            case "call":
                world.call()
            case "end" if world.calls:
                world.end(next(iter(world.calls)))
            case "set-clock":
                world.lie_s, world.is_synchronised = amount, False
            case "synchronise":
                world.is_synchronised = True
            case "crash" | "reboot":
                world.start_again(amount, what == "reboot")
    world.pass_time(HOUR)
    for window_ends in [ended for _, ended, _, _ in world.spent]:
        inside = [s for s in world.spent if s[1] > window_ends - DAY and s[0] < window_ends]
        assert sum(minutes for _, _, minutes, _ in inside) <= world.limit_minutes + CALL_MINUTES
        whole = [s for s in inside if s[0] >= window_ends - DAY and s[1] <= window_ends]
        assert sum(minutes for _, _, minutes, _ in whole) <= world.limit_minutes
        assert sum(money for _, _, _, money in whole) <= world.limit_money


def test_without_any_trouble_the_limit_can_be_used_up_each_day() -> None:
    world = World()
    for _ in range(3):
        before = len(world.spent)
        for _ in range(10):
            world.call()
            world.pass_time(CALL_MINUTES * 60)
        assert sum(minutes for _, _, minutes, _ in world.spent[before:]) in (48, 49)  # money is what runs out
        world.pass_time(DAY)
