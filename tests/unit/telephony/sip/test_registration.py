"""How a trunk waits: soon after silence, rarely after a refusal, never all boxes at once."""

import pytest

from firmware.telephony.sip import registration
from firmware.telephony.sip.registration import Phase, Registration


def fail(state: Registration, status: int, dice: float = 0.5, retry_after_s: float | None = None) -> Registration:
    return registration.failed(state, status=status, words="words", retry_after_s=retry_after_s, dice=dice)[0]


def waits(status: int, count: int) -> list[float]:
    state, out = Registration(), []
    for _ in range(count):
        state = fail(state, status)
        out.append(state.retry_in_s or 0.0)
    return out


def test_silence_is_retried_from_2_s_doubling_to_300_s() -> None:
    assert waits(408, 10) == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_refused_password_is_not_hammered(status: int) -> None:
    assert waits(status, 7) == [60, 120, 240, 480, 960, 1800, 1800]
    assert fail(Registration(), status).phase is Phase.REFUSED


@pytest.mark.parametrize(("dice", "delay_s"), [(0.0, 1.5), (1.0, 2.5)])
def test_the_wait_is_jittered_by_a_quarter(dice: float, delay_s: float) -> None:
    assert fail(Registration(), 503, dice).retry_in_s == delay_s


def test_retry_after_is_kept_but_not_for_ever() -> None:
    assert fail(Registration(), 503, retry_after_s=120).retry_in_s == 120
    assert fail(Registration(), 503, retry_after_s=1e6).retry_in_s == 3600


def test_silence_tries_the_next_server_on_a_fresh_connection() -> None:
    action = registration.failed(Registration(), status=408, words="", retry_after_s=None, dice=0.5)[1][0]
    assert action.is_next_target and action.is_fresh_connection
    action = registration.failed(Registration(), status=403, words="", retry_after_s=None, dice=0.5)[1][0]
    assert not action.is_next_target and not action.is_fresh_connection


def test_success_forgets_the_failures() -> None:
    state = fail(fail(Registration(), 408), 408)
    state, actions = registration.accepted(state)
    assert state.phase is Phase.REGISTERED and not actions
    assert fail(state, 408).retry_in_s == 2


def test_a_lost_connection_registers_anew_within_a_second_or_so() -> None:
    state, actions = registration.connection_lost(Registration(Phase.REGISTERED), "reset", dice=1.0)
    assert state.phase is Phase.WAITING and "reset" in state.text
    assert actions[0].kind == "wait" and actions[0].delay_s <= 1.2


def test_a_connection_lost_while_waiting_changes_nothing() -> None:
    waiting = fail(Registration(), 408)
    assert registration.connection_lost(waiting, "reset", dice=0.5) == (waiting, [])


@pytest.mark.parametrize(("expires_s", "refresh_s"), [(3600, 3560), (300, 260), (60, 30), (7, 3.5)])
def test_a_registration_is_refreshed_with_time_left_to_try_again(expires_s: float, refresh_s: float) -> None:
    state, actions = registration.accepted(Registration(), expires_s=expires_s)
    assert [(action.kind, action.delay_s) for action in actions] == [("wait", refresh_s)]
    again, actions = registration.retry_due(state)
    assert again == state and [action.kind for action in actions] == ["register"]


def test_the_next_server_is_tried_at_once_and_the_round_is_backed_off() -> None:
    state = Registration(Phase.REGISTERING)
    for _ in range(3):
        state, (wait,) = registration.failed(
            state, status=503, words="words", retry_after_s=None, dice=1.0, is_last_target=False
        )
        assert wait.delay_s < 0.5 and wait.is_next_target and state.failures == 0
    assert fail(state, 503).retry_in_s == 2


def test_silence_is_told_while_the_question_is_repeated() -> None:
    state = registration.unanswered(Registration(Phase.REGISTERING), "no answer")[0]
    assert state.phase is Phase.REGISTERING and state.text == "no answer"
    registered = Registration(Phase.REGISTERED)
    assert registration.unanswered(registered, "no answer") == (registered, [])
