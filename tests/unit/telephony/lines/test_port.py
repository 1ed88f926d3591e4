"""The port machine: every pair is defined, and one call at a time goes as on any telephone."""

import pytest

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.lines import port_words as w
from firmware.telephony.lines.port import RING_BACK_MS, TABLE, Phase
from tests.unit.telephony.lines.port_runs import IDLE, dialled, run

EVENTS = (
    w.Found(),
    w.Lost(),
    w.Lifted(),
    w.PutDown(),
    w.FlashPressed(),
    w.DigitDialled("1"),
    w.TimerFired(),
    w.Offered(Caller("4930123")),
    w.FarRinging(1),
    w.FarAudio(1),
    w.FarAnswered(1),
    w.FarEnded(1, Cause.BUSY),
)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_pair_of_phase_and_event_is_defined(phase: Phase, event: w.PortEvent) -> None:
    assert (phase, type(event)) in TABLE


def test_lifting_gives_dial_tone_and_collects_digits() -> None:
    state, done = run(IDLE, w.Lifted())
    assert state.phase is Phase.DIAL_TONE
    assert done == [w.ConnectAudio(), w.CollectDigits(True), w.PlayTone("dial"), w.SetTimer(15000)]


def test_the_first_digit_ends_dial_tone() -> None:
    _, done = run(IDLE, w.Lifted(), w.DigitDialled("5"))
    assert done[-2:] == [w.PlayTone(""), w.SetTimer(4000)]


@pytest.mark.parametrize(
    ("digits", "destination"),
    [
        ("12", Destination("extension", "12")),
        ("112", Destination("emergency", "112")),
        ("*43", Destination("service", "echo")),
        ("5551234", Destination("number", "5551234")),
    ],
)
def test_a_complete_number_is_called_with_its_last_digit(digits: str, destination: Destination) -> None:
    state, done = run(IDLE, w.Lifted(), *dialled(digits))
    assert state.phase is Phase.CALLING
    assert done[-1] == w.Place(1, destination)
    assert w.CollectDigits(False) in done


def test_a_number_that_may_be_complete_is_called_after_the_pause() -> None:
    state, _ = run(IDLE, w.Lifted(), *dialled("004930123"))
    assert state.phase is Phase.DIALLING
    state, done = run(state, w.TimerFired())
    assert done[-1] == w.Place(1, Destination("number", "004930123"))


def test_hash_sends_at_once() -> None:
    _, done = run(IDLE, w.Lifted(), *dialled("004930123#"))
    assert done[-1] == w.Place(1, Destination("number", "004930123"))


def test_a_barred_number_gets_its_tone_and_no_call() -> None:
    state, done = run(IDLE, w.Lifted(), *dialled("19005551234"))
    assert state.phase is Phase.FAILURE_TONE
    assert not any(isinstance(action, w.Place) for action in done)
    assert w.PlayTone(Cause.BARRED.facts.tone) in done


def test_ringback_busy_and_answer_are_heard() -> None:
    calling, _ = run(IDLE, w.Lifted(), *dialled("12"))
    assert run(calling, w.FarRinging(1))[1] == [w.PlayTone("ringback")]
    assert run(calling, w.FarEnded(1, Cause.BUSY))[1][1] == w.PlayTone("busy")
    talking, done = run(calling, w.FarRinging(1), w.FarAnswered(1))
    assert talking.phase is Phase.TALKING
    assert done[1:] == [w.PlayTone(""), w.CollectDigits(False)]


def test_a_forgotten_handset_hears_the_howler_and_then_nothing() -> None:
    state, done = run(IDLE, w.Lifted(), w.TimerFired(), w.TimerFired(), w.TimerFired())
    assert state.phase is Phase.SILENT
    tones = [action.tone for action in done if isinstance(action, w.PlayTone)]
    assert tones == ["dial", "congestion", "howler", ""]


