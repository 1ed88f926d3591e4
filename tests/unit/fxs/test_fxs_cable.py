"""When damaged frames say that a cable is bad, and when it is good again."""

from firmware.fxs.cable import DAMAGED_MAX, WHILE_S, CableWatch


def test_what_came_before_the_session_and_a_touched_plug_say_nothing() -> None:
    watch = CableWatch()
    for tenth in range(600):
        damaged = 500 + (DAMAGED_MAX - 1 if tenth > 20 else 0)
        assert not watch.observe(damaged, tenth / 10)
    assert not watch.is_bad


def test_many_damaged_frames_are_a_bad_cable_until_a_while_has_none() -> None:
    watch = CableWatch()
    changes = []
    for tenth in range(400):
        damaged = min(tenth, 100) // 2  # five a second for ten seconds
        if watch.observe(damaged, tenth / 10):
            changes.append((tenth / 10, watch.is_bad))
    (bad_at, is_bad), (good_at, is_still_bad) = changes
    assert is_bad and bad_at == DAMAGED_MAX / 5
    assert not is_still_bad and 10 + WHILE_S <= good_at + 0.1 <= 10 + 2 * WHILE_S + 0.2


def test_an_adapter_that_starts_anew_counts_anew() -> None:
    watch = CableWatch()
    watch.observe(5000, 0.0)
    assert not watch.observe(3, 0.1) and not watch.observe(5, 0.2)
