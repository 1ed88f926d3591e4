"""Two calls on one telephone: hold, swap, three-way, transfer and call waiting, as each country's R key does them."""

from dataclasses import replace

import pytest

from firmware.telephony.events import Cause, Destination
from firmware.telephony.lines import port_words as w
from firmware.telephony.lines.port import Phase, PortState, Rules
from tests.unit.telephony.lines.port_runs import DE, IDLE, ONE, OTHER, UK, US, dialled, run

R = w.FlashPressed()
EUROPE = pytest.mark.parametrize("rules", [UK, DE], ids=["UK", "DE"])
EVERYWHERE = pytest.mark.parametrize("rules", [US, UK, DE], ids=["US", "UK", "DE"])

TALKING, _ = run(IDLE, w.Offered(ONE), w.Lifted())
CALLING, _ = run(TALKING, R, *dialled("12"), rules=US)
CONSULTING, _ = run(CALLING, w.FarRinging(2), w.FarAnswered(2), rules=US)
ANNOUNCED, _ = run(TALKING, w.Offered(OTHER), rules=US)
TWO_CALLERS, _ = run(ANNOUNCED, R, rules=US)
THREE, _ = run(CONSULTING, R, rules=US)


def pressed(digit: str) -> tuple[w.PortEvent, ...]:
    return R, w.DigitDialled(digit)


# ---- three-way and swapping ----------------------------------------------------------------------------------


def test_in_america_flash_with_the_consulted_party_makes_a_three_way_call() -> None:
    assert (CONSULTING.active, CONSULTING.held) == (2, 1)
    state, done = run(CONSULTING, R, rules=US)
    assert state.phase is Phase.TALKING and state.is_conference
    assert done == [w.Conference(1, 2)]


def test_in_america_flash_in_a_three_way_call_drops_the_last_party() -> None:
    state, done = run(THREE, R, rules=US)
    assert (state.active, state.held, state.is_conference) == (1, None, False)
    assert done == [w.Hang(2, Cause.NORMAL)]
    assert run(state, R, rules=US)[0].phase is Phase.DIAL_TONE


@pytest.mark.parametrize(("gone", "left"), [(1, 2), (2, 1)])
def test_whoever_hangs_up_in_a_three_way_call_leaves_two_who_talk_on(gone: int, left: int) -> None:
    state, done = run(THREE, w.FarEnded(gone, Cause.NORMAL), rules=US)
    assert (state.phase, state.active, state.held, state.is_conference) == (Phase.TALKING, left, None, False)
    assert done == []


def test_hanging_up_ends_a_three_way_call() -> None:
    state, done = run(THREE, w.PutDown(), rules=US)
    assert state.phase is Phase.ON_HOOK and not state.legs
    assert {action for action in done if isinstance(action, w.Hang)} == {
        w.Hang(1, Cause.NORMAL),
        w.Hang(2, Cause.NORMAL),
    }


@EUROPE
@pytest.mark.parametrize(
    ("digit", "active", "held", "actions"),
    [
        ("0", 2, None, [w.Hang(1, Cause.NORMAL)]),
        ("1", 1, None, [w.Hang(2, Cause.NORMAL), w.Resume(1)]),
        ("2", 1, 2, [w.Hold(2), w.Resume(1)]),
        ("3", 2, 1, [w.Conference(1, 2)]),
        ("9", 2, 1, []),
    ],
)
def test_in_europe_r_and_a_digit_choose(
    rules: Rules, digit: str, active: int, held: int | None, actions: list[w.PortAction]
) -> None:
    recall, done = run(CONSULTING, R, rules=rules)
    assert recall.phase is Phase.RECALL and done == [w.SetTimer(2000)]
    state, done = run(recall, w.DigitDialled(digit), rules=rules)
    assert (state.phase, state.active, state.held) == (Phase.TALKING, active, held)
    assert state.is_conference == (digit == "3")
    assert done == [w.SetTimer(None), *actions]


@EUROPE
def test_in_europe_r_alone_swaps_after_a_while_and_r_again_at_once(rules: Rules) -> None:
    for event in (w.TimerFired(), R):
        state, done = run(CONSULTING, R, event, rules=rules)
        assert (state.phase, state.active, state.held) == (Phase.TALKING, 1, 2)
        assert done[-2:] == [w.Hold(2), w.Resume(1)]


@EUROPE
def test_in_europe_r_1_drops_the_last_party_of_a_three_way_call_and_r_alone_changes_nothing(rules: Rules) -> None:
    three, _ = run(CONSULTING, *pressed("3"), rules=rules)
    state, done = run(three, *pressed("1"), rules=rules)
    assert (state.active, state.held, state.is_conference) == (1, None, False)
    assert done[-1] == w.Hang(2, Cause.NORMAL)
    assert run(three, R, w.TimerFired(), rules=rules)[0] == three


