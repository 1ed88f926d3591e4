"""The call thread: in order, one at a time, nothing lost without a word, and nobody else on it."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from firmware.telephony.loop import Alarm, CallLoop


def run_to_end(loop: CallLoop) -> None:
    """What is there is done, then the loop ends."""
    loop.stop()
    loop.run()


@contextmanager
def running(loop: CallLoop) -> Iterator[None]:
    """The loop on a thread of its own."""
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        yield
    finally:
        loop.stop()
        thread.join(5)
        assert not thread.is_alive()


def test_what_is_posted_is_done_in_order() -> None:
    loop, done = CallLoop(), list[int]()
    for number in range(100):
        loop.post(lambda number=number: done.append(number))  # type: ignore[misc]
    run_to_end(loop)
    assert done == list(range(100))


def test_what_other_threads_post_is_done_on_the_call_thread() -> None:
    loop, threads, is_done = CallLoop(), list[int](), threading.Event()

    def note() -> None:
        threads.append(threading.get_ident())
        is_done.set()

    with running(loop):
        loop.post(note)
        assert is_done.wait(5)
    assert threads != [threading.get_ident()]


def test_an_action_that_fails_is_logged_and_the_next_is_done(caplog: pytest.LogCaptureFixture) -> None:
    loop, done = CallLoop(), list[str]()
    loop.post(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    loop.post(lambda: done.append("next"))
    run_to_end(loop)
    assert done == ["next"]
    assert "ZeroDivisionError" in caplog.text


def test_a_timer_that_fails_is_logged_and_the_next_fires(caplog: pytest.LogCaptureFixture) -> None:
    loop, done = CallLoop(), list[str]()
    loop.call_later(0, lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    loop.call_later(0.001, lambda: done.append("next"))
    assert loop.run_until(lambda: bool(done), 5)
    assert "ZeroDivisionError" in caplog.text


def test_timers_fire_when_due_in_the_order_of_their_times() -> None:
    loop, done = CallLoop(), list[tuple[str, float]]()
    started = time.monotonic()
    for name, delay_s in (("late", 0.06), ("early", 0.02), ("early too", 0.02)):
        loop.call_later(delay_s, lambda name=name: done.append((name, time.monotonic() - started)))  # type: ignore[misc]
    assert loop.run_until(lambda: len(done) == 3, 5)
    assert [name for name, _ in done] == ["early", "early too", "late"]
    assert done[0][1] >= 0.02 and done[2][1] >= 0.06


def test_a_cancelled_timer_never_fires() -> None:
    loop, done = CallLoop(), list[str]()
    timer = loop.call_later(0.01, lambda: done.append("cancelled"))
    loop.call_later(0.03, lambda: done.append("other"))
    timer.cancel()
    timer.cancel()
    assert loop.run_until(lambda: bool(done), 5)
    assert done == ["other"]


def test_a_timer_may_start_the_next_one() -> None:
    loop, ticks = CallLoop(), list[int]()

    def tick() -> None:
        ticks.append(1)
        if len(ticks) < 3:
            loop.call_later(0.001, tick)

    loop.call_later(0, tick)
    assert loop.run_until(lambda: len(ticks) == 3, 5)


def test_whoever_posts_for_ever_starves_neither_the_engine_nor_timers() -> None:
    polls, fired = list[int](), list[int]()
    loop = CallLoop(poll=polls.append)

    def again() -> None:
        loop.post(again)

    loop.post(again)
    loop.call_later(0.001, lambda: fired.append(1))
    assert loop.run_until(lambda: bool(fired) and len(polls) > 10, 5)


def test_the_engine_is_not_waited_for_while_something_is_to_be_done() -> None:
    waits = list[int]()
    loop = CallLoop(poll=waits.append)
    loop.post(lambda: None)
    loop.run_until(lambda: len(waits) == 1, 5)
    assert waits == [0]
    loop.run_until(lambda: len(waits) == 3, 5)
    assert waits[1:] == [10, 10]


def test_the_next_timer_bounds_the_wait_for_the_engine() -> None:
    waits = list[int]()
    loop = CallLoop(poll=waits.append)
    loop.call_later(0.004, lambda: None)
    loop.run_until(lambda: bool(waits), 5)
    assert 0 <= waits[0] <= 5


def test_a_flood_is_dropped_with_a_word_at_a_bound(caplog: pytest.LogCaptureFixture) -> None:
    loop, done = CallLoop(), list[int]()
    for _ in range(10_001):
        loop.post(lambda: done.append(1))
    assert "one event dropped" in caplog.text
    assert loop.run_until(lambda: len(done) == 10_000, 10)


def test_calls_are_touched_on_the_call_thread_only() -> None:
    loop = CallLoop()
    loop.check_thread()  # before it runs there is no other thread to be wrong
    with running(loop):
        wait_for(loop)
        with pytest.raises(RuntimeError):
            loop.check_thread()
        with pytest.raises(RuntimeError):
            loop.call_later(1, lambda: None)
    loop.check_thread()


def test_a_stall_is_counted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    loop = CallLoop()
    loop.post(lambda: time.sleep(0.25))
    with caplog.at_level(logging.WARNING):
        run_to_end(loop)
    assert loop.stalls == 1
    assert "busy" in caplog.text


def test_run_until_tells_when_the_time_was_over() -> None:
    assert not CallLoop().run_until(lambda: False, 0.02)


def wait_for(loop: CallLoop) -> None:
    """Until the loop has done what was posted so far."""
    is_done = threading.Event()
    action: Callable[[], None] = is_done.set
    loop.post(action)
    assert is_done.wait(5)


def test_of_an_alarm_only_what_was_set_last_is_done() -> None:
    loop, done = CallLoop(), list[str]()
    alarm = Alarm(loop)
    alarm.set(0.0, lambda: done.append("first"))
    alarm.set(0.01, lambda: done.append("second"))
    assert alarm.is_set
    assert loop.run_until(lambda: bool(done), 5)
    loop.run_until(lambda: False, 0.05)
    assert done == ["second"]
    assert not alarm.is_set


def test_an_alarm_that_is_cleared_does_nothing_and_one_may_set_itself_anew() -> None:
    loop, done = CallLoop(), list[int]()
    alarm = Alarm(loop)

    def again() -> None:
        done.append(len(done))
        if len(done) < 3:
            alarm.set(0.0, again)

    alarm.set(0.0, lambda: done.append(-1))
    alarm.clear()
    assert not alarm.is_set
    alarm.set(0.0, again)
    assert loop.run_until(lambda: len(done) == 3 and not alarm.is_set, 5)
    assert done == [0, 1, 2]
