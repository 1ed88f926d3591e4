"""The hook-state machine of a telephone: a pure decider. Knows no line, no SIP, no clock.

`step(rules, state, event) -> (state, actions)`. Whoever runs it performs the actions in order and feeds
the timer back as `TimerFired`. The machine knows a call only by the number of its leg.
"""

from dataclasses import replace

from firmware.telephony.events import Cause
from firmware.telephony.lines import port_words as words
from firmware.telephony.lines.port_far import far_answered, far_answered_again, far_audio, far_ended, far_ringing
from firmware.telephony.lines.port_flash import (
    flash_in_call,
    flash_in_calling,
    flash_in_dialling,
    is_transferred_by_hanging_up,
    recall_alone,
    recall_digit,
)
from firmware.telephony.lines.port_state import Phase, PortState, Rules
from firmware.telephony.lines.port_steps import (
    FAILURE_TONE_MS,
    Actions,
    Handler,
    Step,
    alone,
    dial_tone,
    failure,
    hotline,
    judged,
    placed,
)
from firmware.telephony.lines.port_waiting import offered_in_call
from firmware.telephony.numbering.dialplan import is_send_key

__all__ = ["FAILURE_TONE_MS", "HOWLER_MS", "RING_BACK_MS", "TABLE", "Phase", "PortState", "Rules", "step"]

HOWLER_MS = 60_000
# A call forgotten on hold: whoever does not come within a minute does not come.
RING_BACK_MS = 60_000


