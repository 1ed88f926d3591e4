"""Wake-up calls: rung on time, three times at most, whatever the clock does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from firmware.telephony.events import Cause
from firmware.telephony.seams import Confirm, Refuse
from tests.unit.telephony.features.feature_box import Box

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def run(box: Box, begin: datetime, minutes: int) -> list[tuple[str, str]]:
    """The box looks every 10 s; who was rung, and when it was on the wall."""
    rung = []
    for step in range(minutes * 6 + 1):
        now = (begin.astimezone(UTC) + timedelta(seconds=10 * step)).astimezone(BERLIN)
        rung += [(extension, f"{now:%H:%M}") for extension in box.wake_up.due(now)]
    return rung


@pytest.fixture
def box() -> Box:
    box = Box()
    box.set("101", wake_up="06:30")
    return box


def test_it_is_set_said_and_cleared_by_code() -> None:
    box = Box()
    words = Confirm(("time", "is-set-to", "digits/0", "digits/6", "digits/3", "digits/0"))
    assert box.dial("101", "*550630") == words
    assert box.profiles["101"].wake_up == "06:30"
    assert box.dial("101", "*#55") == words
    for wrong in ("2460", "2400", "0960"):
        assert box.dial("101", "*55" + wrong) == Refuse(Cause.INVALID_NUMBER, "there is no such time")
    assert box.dial("101", "*54") == Confirm(("de-activated",))
    assert box.dial("101", "*#55") == Confirm(("de-activated",))
    assert box.profiles["101"].wake_up == ""


def test_who_answers_is_rung_once_and_again_on_the_next_day(box: Box) -> None:
    assert run(box, at("2026-03-02 06:20"), 10) == [("101", "06:30")]
    box.rung[0][1](True)
    assert run(box, at("2026-03-02 06:30:10"), 60) == []
    assert run(box, at("2026-03-03 06:29"), 2) == [("101", "06:30")]


def test_who_does_not_answer_is_rung_three_times_in_steps_of_five_minutes(box: Box) -> None:
    rung = []
    for minute in range(25, 60):
        found = run(box, at(f"2026-03-02 06:{minute}"), 0)
        rung += found
        for _ in found:
            box.rung[-1][1](False)
    assert rung == [("101", "06:30"), ("101", "06:35"), ("101", "06:40")]


def test_it_is_not_rung_again_while_it_still_rings_nor_after_it_was_cleared(box: Box) -> None:
    assert run(box, at("2026-03-02 06:29"), 20) == [("101", "06:30")]
    box.rung[0][1](False)
    assert box.dial("101", "*54") == Confirm(("de-activated",))
    assert run(box, at("2026-03-02 06:49"), 20) == []
    box.rung[0][1](False)  # too late, and told twice


def test_a_restart_at_that_minute_loses_no_call(box: Box) -> None:
    assert run(box, at("2026-03-02 06:31"), 5) == [("101", "06:31")]


def test_a_clock_that_is_set_rings_nobody_for_the_time_it_jumped_over(box: Box) -> None:
    assert run(box, at("1970-01-01 01:00"), 1) == []
    assert run(box, at("2026-03-02 09:00"), 1) == []
    assert run(box, at("2026-03-02 06:00"), 31) == [("101", "06:30")]


def test_a_clock_set_back_does_not_put_the_second_ring_off_for_hours(box: Box) -> None:
    run(box, at("2026-03-02 06:25"), 6)
    box.rung[0][1](False)
    assert run(box, at("2026-03-02 03:00"), 1) == [("101", "03:00")]


def test_a_time_that_summer_time_leaves_out_is_rung_after_the_gap(box: Box) -> None:
    box.set("101", wake_up="02:30")
    assert run(box, at("2026-03-29 01:50"), 20) == [("101", "03:00")]


def test_a_time_that_comes_twice_in_autumn_is_rung_once(box: Box) -> None:
    box.set("101", wake_up="02:30")
    rung = run(box, at("2026-10-25 01:50"), 45)
    box.rung[0][1](True)
    assert rung == [("101", "02:30")]
    again = datetime(2026, 10, 25, 0, 35, 10, tzinfo=UTC)
    assert run(box, again, 120) == []


def test_midnight_is_a_time_like_any_other(box: Box) -> None:
    box.set("101", wake_up="00:00")
    assert run(box, at("2026-03-02 23:55"), 10) == [("101", "00:00")]
