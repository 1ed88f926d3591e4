"""The beat falls just after the packets of the calls that are up, and nobody hears it move. In simulated time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from firmware.telephony.media.beat import Arrival, Beat

PERIOD_S = 0.010
PACKET_S = 0.020
LOOK_S = 0.1
MOST_MS = 2.7  # that a steady packet waits
STEP_MS = 1.0  # more at once is a step, and makes the elastic buffers lay in anew


@dataclass(frozen=True, slots=True)
class Far:
    """One who sends packets: at which phase of 10 ms, from when to when, how unsteadily, by which clock."""

    phase_ms: float
    jitter_ms: float = 0.2
    ppm: float = 0.0
    begins_s: float = 0.0
    ends_s: float = 1e9
    late: Sequence[int] = ()
    pauses: Sequence[tuple[float, float]] = ()

    def arrivals(self, stream: int, seconds: float, rng: random.Random) -> list[Arrival]:
        found, at, number = [], 0.1 + self.begins_s + self.phase_ms / 1000, 0
        while at < min(seconds, self.ends_s):
            delay_ms = rng.uniform(0, self.jitter_ms) + 9.0 * (number in self.late)
            if not any(begin <= at < end for begin, end in self.pauses):
                found.append(Arrival(stream, at + delay_ms / 1000))
            at += PACKET_S * (1 - self.ppm * 1e-6)
            number += 1
        return found


@dataclass(frozen=True, slots=True)
class Course:
    """What a run of the beat gave: waits by time and stream, and what it was shifted by when."""

    waits: list[tuple[float, int, float]]
    shifts: list[tuple[float, float]]

    def longest(self, stream: int, begin_s: float, end_s: float = 1e9) -> float:
        return max(wait for at, name, wait in self.waits if name == stream and begin_s <= at < end_s)

    def shortest(self, stream: int, begin_s: float, end_s: float = 1e9) -> float:
        return min(wait for at, name, wait in self.waits if name == stream and begin_s <= at < end_s)

    @property
    def steps(self) -> list[float]:
        return [at for at, shift in self.shifts if abs(shift) > STEP_MS]


def course(*fars: Far, seconds: float = 60.0) -> Course:
    rng, beat = random.Random(1), Beat(1000 * PERIOD_S)
    coming = sorted(
        (arrival for name, far in enumerate(fars) for arrival in far.arrivals(name, seconds, rng)),
        key=lambda arrival: arrival.at_s,
    )
    tick_s, looked_s = PERIOD_S, 0.0
    waits, shifts, seen = [], [], []
    while tick_s < seconds:
        while coming and coming[0].at_s <= tick_s:
            seen.append(coming.pop(0))
            waits.append((seen[-1].at_s, seen[-1].stream, 1000 * (tick_s - seen[-1].at_s)))
        if tick_s - looked_s >= LOOK_S:
            looked_s, shift = tick_s, beat.step(seen, tick_s, tick_s)
            seen = []
            shifts.append((tick_s, shift))
            tick_s += shift / 1000
        tick_s += PERIOD_S
    return Course(waits, shifts)


@pytest.mark.parametrize("phase_ms", [0.1, 1.0, 2.6, 5.0, 7.7, 9.9])
def test_within_a_moment_of_a_call_its_packets_wait_for_2_ms_whatever_their_phase(phase_ms: float) -> None:
    run = course(Far(phase_ms), seconds=10)
    assert run.longest(0, 0.5) < MOST_MS
    assert run.shortest(0, 0.5) > 1.5
    assert len(run.steps) <= 1
    assert all(at < 0.5 for at in run.steps)


def test_a_step_is_earlier_or_small_so_that_no_frame_is_left_over() -> None:
    for phase_ms in range(10):
        assert max(shift for _, shift in course(Far(float(phase_ms)), seconds=2).shifts) <= 2.0


@pytest.mark.parametrize("ppm", [-100.0, 100.0])
def test_a_far_clock_that_is_off_by_100_ppm_is_followed_and_never_overtakes_the_beat(ppm: float) -> None:
    run = course(Far(4.0, ppm=ppm), seconds=300)
    assert run.longest(0, 1) < 4.5
    assert run.shortest(0, 1) > 1.5
    assert len(run.steps) <= 1


def test_jitter_moves_the_beat_behind_the_latest_of_the_packets() -> None:
    run = course(Far(4.0, jitter_ms=5.0))
    assert run.shortest(0, 15) > 0.8
    assert run.longest(0, 15) < 7.5


def test_jitter_all_over_the_period_moves_nothing() -> None:
    run = course(Far(4.0, jitter_ms=20.0))
    assert sum(abs(shift) for at, shift in run.shifts if at > 1) < 1.0


def test_a_straggler_moves_the_beat_by_next_to_nothing() -> None:
    run = course(Far(4.0, late=(500, 1000, 1500)))
    assert sum(abs(shift) for at, shift in run.shifts if at > 1) < 1.0


@pytest.mark.long
def test_a_second_call_never_makes_a_step() -> None:
    for phase_ms in range(10):
        run = course(Far(3.0), Far(float(phase_ms), begins_s=5.0), seconds=60)
        assert all(at < 0.5 for at in run.steps)
        slowly = [abs(shift) for at, shift in run.shifts if at >= 0.5]
        assert max(slowly) < 0.13
        assert sum(slowly) < 0.2 * 60 + 0.13


@pytest.mark.parametrize(("apart_ms", "first_ms", "second_ms"), [(3.0, 5.7, 2.7), (7.0, 2.7, 5.7), (5.0, 2.7, 7.7)])
def test_with_two_calls_the_beat_falls_behind_the_later_one(apart_ms: float, first_ms: float, second_ms: float) -> None:
    run = course(Far(3.0), Far(3.0 + apart_ms, begins_s=5.0))
    assert run.longest(0, 40) < first_ms
    assert run.longest(1, 40) < second_ms


def test_once_the_first_call_is_over_the_beat_comes_to_the_second_without_a_step() -> None:
    run = course(Far(3.0, ends_s=10.0), Far(8.0, begins_s=5.0), seconds=70)
    assert run.longest(1, 60) < MOST_MS
    assert all(at < 0.5 for at in run.steps)


def test_the_next_call_alone_is_placed_anew() -> None:
    run = course(Far(3.0, ends_s=5.0), Far(8.0, begins_s=10.0), seconds=20)
    assert run.longest(1, 10.5) < MOST_MS
    assert len(run.steps) == 2


def test_one_who_pauses_and_goes_on_is_no_new_call() -> None:
    talks = Far(3.0, jitter_ms=3.0, pauses=((5.0, 8.0), (12.0, 14.0)))
    assert len(course(talks, seconds=20).steps) == 1


def test_streams_without_end_move_nothing_and_take_no_memory() -> None:
    beat = Beat(1000 * PERIOD_S)
    for look in range(1, 100):
        now_s = look * LOOK_S
        arrivals = [Arrival(1000 * look + count, now_s - 0.0001 * count) for count in range(500)]
        assert beat.step(arrivals, now_s, now_s) == 0.0
    assert len(beat._streams) <= 64
