"""The hook-state machine of a telephone: a pure decider. Knows no line, no SIP, no clock.

`step(plan, state, event) -> (state, actions)`. Whoever runs it performs the actions in order and feeds
the timer back as `TimerFired`. The machine knows a call only by the number of its leg.
"""

from collections.abc import Callable
from dataclasses import replace

from firmware.telephony import port_words as words
from firmware.telephony.dialplan import Dial, More, Plan, Rejected, is_send_key, judge
from firmware.telephony.events import Cause
from firmware.telephony.port_words import Phase, PortState

__all__ = ["FAILURE_TONE_MS", "HOWLER_MS", "RING_BACK_MS", "TABLE", "Phase", "PortState", "step"]

# What a forgotten handset hears, and when (GR-506 permanent signal: tone, howler, then silence).
FAILURE_TONE_MS = 30_000
HOWLER_MS = 60_000
# A call forgotten on hold: whoever does not come within a minute does not come.
RING_BACK_MS = 60_000

_Step = tuple[PortState, list[words.PortAction]]
_Handler = Callable[[Plan, PortState, words.PortEvent], _Step]


def step(plan: Plan, state: PortState, event: words.PortEvent) -> _Step:
    """The next state and what to do, in order. Every (phase, event) pair is in TABLE."""
    return TABLE[state.phase, type(event)](plan, state, event)


# ---- handlers: one for each thing that can happen where it means the same --------------------------------