@EVERYWHERE
def test_flash_with_one_call_gives_the_second_dial_tone_whatever_is_dialled_then(rules: Rules) -> None:
    state, done = run(TALKING, R, *dialled("12"), rules=rules)
    assert done[0] == w.Hold(1) and w.PlayTone("second_dial") in done
    assert done[-1] == w.Place(2, Destination("extension", "12")) and state.is_consulting


@EUROPE
def test_a_held_party_that_hangs_up_while_a_digit_is_awaited_changes_nothing_else(rules: Rules) -> None:
    state, done = run(CONSULTING, R, w.FarEnded(1, Cause.NORMAL), rules=rules)
    assert (state.phase, state.active, state.held) == (Phase.TALKING, 2, None)
    assert done[-1] == w.SetTimer(None)


# ---- transfer ------------------------------------------------------------------------------------------------


@EUROPE
def test_r_4_connects_the_two_parties(rules: Rules) -> None:
    state, done = run(CONSULTING, *pressed("4"), rules=rules)
    assert w.TransferAttended(1, 2) in done
    assert state.phase is Phase.FAILURE_TONE and not state.legs
    assert run(state, w.PutDown(), rules=rules)[0].phase is Phase.ON_HOOK


def test_hanging_up_transfers_where_the_country_has_it() -> None:
    state, done = run(CONSULTING, w.PutDown(), rules=DE)
    assert state == PortState(Phase.ON_HOOK, serial=2) and done[-1] == w.TransferAttended(1, 2)


@pytest.mark.parametrize("rules", [US, UK], ids=["US", "UK"])
def test_elsewhere_hanging_up_ends_the_second_call_and_the_held_one_rings_back(rules: Rules) -> None:
    state, done = run(CONSULTING, w.PutDown(), rules=rules)
    assert state.phase is Phase.RINGING and state.active == state.held == 1
    assert w.Hang(2, Cause.NORMAL) in done and w.RingBack(1) in done


def test_hanging_up_while_the_second_party_rings_transfers_to_it() -> None:
    _, done = run(CALLING, w.FarRinging(2), w.PutDown(), rules=DE)
    assert done[-1] == w.TransferAttended(1, 2)


def test_hanging_up_before_it_rings_gives_the_second_call_up() -> None:
    state, done = run(CALLING, w.PutDown(), rules=DE)
    assert state.phase is Phase.RINGING and w.Hang(2, Cause.CANCELLED) in done and w.RingBack(1) in done


def test_two_callers_are_never_connected_by_hanging_up() -> None:
    state, done = run(TWO_CALLERS, w.PutDown(), rules=DE)
    assert state.phase is Phase.RINGING and not any(isinstance(action, w.TransferAttended) for action in done)


def test_a_held_party_is_sent_to_a_number_by_code() -> None:
    rules = replace(US, plan=replace(US.plan, services={}))
    state, _ = run(TALKING, R, rules=rules)
    new, done = _by_code(rules, state, "transfer.5551234")
    assert w.TransferBlind(1, Destination("number", "5551234")) in done
    assert new.phase is Phase.FAILURE_TONE and not new.legs and w.PlayTone("confirmation") in done


@pytest.mark.parametrize("number", ["19005551234", "112", "77"])
def test_a_number_that_may_not_be_dialled_is_no_place_for_a_held_party(number: str) -> None:
    state, _ = run(TALKING, R, rules=US)
    new, done = _by_code(US, state, f"transfer.{number}")
    assert not any(isinstance(action, w.TransferBlind) for action in done)
    assert new.phase is Phase.FAILURE_TONE and new.held == 1


def _by_code(rules: Rules, state: PortState, code: str) -> tuple[PortState, list[w.PortAction]]:
    from firmware.telephony.lines.port_steps import placed

    return placed(rules, state, Destination("code", code), [])


# ---- call waiting --------------------------------------------------------------------------------------------


@EVERYWHERE
def test_a_second_caller_is_announced_in_a_call(rules: Rules) -> None:
    state, done = run(TALKING, w.Offered(OTHER), rules=rules)
    assert (state.phase, state.active, state.waiting) == (Phase.TALKING, 1, 2)
    assert done == [w.AnnounceWaiting(2, OTHER)]
    assert run(state, w.Offered(ONE), rules=rules)[1] == [w.RefuseOffer(Cause.BUSY)]


def test_flash_takes_the_waiting_call_and_swaps_then() -> None:
    state, done = run(ANNOUNCED, R, rules=US)
    assert (state.active, state.held, state.waiting) == (2, 1, None)
    assert done == [w.StopAnnouncing(), w.Hold(1), w.Accept(2)]
    state, done = run(state, R, rules=US)
    assert (state.active, state.held) == (1, 2) and done == [w.Hold(2), w.Resume(1)]


