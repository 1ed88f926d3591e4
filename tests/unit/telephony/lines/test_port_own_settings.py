"""What an extension has set: hotline, warm line, the message tone, the way it rings."""

from dataclasses import replace

import pytest

from firmware.telephony.events import Destination
from firmware.telephony.lines import port_words as w
from firmware.telephony.lines.port import Phase
from tests.unit.telephony.lines.port_runs import IDLE, ONE, US, run

R = w.FlashPressed()
TALKING, _ = run(IDLE, w.Offered(ONE), w.Lifted())


@pytest.mark.parametrize(
    ("number", "destination"),
    [
        ("12", Destination("extension", "12")),
        ("5551234", Destination("number", "5551234")),
        ("+49301234", Destination("number", "+49301234")),
        ("112", Destination("emergency", "112")),
    ],
)
def test_a_hotline_is_called_when_the_handset_is_lifted(number: str, destination: Destination) -> None:
    rules = replace(US, hotline=number)
    state, done = run(IDLE, w.Lifted(), rules=rules)
    assert state.phase is Phase.CALLING
    assert done[0] == w.ConnectAudio() and done[-1] == w.Place(1, destination)
    assert not any(isinstance(action, w.PlayTone) for action in done)


def test_a_warm_line_is_called_when_nothing_is_dialled() -> None:
    rules = replace(US, hotline="12", hotline_ms=5000)
    state, done = run(IDLE, w.Lifted(), rules=rules)
    assert done[-2:] == [w.PlayTone("dial"), w.SetTimer(5000)]
    assert run(state, w.TimerFired(), rules=rules)[1][-1] == w.Place(1, Destination("extension", "12"))
    dialling, done = run(state, w.DigitDialled("5"), rules=rules)
    assert done[-1] == w.SetTimer(rules.plan.pause_ms)
    assert run(dialling, w.TimerFired(), rules=rules)[0].phase is Phase.FAILURE_TONE


def test_a_hotline_that_cannot_be_dialled_leaves_dial_tone() -> None:
    state, done = run(IDLE, w.Lifted(), rules=replace(US, hotline="77"))
    assert state.phase is Phase.DIAL_TONE and done[-1] == w.SetTimer(US.plan.first_digit_ms)


def test_the_second_dial_tone_calls_no_hotline() -> None:
    rules = replace(US, hotline="12", hotline_ms=5000)
    _, done = run(TALKING, R, rules=rules)
    assert done[-2:] == [w.PlayTone("second_dial"), w.SetTimer(rules.plan.first_digit_ms)]


def test_dial_tone_may_tell_that_messages_wait() -> None:
    _, done = run(IDLE, w.Lifted(), rules=replace(US, dial_tone="stutter_dial"))
    assert w.PlayTone("stutter_dial") in done


def test_a_ring_pattern_goes_with_the_offer() -> None:
    assert run(IDLE, w.Offered(ONE, "3"))[1] == [w.StartRinging(1, ONE, "3")]


def test_whoever_was_sent_to_somebody_else_hears_him_ring_and_answer() -> None:
    state, done = run(TALKING, w.FarRinging(1), w.FarAnswered(1), rules=US)
    assert done == [w.PlayTone("ringback"), w.PlayTone("")] and state.phase is Phase.TALKING