def _ignored(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    return state, []


def _found(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    return PortState(Phase.ON_HOOK, serial=state.serial), []


def _found_again(_plan: Plan, state: PortState, event: words.PortEvent) -> _Step:
    """The adapter was reset under us: whatever was going on there is over."""
    lost, actions = _lost(_plan, state, event)
    return replace(lost, phase=Phase.ON_HOOK), actions


def _lost(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    actions: list[words.PortAction] = [words.SetTimer(None), words.PlayTone(""), words.DisconnectAudio()]
    actions += [words.Hang(leg, Cause.DEVICE_LOST) for leg in {state.active, state.held} if leg is not None]
    return PortState(Phase.LOST, serial=state.serial), actions


def _lifted(plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    return _dial_tone(plan, state, [words.ConnectAudio()])


def _answered_by_lifting(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    actions: list[words.PortAction] = [
        words.SetTimer(None),
        words.StopRinging(),
        words.CollectDigits(False),
        words.ConnectAudio(),
        words.PlayTone(""),
    ]
    if state.active is not None and state.active == state.held:
        return replace(state, phase=Phase.TALKING, held=None), [*actions, words.Resume(state.active)]
    return replace(state, phase=Phase.TALKING), [*actions, words.Accept(state.active or 0)]


def _put_down(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    actions: list[words.PortAction] = [
        words.SetTimer(None),
        words.PlayTone(""),
        words.CollectDigits(False),
        words.DisconnectAudio(),
    ]
    if state.active is not None:
        cause = Cause.CANCELLED if state.phase is Phase.CALLING else Cause.NORMAL
        actions.append(words.Hang(state.active, cause))
    if state.held is not None:  # a call forgotten on hold rings back rather than vanish
        return replace(state, phase=Phase.RINGING, active=state.held, digits=""), [
            *actions,
            words.RingBack(state.held),
            words.SetTimer(RING_BACK_MS),
        ]
    return PortState(Phase.ON_HOOK, serial=state.serial), actions


def _offered(_plan: Plan, state: PortState, event: words.PortEvent) -> _Step:
    assert isinstance(event, words.Offered)
    leg = state.serial + 1
    return replace(state, phase=Phase.RINGING, active=leg, serial=leg), [words.StartRinging(leg, event.caller)]


def _offered_while_busy(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    return state, [words.RefuseOffer(Cause.BUSY)]


def _offered_while_lost(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    return state, [words.RefuseOffer(Cause.UNREACHABLE)]


def _digit(plan: Plan, state: PortState, event: words.PortEvent) -> _Step:
    assert isinstance(event, words.DigitDialled)
    actions: list[words.PortAction] = [words.PlayTone("")]
    if event.digit == "#" and is_send_key(plan, state.digits):
        return _judged(plan, replace(state, phase=Phase.DIALLING), actions, is_final=True)
    dialled = replace(state, phase=Phase.DIALLING, digits=state.digits + event.digit)
    return _judged(plan, dialled, actions, is_final=False)


def _pause_over(plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    if not state.digits:
        return _failure(state, Cause.TIMEOUT, [])
    return _judged(plan, state, [], is_final=True)


def _digit_in_call(_plan: Plan, state: PortState, event: words.PortEvent) -> _Step:
    assert isinstance(event, words.DigitDialled)
    return state, [] if state.active is None else [words.SendDigit(state.active, event.digit)]


def _flash_in_dialling(plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    if state.held is None:
        return _dial_tone(plan, state, [])
    return _back_to_held(state, [])


def _flash_in_calling(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    if state.held is None:
        return state, []
    return _back_to_held(state, [words.Hang(state.active or 0, Cause.CANCELLED)])


def _flash_in_call(plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    assert state.active is not None
    actions: list[words.PortAction] = [words.Hold(state.active)]
    if state.held is not None:
        return replace(state, active=state.held, held=state.active), [*actions, words.Resume(state.held)]
    return _dial_tone(plan, replace(state, active=None, held=state.active), actions)


def _far_ringing(_plan: Plan, state: PortState, event: words.PortEvent) -> _Step:
    assert isinstance(event, words.FarRinging)
    return state, [words.PlayTone("ringback")] if event.leg == state.active else []


def _far_audio(_plan: Plan, state: PortState, event: words.PortEvent) -> _Step:
    assert isinstance(event, words.FarAudio)
    return state, [words.PlayTone("")] if event.leg == state.active else []


def _far_answered(_plan: Plan, state: PortState, event: words.PortEvent) -> _Step:
    assert isinstance(event, words.FarAnswered)
    if event.leg != state.active:
        return state, []
    return replace(state, phase=Phase.TALKING), [words.PlayTone(""), words.CollectDigits(False)]


def _far_ended(_plan: Plan, state: PortState, event: words.PortEvent) -> _Step:
    assert isinstance(event, words.FarEnded)
    if event.leg == state.held:
        return replace(state, held=None), []
    if event.leg != state.active:
        return state, []
    return _failure(replace(state, active=None), event.cause, [])


def _ringing_ended(_plan: Plan, state: PortState, event: words.PortEvent) -> _Step:
    assert isinstance(event, words.FarEnded)
    if event.leg != state.active:
        return state, []
    return PortState(Phase.ON_HOOK, serial=state.serial), [words.SetTimer(None), words.StopRinging()]


def _rang_back_in_vain(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    if state.held is None:
        return state, []
    actions: list[words.PortAction] = [words.StopRinging(), words.Hang(state.held, Cause.NO_ANSWER)]
    return PortState(Phase.ON_HOOK, serial=state.serial), actions


def _failure_over(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    return replace(state, phase=Phase.HOWLER), [words.PlayTone("howler"), words.SetTimer(HOWLER_MS)]


def _howler_over(_plan: Plan, state: PortState, _event: words.PortEvent) -> _Step:
    return replace(state, phase=Phase.SILENT), [words.PlayTone("")]


# ---- steps that several handlers share -------------------------------------------------------------------


def _dial_tone(plan: Plan, state: PortState, actions: list[words.PortAction]) -> _Step:
    tone = "dial" if state.held is None else "second_dial"
    new = replace(state, phase=Phase.DIAL_TONE, digits="")
    return new, [*actions, words.CollectDigits(True), words.PlayTone(tone), words.SetTimer(plan.first_digit_ms)]


def _judged(plan: Plan, state: PortState, actions: list[words.PortAction], *, is_final: bool) -> _Step:
    match judge(plan, state.digits, is_final=is_final):
        case More(wait_ms):
            return state, [*actions, words.SetTimer(wait_ms)]
        case Dial(destination):
            leg = state.serial + 1
            new = replace(state, phase=Phase.CALLING, active=leg, serial=leg)
            return new, [*actions, words.SetTimer(None), words.CollectDigits(False), words.Place(leg, destination)]
        case Rejected(cause):
            return _failure(state, cause, actions)


def _failure(state: PortState, cause: Cause, actions: list[words.PortAction]) -> _Step:
    new = replace(state, phase=Phase.FAILURE_TONE, digits="")
    wanted: list[words.PortAction] = [
        words.CollectDigits(False),
        words.PlayTone(cause.facts.tone),
        words.SetTimer(FAILURE_TONE_MS),
    ]
    return new, actions + wanted


def _back_to_held(state: PortState, actions: list[words.PortAction]) -> _Step:
    assert state.held is not None
    new = replace(state, phase=Phase.TALKING, digits="", active=state.held, held=None)
    wanted: list[words.PortAction] = [
        words.SetTimer(None),
        words.CollectDigits(False),
        words.PlayTone(""),
        words.Resume(state.held),
    ]
    return new, actions + wanted


# ---- the table ---------------------------------------------------------------------------------------------

_OFF_HOOK = (
    Phase.DIAL_TONE,
    Phase.DIALLING,
    Phase.CALLING,
    Phase.TALKING,
    Phase.FAILURE_TONE,
    Phase.HOWLER,
    Phase.SILENT,
)

_FAR_EVENTS = (words.FarRinging, words.FarAudio, words.FarAnswered)


def _rows() -> dict[tuple[Phase, type], _Handler]:
    table: dict[tuple[Phase, type], _Handler] = {}
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
            (phase, words.FarEnded): _far_ended,
        }
    for phase in _OFF_HOOK:
        table[phase, words.PutDown] = _put_down
    return table | _EXCEPTIONS


_EXCEPTIONS: dict[tuple[Phase, type], _Handler] = {
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
    (Phase.DIAL_TONE, words.FlashPressed): _flash_in_dialling,
    (Phase.DIALLING, words.DigitDialled): _digit,
    (Phase.DIALLING, words.TimerFired): _pause_over,
    (Phase.DIALLING, words.FlashPressed): _flash_in_dialling,
    (Phase.CALLING, words.DigitDialled): _digit_in_call,
    (Phase.CALLING, words.FlashPressed): _flash_in_calling,
    (Phase.CALLING, words.FarRinging): _far_ringing,
    (Phase.CALLING, words.FarAudio): _far_audio,
    (Phase.CALLING, words.FarAnswered): _far_answered,
    (Phase.TALKING, words.DigitDialled): _digit_in_call,
    (Phase.TALKING, words.FlashPressed): _flash_in_call,
    (Phase.FAILURE_TONE, words.TimerFired): _failure_over,
    (Phase.FAILURE_TONE, words.FlashPressed): _flash_in_dialling,
    (Phase.HOWLER, words.TimerFired): _howler_over,
    (Phase.HOWLER, words.FlashPressed): _flash_in_dialling,
    (Phase.SILENT, words.FlashPressed): _flash_in_dialling,
}

TABLE: dict[tuple[Phase, type], _Handler] = _rows()