@EUROPE
@pytest.mark.parametrize(
    ("digit", "active", "held", "actions"),
    [
        ("0", 1, None, [w.StopAnnouncing(), w.Hang(2, Cause.BUSY)]),
        ("1", 2, None, [w.StopAnnouncing(), w.Hang(1, Cause.NORMAL), w.Accept(2)]),
        ("2", 2, 1, [w.StopAnnouncing(), w.Hold(1), w.Accept(2)]),
    ],
)
def test_in_europe_r_and_a_digit_answer_the_waiting_call(
    rules: Rules, digit: str, active: int, held: int | None, actions: list[w.PortAction]
) -> None:
    state, done = run(ANNOUNCED, *pressed(digit), rules=rules)
    assert (state.phase, state.active, state.held, state.waiting) == (Phase.TALKING, active, held, None)
    assert done[-len(actions) :] == actions


@EUROPE
def test_in_europe_r_alone_takes_the_waiting_call_as_well(rules: Rules) -> None:
    state, done = run(ANNOUNCED, R, w.TimerFired(), rules=rules)
    assert (state.active, state.held) == (2, 1) and done[-1] == w.Accept(2)


def test_hanging_up_lets_the_waiting_call_ring() -> None:
    state, done = run(ANNOUNCED, w.PutDown(), rules=US)
    assert state.phase is Phase.RINGING and state.active == 2
    assert w.StopAnnouncing() in done and done[-2:] == [w.Hang(1, Cause.NORMAL), w.RingBack(2)]
    state, done = run(state, w.Lifted(), rules=US)
    assert state.phase is Phase.TALKING and done[-1] == w.Accept(2)


@EVERYWHERE
def test_a_waiting_caller_who_gives_up_is_announced_no_more(rules: Rules) -> None:
    for events in ((), (R,)) if rules is not US else ((),):
        state, done = run(ANNOUNCED, *events, w.FarEnded(2, Cause.CANCELLED), rules=rules)
        assert (state.phase, state.active, state.waiting) == (Phase.TALKING, 1, None)
        assert done[-1] == w.StopAnnouncing()


def test_when_the_first_caller_hangs_up_the_waiting_one_is_taken_by_flash_or_by_hanging_up() -> None:
    ended, done = run(ANNOUNCED, w.FarEnded(1, Cause.NORMAL), rules=US)
    assert ended.phase is Phase.FAILURE_TONE and ended.waiting == 2 and w.PlayTone("busy") in done
    state, done = run(ended, R, rules=US)
    assert (state.phase, state.active, state.held) == (Phase.TALKING, 2, None)
    assert done == [w.SetTimer(None), w.PlayTone(""), w.StopAnnouncing(), w.Accept(2)]
    state, done = run(ended, w.PutDown(), rules=US)
    assert state.phase is Phase.RINGING and done[-1] == w.RingBack(2)


def test_where_it_is_not_allowed_nobody_waits() -> None:
    rules = replace(US, is_call_waiting_allowed=False)
    assert run(TALKING, w.Offered(OTHER), rules=rules)[1] == [w.RefuseOffer(Cause.BUSY)]


@pytest.mark.parametrize("state", [CONSULTING, TWO_CALLERS, THREE, CALLING], ids=["ask", "two", "three", "calling"])
def test_nobody_waits_for_a_second_call(state: PortState) -> None:
    assert run(state, w.Offered(OTHER), rules=US)[1] == [w.RefuseOffer(Cause.BUSY)]


def test_call_waiting_can_be_off_for_one_call() -> None:
    calling, _ = _by_code(US, PortState(Phase.DIALLING, digits="*705551234"), "call-waiting-off-once.5551234")
    quiet, _ = run(calling, w.FarAnswered(1), rules=US)
    assert run(quiet, w.Offered(OTHER), rules=US)[1] == [w.RefuseOffer(Cause.BUSY)]
    again, _ = run(quiet, w.PutDown(), w.Lifted(), *dialled("12"), w.FarAnswered(2), rules=US)
    assert run(again, w.Offered(OTHER), rules=US)[0].waiting == 3


# ---- emergency -----------------------------------------------------------------------------------------------


@EVERYWHERE
def test_in_an_emergency_call_flash_does_nothing_and_nobody_waits(rules: Rules) -> None:
    for before in (IDLE, TALKING):
        lifted: tuple[w.PortEvent, ...] = (w.Lifted(),) if before is IDLE else (R,)
        calling, _ = run(before, *lifted, *dialled("112"), w.FarRinging(before.serial + 1), rules=rules)
        talking, _ = run(calling, w.FarAnswered(before.serial + 1), rules=rules)
        for state in (calling, talking):
            assert run(state, R, rules=rules) == (state, [])
            assert run(state, w.Offered(OTHER), rules=rules) == (state, [w.RefuseOffer(Cause.BUSY)])


def test_nobody_is_transferred_into_an_emergency_call_by_hanging_up() -> None:
    state, _ = run(TALKING, R, *dialled("112"), w.FarRinging(2), w.FarAnswered(2), rules=DE)
    _, done = run(state, w.PutDown(), rules=DE)
    assert w.Hang(2, Cause.NORMAL) in done and w.RingBack(1) in done
