"""The machine of the outside line: both directions, every way to hang up, every pair defined."""

import pytest

from firmware.telephony.events import Caller, Cause
from firmware.telephony.lines.outside import EVENTS, TABLE, Do, Happened, Manners, OutsideState, Phase, step

IDLE = OutsideState(Phase.IDLE)
PLAIN = Manners()
BY_POLARITY = Manners(is_answer_by_polarity=True)


def run(manners: Manners, state: OutsideState, *happenings: Happened | str) -> tuple[OutsideState, list[Do]]:
    done: list[Do] = []
    for happened in happenings:
        event = Happened(happened) if isinstance(happened, str) else happened
        state, actions = step(manners, state, event)
        done += actions
    return state, done


def names(actions: list[Do]) -> list[str]:
    return [action.what for action in actions if action.what != "timer"]


def ended(actions: list[Do]) -> list[Cause]:
    return [action.cause for action in actions if action.what == "ended"]


def tone(name: str) -> Happened:
    return Happened("tone", text=name)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("what", EVENTS)
def test_every_pair_of_phase_and_event_is_defined(phase: Phase, what: str) -> None:
    assert (phase, what) in TABLE


def test_a_call_is_offered_with_the_caller_heard_between_the_first_rings() -> None:
    caller = Caller("5551234", "HALL")
    state, done = run(PLAIN, IDLE, "burst", "silent", Happened("caller", caller=caller))
    assert state.phase is Phase.OFFERED
    assert [action.caller for action in done if action.what == "offer"] == [caller]


def test_a_call_without_caller_id_is_offered_at_the_second_ring() -> None:
    state, done = run(PLAIN, IDLE, "burst", "silent")
    assert state.phase is Phase.RUNG and not names(done)
    assert names(run(PLAIN, state, "burst")[1]) == ["offer"]


def test_where_caller_id_comes_first_the_first_ring_offers() -> None:
    caller = Caller("02079460000")
    done = run(PLAIN, IDLE, Happened("caller", caller=caller), "burst")[1]
    assert [action.caller for action in done if action.what == "offer"] == [caller]


def test_ringing_that_stops_is_a_caller_who_gave_up() -> None:
    state, done = run(PLAIN, IDLE, "burst", "burst", "timer")
    assert state.phase is Phase.IDLE and ended(done) == [Cause.CANCELLED]


def test_answering_seizes_the_line() -> None:
    state, done = run(PLAIN, IDLE, "burst", "burst", "answer")
    assert state.phase is Phase.TALKING and names(done)[-2:] == ["seize", "audio-on"]


def test_the_exchanges_reversal_right_after_our_answer_is_no_hang_up() -> None:
    talking, _ = run(PLAIN, IDLE, "burst", "burst", "answer")
    state, done = run(PLAIN, talking, "reversed")
    assert state.phase is Phase.TALKING and not done
    assert ended(run(PLAIN, state, "timer", "reversed")[1]) == [Cause.NORMAL]


@pytest.mark.parametrize("sign", [Happened("open"), tone("busy"), tone("congestion")])
def test_a_far_end_that_hangs_up_frees_the_line(sign: Happened) -> None:
    talking, _ = run(PLAIN, IDLE, "burst", "burst", "answer", "timer")
    state, done = run(PLAIN, talking, sign)
    assert state.phase is Phase.GUARD and ended(done) == [Cause.NORMAL]
    assert names(done)[:2] == ["audio-off", "release"]


def test_busy_tone_frees_nothing_where_the_settings_say_so() -> None:
    manners = Manners(is_hang_up_by_tone=False)
    talking, _ = run(manners, IDLE, "burst", "burst", "answer")
    assert run(manners, talking, tone("busy")) == (talking, [])


def test_a_call_out_waits_for_dial_tone_and_then_dials() -> None:
    state, done = run(PLAIN, IDLE, Happened("seize", text="5551234"))
    assert state.phase is Phase.SEIZED and names(done) == ["seize", "audio-on"]
    state, done = run(PLAIN, state, tone("dial"))
    assert state.phase is Phase.DIALLING and done[-1] == Do("dial", text="5551234")


def test_a_line_with_unknown_dial_tone_is_dialled_all_the_same() -> None:
    seized, _ = run(PLAIN, IDLE, Happened("seize", text="5551234"))
    assert run(PLAIN, seized, "timer")[1][-1] == Do("dial", text="5551234")


def test_answer_by_polarity_waits_for_the_reversal_and_ends_with_the_next() -> None:
    dialled, done = run(BY_POLARITY, IDLE, Happened("seize", text="1"), tone("dial"), "dialled")
    assert dialled.phase is Phase.PROCEEDING and names(done)[-1] == "progress"
    talking, done = run(BY_POLARITY, dialled, "reversed")
    assert talking.phase is Phase.TALKING and names(done) == ["answered"]
    assert ended(run(BY_POLARITY, talking, "timer", "reversed")[1]) == [Cause.NORMAL]


def test_a_reversal_that_nobody_waits_for_is_the_answer_and_the_next_one_the_hang_up() -> None:
    talking, done = run(PLAIN, IDLE, Happened("seize", text="1"), tone("dial"), "dialled")
    assert talking.phase is Phase.TALKING and names(done)[-1] == "answered"
    answered, done = run(PLAIN, talking, "timer", "reversed")
    assert answered.phase is Phase.TALKING and names(done) == []
    assert run(PLAIN, answered, "reversed")[0].phase is Phase.TALKING, "too soon to be a hang-up"
    assert ended(run(PLAIN, answered, "timer", "reversed")[1]) == [Cause.NORMAL]


def test_busy_tone_before_the_answer_says_busy() -> None:
    dialled, _ = run(BY_POLARITY, IDLE, Happened("seize", text="1"), tone("dial"), "dialled")
    assert ended(run(BY_POLARITY, dialled, tone("busy"))[1]) == [Cause.BUSY]


def test_a_line_that_is_not_plugged_in_is_unreachable() -> None:
    seized, _ = run(PLAIN, IDLE, Happened("seize", text="1"))
    assert ended(run(PLAIN, seized, "open")[1]) == [Cause.NETWORK]


def test_a_line_without_battery_is_not_seized_until_it_has_some_again() -> None:
    dead, _ = run(PLAIN, IDLE, "open")
    state, done = run(PLAIN, dead, Happened("seize", text="1"))
    assert state.phase is Phase.IDLE and ended(done) == [Cause.NETWORK] and names(done) == ["ended"]
    assert run(PLAIN, state, "closed", Happened("seize", text="1"))[0].phase is Phase.SEIZED


def test_the_break_that_ends_a_call_leaves_the_line_alive() -> None:
    talking, _ = run(PLAIN, IDLE, "burst", "burst", "answer")
    state, _ = run(PLAIN, talking, "open", "closed", "timer")
    assert state == IDLE
    assert run(PLAIN, talking, "open", "timer")[0].is_dead


def test_our_hanging_up_releases_and_guards_the_line() -> None:
    talking, _ = run(PLAIN, IDLE, "burst", "burst", "answer")
    state, done = run(PLAIN, talking, "release")
    assert state.phase is Phase.GUARD and names(done) == ["audio-off", "release"]
    assert run(PLAIN, state, "timer")[0].phase is Phase.IDLE


def test_a_lost_adapter_ends_the_call_once() -> None:
    talking, _ = run(PLAIN, IDLE, "burst", "burst", "answer")
    state, done = run(PLAIN, talking, "lost", "lost")
    assert state.phase is Phase.LOST and ended(done) == [Cause.DEVICE_LOST]