def step(rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    """The next state and what to do, in order. Every (phase, event) pair is in TABLE."""
    return TABLE[state.phase, type(event)](rules, state, event)


# ---- the line ----------------------------------------------------------------------------------------------


def _ignored(_rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    return state, []


def _found(_rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    return PortState(Phase.ON_HOOK, serial=state.serial), []


def _found_again(rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    """The adapter was reset under us: whatever was going on there is over."""
    lost, actions = _lost(rules, state, event)
    return replace(lost, phase=Phase.ON_HOOK), actions


def _lost(_rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    actions: Actions = [words.SetTimer(None), words.PlayTone(""), words.DisconnectAudio()]
    actions += [words.Hang(leg, Cause.DEVICE_LOST) for leg in state.legs]
    return PortState(Phase.LOST, serial=state.serial), actions


# ---- the handset -------------------------------------------------------------------------------------------


def _lifted(rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    connected: Actions = [words.ConnectAudio()]
    destination = None if rules.hotline_ms else hotline(rules)
    if destination is not None:
        return placed(rules, state, destination, connected)
    return dial_tone(rules, state, connected)


def _answered_by_lifting(_rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    assert state.active is not None
    actions: Actions = [
        words.SetTimer(None),
        words.StopRinging(),
        words.CollectDigits(False),
        words.ConnectAudio(),
        words.PlayTone(""),
    ]
    was_held = state.active == state.held
    actions.append(words.Resume(state.active) if was_held else words.Accept(state.active))
    return alone(state, state.active), actions


def _put_down(rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    actions: Actions = [words.SetTimer(None), words.PlayTone(""), words.CollectDigits(False)]
    actions += [words.StopAnnouncing()] if state.waiting is not None else []
    actions.append(words.DisconnectAudio())
    on_hook = PortState(Phase.ON_HOOK, serial=state.serial)
    if state.held is not None and state.active is not None:
        if is_transferred_by_hanging_up(rules, state) and not state.is_conference:
            return on_hook, [*actions, words.TransferAttended(state.held, state.active)]
        if state.is_conference:
            return on_hook, [*actions, *(words.Hang(leg, Cause.NORMAL) for leg in state.legs)]
    if state.active is not None:
        cause = Cause.CANCELLED if state.phase is Phase.CALLING else Cause.NORMAL
        actions.append(words.Hang(state.active, cause))
    if state.waiting is not None:
        ringing = replace(on_hook, phase=Phase.RINGING, active=state.waiting)
        return ringing, [*actions, words.RingBack(state.waiting)]
    if state.held is not None:  # a call forgotten on hold rings back rather than vanish
        ringing = replace(on_hook, phase=Phase.RINGING, active=state.held, held=state.held)
        return ringing, [*actions, words.RingBack(state.held), words.SetTimer(RING_BACK_MS)]
    return on_hook, actions


# ---- somebody calls ----------------------------------------------------------------------------------------


def _offered(_rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    assert isinstance(event, words.Offered)
    leg = state.serial + 1
    ringing = replace(state, phase=Phase.RINGING, active=leg, serial=leg)
    return ringing, [words.StartRinging(leg, event.caller, event.ring)]


def _offered_while_busy(_rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    return state, [words.RefuseOffer(Cause.BUSY)]


def _offered_while_lost(_rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    return state, [words.RefuseOffer(Cause.UNREACHABLE)]


def _ringing_ended(_rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    assert isinstance(event, words.FarEnded)
    if event.leg != state.active:
        return state, []
    return PortState(Phase.ON_HOOK, serial=state.serial), [words.SetTimer(None), words.StopRinging()]


def _rang_back_in_vain(_rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    if state.held is None:
        return state, []
    actions: Actions = [words.StopRinging(), words.Hang(state.held, Cause.NO_ANSWER)]
    return PortState(Phase.ON_HOOK, serial=state.serial), actions


# ---- digits ------------------------------------------------------------------------------------------------


def _digit(rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    assert isinstance(event, words.DigitDialled)
    actions: Actions = [words.PlayTone("")]
    if event.digit == "#" and is_send_key(rules.plan, state.digits):
        return judged(rules, replace(state, phase=Phase.DIALLING), actions, is_final=True)
    dialled = replace(state, phase=Phase.DIALLING, digits=state.digits + event.digit)
    return judged(rules, dialled, actions, is_final=False)


def _pause_over(rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    if state.digits:
        return judged(rules, state, [], is_final=True)
    destination = hotline(rules) if state.held is None else None
    if destination is not None:
        return placed(rules, state, destination, [words.PlayTone("")])
    return failure(state, Cause.TIMEOUT, [])


def _digit_in_call(_rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    assert isinstance(event, words.DigitDialled)
    return state, [] if state.active is None else [words.SendDigit(state.active, event.digit)]


# ---- a forgotten handset -----------------------------------------------------------------------------------


def _failure_over(_rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    return replace(state, phase=Phase.HOWLER), [words.PlayTone("howler"), words.SetTimer(HOWLER_MS)]


def _howler_over(_rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    return replace(state, phase=Phase.SILENT), [words.PlayTone("")]


# ---- the table ---------------------------------------------------------------------------------------------

_OFF_HOOK = tuple(phase for phase in Phase if phase not in (Phase.LOST, Phase.ON_HOOK, Phase.RINGING))

_FAR_EVENTS = (words.FarRinging, words.FarAudio, words.FarAnswered)


def _rows() -> dict[tuple[Phase, type], Handler]:
    table: dict[tuple[Phase, type], Handler] = {}
    for phase in Phase:
        table |= {(phase, far): _ignored for far in _FAR_EVENTS}
        table |= {
            (phase, words.Found): _found_again,
            (phase, words.Lost): _lost,
            (phase, words.Lifted): _ignored,
            (phase, words.PutDown): _ignored,
            (phase, words.FlashPressed): _ignored,
            (phase, words.DigitDialled): _ignored,
            (phase, words.TimerFired): _ignored,
            (phase, words.Offered): _offered_while_busy,
            (phase, words.FarEnded): far_ended,
        }
    for phase in _OFF_HOOK:
        table[phase, words.PutDown] = _put_down
    return table | _EXCEPTIONS


_EXCEPTIONS: dict[tuple[Phase, type], Handler] = {
    (Phase.LOST, words.Found): _found,
    (Phase.LOST, words.Lost): _ignored,
    (Phase.LOST, words.Offered): _offered_while_lost,
    (Phase.ON_HOOK, words.Lifted): _lifted,
    (Phase.ON_HOOK, words.Offered): _offered,
    (Phase.RINGING, words.Lifted): _answered_by_lifting,
    (Phase.RINGING, words.FarEnded): _ringing_ended,
    (Phase.RINGING, words.TimerFired): _rang_back_in_vain,
    (Phase.DIAL_TONE, words.DigitDialled): _digit,
    (Phase.DIAL_TONE, words.TimerFired): _pause_over,
    (Phase.DIAL_TONE, words.FlashPressed): flash_in_dialling,
    (Phase.DIALLING, words.DigitDialled): _digit,
    (Phase.DIALLING, words.TimerFired): _pause_over,
    (Phase.DIALLING, words.FlashPressed): flash_in_dialling,
    (Phase.CALLING, words.DigitDialled): _digit_in_call,
    (Phase.CALLING, words.FlashPressed): flash_in_calling,
    (Phase.CALLING, words.FarRinging): far_ringing,
    (Phase.CALLING, words.FarAudio): far_audio,
    (Phase.CALLING, words.FarAnswered): far_answered,
    (Phase.TALKING, words.DigitDialled): _digit_in_call,
    (Phase.TALKING, words.FlashPressed): flash_in_call,
    (Phase.TALKING, words.Offered): offered_in_call,
    (Phase.TALKING, words.FarRinging): far_ringing,
    (Phase.TALKING, words.FarAudio): far_audio,
    (Phase.TALKING, words.FarAnswered): far_answered_again,
    (Phase.RECALL, words.DigitDialled): recall_digit,
    (Phase.RECALL, words.FlashPressed): recall_alone,
    (Phase.RECALL, words.TimerFired): recall_alone,
    (Phase.RECALL, words.FarRinging): far_ringing,
    (Phase.RECALL, words.FarAudio): far_audio,
    (Phase.RECALL, words.FarAnswered): far_answered_again,
    (Phase.FAILURE_TONE, words.TimerFired): _failure_over,
    (Phase.FAILURE_TONE, words.FlashPressed): flash_in_dialling,
    (Phase.HOWLER, words.TimerFired): _howler_over,
    (Phase.HOWLER, words.FlashPressed): flash_in_dialling,
    (Phase.SILENT, words.FlashPressed): flash_in_dialling,
}

TABLE: dict[tuple[Phase, type], Handler] = _rows()