def test_a_ringing_telephone_is_answered_by_lifting() -> None:
    ringing, done = run(IDLE, w.Offered(Caller("49")))
    assert done == [w.StartRinging(1, Caller("49"))]
    talking, done = run(ringing, w.Lifted())
    assert talking.phase is Phase.TALKING
    assert w.StopRinging() in done and done[-1] == w.Accept(1)


def test_a_caller_who_gives_up_ends_the_ringing() -> None:
    state, done = run(IDLE, w.Offered(Caller("49")), w.FarEnded(1, Cause.CANCELLED))
    assert state.phase is Phase.ON_HOOK and done[-1] == w.StopRinging()


def test_a_busy_telephone_refuses_a_second_call() -> None:
    _, done = run(IDLE, w.Lifted(), w.Offered(Caller("49")))
    assert done[-1] == w.RefuseOffer(Cause.BUSY)


def test_flash_holds_the_call_and_gives_the_second_dial_tone() -> None:
    talking, _ = run(IDLE, w.Offered(Caller("49")), w.Lifted())
    state, done = run(talking, w.FlashPressed())
    assert state.held == 1 and state.phase is Phase.DIAL_TONE
    assert done == [w.Hold(1), w.CollectDigits(True), w.PlayTone("second_dial"), w.SetTimer(15000)]


def test_flash_at_the_second_dial_tone_returns_to_the_held_call() -> None:
    state, done = run(IDLE, w.Offered(Caller("49")), w.Lifted(), w.FlashPressed(), w.FlashPressed())
    assert state.phase is Phase.TALKING and state.active == 1 and state.held is None
    assert done[-1] == w.Resume(1)


def test_flash_between_two_calls_swaps_them() -> None:
    both, _ = run(IDLE, w.Offered(Caller("49")), w.Lifted(), w.FlashPressed(), *dialled("12"), w.FarAnswered(2))
    state, done = run(both, w.FlashPressed())
    assert (state.active, state.held) == (1, 2)
    assert done == [w.Hold(2), w.Resume(1)]


def test_a_held_call_rings_back_when_the_handset_is_put_down() -> None:
    held, _ = run(IDLE, w.Offered(Caller("49")), w.Lifted(), w.FlashPressed())
    state, done = run(held, w.PutDown())
    assert state.phase is Phase.RINGING and w.RingBack(1) in done
    state, done = run(state, w.Lifted())
    assert state.phase is Phase.TALKING and done[-1] == w.Resume(1)


def test_a_held_caller_who_hangs_up_stops_the_ringing_back() -> None:
    state, done = run(
        IDLE, w.Offered(Caller("49")), w.Lifted(), w.FlashPressed(), w.PutDown(), w.FarEnded(1, Cause.NORMAL)
    )
    assert state.phase is Phase.ON_HOOK and state.held is None and done[-1] == w.StopRinging()


def test_a_held_call_that_nobody_takes_back_ends() -> None:
    held, _ = run(IDLE, w.Offered(Caller("49")), w.Lifted(), w.FlashPressed())
    ringing, done = run(held, w.PutDown())
    assert done[-1] == w.SetTimer(RING_BACK_MS)
    state, done = run(ringing, w.TimerFired())
    assert state.phase is Phase.ON_HOOK and state.held is None
    assert done == [w.StopRinging(), w.Hang(1, Cause.NO_ANSWER)]


def test_a_digit_in_a_call_goes_to_the_other_side() -> None:
    talking, _ = run(IDLE, w.Offered(Caller("49")), w.Lifted())
    assert run(talking, w.DigitDialled("5"))[1] == [w.SendDigit(1, "5")]


def test_losing_the_adapter_ends_every_call_with_its_cause() -> None:
    both, _ = run(IDLE, w.Offered(Caller("49")), w.Lifted(), w.FlashPressed(), *dialled("12"))
    state, done = run(both, w.Lost())
    assert state.phase is Phase.LOST and w.DisconnectAudio() in done
    assert {action for action in done if isinstance(action, w.Hang)} == {
        w.Hang(1, Cause.DEVICE_LOST),
        w.Hang(2, Cause.DEVICE_LOST),
    }
