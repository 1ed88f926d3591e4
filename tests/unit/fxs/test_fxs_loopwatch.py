"""Loop current that goes and comes: what is a hang-up, and what an exchange's switching."""

import pytest

from firmware.fxs.loop_watch import LoopWatch

LEAST_MS = 90
MS = 8  # samples
LATE = (1 << 32) - 20 * MS  # the counter wraps meanwhile


def watch(*, is_lost: bool = False) -> LoopWatch:
    return LoopWatch(lambda: LEAST_MS, is_lost=is_lost)


@pytest.mark.parametrize("start", [0, LATE])
def test_a_break_shorter_than_the_exchange_means_is_never_told(start: int) -> None:
    loop = watch()
    assert loop.feed(True, start) == [] and loop.is_timing
    assert loop.tick((start + 89 * MS) % (1 << 32)) == []
    assert loop.feed(False, (start + 89 * MS) % (1 << 32)) == []
    assert not loop.is_timing and loop.tick((start + 500 * MS) % (1 << 32)) == []


@pytest.mark.parametrize("start", [0, LATE])
def test_a_longer_one_is_told_once_while_it_lasts_and_its_end_too(start: int) -> None:
    loop = watch()
    loop.feed(True, start)
    assert loop.tick((start + 90 * MS) % (1 << 32)) == [True]
    assert not loop.is_timing and loop.tick((start + 5000 * MS) % (1 << 32)) == []
    assert loop.feed(False, (start + 6000 * MS) % (1 << 32)) == [False]


def test_one_that_is_over_when_it_is_looked_at_is_told_with_its_end() -> None:
    loop = watch()
    loop.feed(True, 0)
    assert loop.feed(False, 500 * MS) == [True, False]


def test_breaks_do_not_add_up() -> None:
    loop = watch()
    for start in range(0, 1000 * MS, 100 * MS):
        assert loop.feed(True, start) == [] and loop.feed(False, start + 60 * MS) == []


def test_a_line_that_was_found_without_battery_tells_when_it_has_some() -> None:
    loop = watch(is_lost=True)
    assert loop.feed(True, 0) == [] and not loop.is_timing
    assert loop.feed(False, 10 * MS) == [False]


def test_a_stamp_a_little_older_than_the_break_ends_nothing() -> None:
    loop = watch()
    loop.feed(True, 100 * MS)
    assert loop.tick(90 * MS) == [] and loop.is_timing
