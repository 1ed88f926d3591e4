"""The hook-state machine of a telephone: a pure decider. Knows no line, no SIP, no clock.

`step(plan, state, event) -> (state, actions)`. Whoever runs it performs the actions in order and feeds
the timer back as `TimerFired`. The machine knows a call only by the number of its leg.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware.telephony.dialplan import Dial, More, Plan, Rejected, is_send_key, judge
from firmware.telephony.events import Cause
from firmware.telephony.port_words import (
    Accept,
    CollectDigits,
    ConnectAudio,
    DigitDialled,
    DisconnectAudio,
    FarAnswered,
    FarAudio,
    FarEnded,
    FarRinging,
    FlashPressed,
    Found,
    Hang,
    Hold,
    Lifted,
    Lost,
    Offered,
    Place,
    PlayTone,
    PortAction,
    PortEvent,
    PutDown,
    RefuseOffer,
    Resume,
    RingBack,
    SendDigit,
    SetTimer,
    StartRinging,
    StopRinging,
    TimerFired,
)

# What a forgotten handset hears, and when (GR-506 permanent signal: tone, howler, then silence).
FAILURE_TONE_MS = 30_000
HOWLER_MS = 60_000


class Phase(enum.Enum):
    """Where a telephone is; the values are the status page's."""

    LOST = "lost"
    ON_HOOK = "on-hook"
    RINGING = "ringing"
    DIAL_TONE = "dial-tone"
    DIALLING = "dialling"
    CALLING = "calling"
    TALKING = "talking"
    FAILURE_TONE = "failure-tone"
    HOWLER = "howler"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class PortState:
    """A telephone. `active` and `held` are leg numbers; `serial` is the last one given."""

    phase: Phase = Phase.LOST
    digits: str = ""
    active: int | None = None
    held: int | None = None
    serial: int = 0


_Step = tuple[PortState, list[PortAction]]
_Handler = Callable[[Plan, PortState, PortEvent], _Step]


def step(plan: Plan, state: PortState, event: PortEvent) -> _Step:
    """The next state and what to do, in order. Every (phase, event) pair is in TABLE."""
    return TABLE[state.phase, type(event)](plan, state, event)


# ---- handlers: one for each thing that can happen where it means the same --------------------------------


def _ignored(_plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    return state, []


def _found(_plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    return PortState(Phase.ON_HOOK, serial=state.serial), []


def _found_again(_plan: Plan, state: PortState, event: PortEvent) -> _Step:
    """The adapter was reset under us: whatever was going on there is over."""
    lost, actions = _lost(_plan, state, event)
    return replace(lost, phase=Phase.ON_HOOK), actions


def _lost(_plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    actions: list[PortAction] = [SetTimer(None)]
    actions += [Hang(leg, Cause.DEVICE_LOST) for leg in {state.active, state.held} if leg is not None]
    return PortState(Phase.LOST, serial=state.serial), actions


def _lifted(plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    return _dial_tone(plan, state, [ConnectAudio()])


def _answered_by_lifting(_plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    actions: list[PortAction] = [StopRinging(), CollectDigits(False), ConnectAudio(), PlayTone("")]
    if state.active is not None and state.active == state.held:
        return replace(state, phase=Phase.TALKING, held=None), [*actions, Resume(state.active)]
    return replace(state, phase=Phase.TALKING), [*actions, Accept(state.active or 0)]


def _put_down(_plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    actions: list[PortAction] = [SetTimer(None), PlayTone(""), CollectDigits(False), DisconnectAudio()]
    if state.active is not None:
        cause = Cause.CANCELLED if state.phase is Phase.CALLING else Cause.NORMAL
        actions.append(Hang(state.active, cause))
    if state.held is not None:  # a call forgotten on hold rings back rather than vanish
        return replace(state, phase=Phase.RINGING, active=state.held, digits=""), [
            *actions,
            RingBack(state.held),
        ]
    return PortState(Phase.ON_HOOK, serial=state.serial), actions


def _offered(_plan: Plan, state: PortState, event: PortEvent) -> _Step:
    assert isinstance(event, Offered)
    leg = state.serial + 1
    return replace(state, phase=Phase.RINGING, active=leg, serial=leg), [StartRinging(leg, event.caller)]


def _offered_while_busy(_plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    return state, [RefuseOffer(Cause.BUSY)]


def _offered_while_lost(_plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    return state, [RefuseOffer(Cause.UNREACHABLE)]


def _digit(plan: Plan, state: PortState, event: PortEvent) -> _Step:
    assert isinstance(event, DigitDialled)
    actions: list[PortAction] = [PlayTone("")]
    if event.digit == "#" and is_send_key(plan, state.digits):
        return _judged(plan, replace(state, phase=Phase.DIALLING), actions, is_final=True)
    dialled = replace(state, phase=Phase.DIALLING, digits=state.digits + event.digit)
    return _judged(plan, dialled, actions, is_final=False)


def _pause_over(plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    if not state.digits:
        return _failure(state, Cause.TIMEOUT, [])
    return _judged(plan, state, [], is_final=True)


def _digit_in_call(_plan: Plan, state: PortState, event: PortEvent) -> _Step:
    assert isinstance(event, DigitDialled)
    return state, [] if state.active is None else [SendDigit(state.active, event.digit)]


def _flash_in_dialling(plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    if state.held is None:
        return _dial_tone(plan, state, [])
    return _back_to_held(state, [])


def _flash_in_calling(_plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    if state.held is None:
        return state, []
    return _back_to_held(state, [Hang(state.active or 0, Cause.CANCELLED)])


def _flash_in_call(plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    assert state.active is not None
    actions: list[PortAction] = [Hold(state.active)]
    if state.held is not None:
        return replace(state, active=state.held, held=state.active), [*actions, Resume(state.held)]
    return _dial_tone(plan, replace(state, active=None, held=state.active), actions)


def _far_ringing(_plan: Plan, state: PortState, event: PortEvent) -> _Step:
    assert isinstance(event, FarRinging)
    return state, [PlayTone("ringback")] if event.leg == state.active else []


def _far_audio(_plan: Plan, state: PortState, event: PortEvent) -> _Step:
    assert isinstance(event, FarAudio)
    return state, [PlayTone("")] if event.leg == state.active else []


def _far_answered(_plan: Plan, state: PortState, event: PortEvent) -> _Step:
    assert isinstance(event, FarAnswered)
    if event.leg != state.active:
        return state, []
    return replace(state, phase=Phase.TALKING), [PlayTone(""), CollectDigits(False)]


def _far_ended(_plan: Plan, state: PortState, event: PortEvent) -> _Step:
    assert isinstance(event, FarEnded)
    if event.leg == state.held:
        return replace(state, held=None), []
    if event.leg != state.active:
        return state, []
    return _failure(replace(state, active=None), event.cause, [])


def _ringing_ended(_plan: Plan, state: PortState, event: PortEvent) -> _Step:
    assert isinstance(event, FarEnded)
    if event.leg != state.active:
        return state, []
    return PortState(Phase.ON_HOOK, serial=state.serial), [StopRinging()]


def _failure_over(_plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    return replace(state, phase=Phase.HOWLER), [PlayTone("howler"), SetTimer(HOWLER_MS)]


def _howler_over(_plan: Plan, state: PortState, _event: PortEvent) -> _Step:
    return replace(state, phase=Phase.SILENT), [PlayTone("")]


# ---- steps that several handlers share -------------------------------------------------------------------


def _dial_tone(plan: Plan, state: PortState, actions: list[PortAction]) -> _Step:
    tone = "dial" if state.held is None else "second_dial"
    new = replace(state, phase=Phase.DIAL_TONE, digits="")
    return new, [*actions, CollectDigits(True), PlayTone(tone), SetTimer(plan.first_digit_ms)]


def _judged(plan: Plan, state: PortState, actions: list[PortAction], *, is_final: bool) -> _Step:
    match judge(plan, state.digits, is_final=is_final):
        case More(wait_ms):
            return state, [*actions, SetTimer(wait_ms)]
        case Dial(destination):
            leg = state.serial + 1
            new = replace(state, phase=Phase.CALLING, active=leg, serial=leg)
            return new, [*actions, SetTimer(None), CollectDigits(False), Place(leg, destination)]
        case Rejected(cause):
            return _failure(state, cause, actions)


def _failure(state: PortState, cause: Cause, actions: list[PortAction]) -> _Step:
    new = replace(state, phase=Phase.FAILURE_TONE, digits="")
    wanted: list[PortAction] = [CollectDigits(False), PlayTone(cause.facts.tone), SetTimer(FAILURE_TONE_MS)]
    return new, actions + wanted


def _back_to_held(state: PortState, actions: list[PortAction]) -> _Step:
    assert state.held is not None
    new = replace(state, phase=Phase.TALKING, digits="", active=state.held, held=None)
    wanted: list[PortAction] = [SetTimer(None), CollectDigits(False), PlayTone(""), Resume(state.held)]
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

_FAR_EVENTS = (FarRinging, FarAudio, FarAnswered)


def _rows() -> dict[tuple[Phase, type], _Handler]:
    table: dict[tuple[Phase, type], _Handler] = {}
    for phase in Phase:
        table |= {(phase, far): _ignored for far in _FAR_EVENTS}
        table |= {
            (phase, Found): _found_again,
            (phase, Lost): _lost,
            (phase, Lifted): _ignored,
            (phase, PutDown): _ignored,
            (phase, FlashPressed): _ignored,
            (phase, DigitDialled): _ignored,
            (phase, TimerFired): _ignored,
            (phase, Offered): _offered_while_busy,
            (phase, FarEnded): _far_ended,
        }
    for phase in _OFF_HOOK:
        table[phase, PutDown] = _put_down
    return table | _EXCEPTIONS


_EXCEPTIONS: dict[tuple[Phase, type], _Handler] = {
    (Phase.LOST, Found): _found,
    (Phase.LOST, Lost): _ignored,
    (Phase.LOST, Offered): _offered_while_lost,
    (Phase.ON_HOOK, Lifted): _lifted,
    (Phase.ON_HOOK, Offered): _offered,
    (Phase.RINGING, Lifted): _answered_by_lifting,
    (Phase.RINGING, FarEnded): _ringing_ended,
    (Phase.DIAL_TONE, DigitDialled): _digit,
    (Phase.DIAL_TONE, TimerFired): _pause_over,
    (Phase.DIAL_TONE, FlashPressed): _flash_in_dialling,
    (Phase.DIALLING, DigitDialled): _digit,
    (Phase.DIALLING, TimerFired): _pause_over,
    (Phase.DIALLING, FlashPressed): _flash_in_dialling,
    (Phase.CALLING, DigitDialled): _digit_in_call,
    (Phase.CALLING, FlashPressed): _flash_in_calling,
    (Phase.CALLING, FarRinging): _far_ringing,
    (Phase.CALLING, FarAudio): _far_audio,
    (Phase.CALLING, FarAnswered): _far_answered,
    (Phase.TALKING, DigitDialled): _digit_in_call,
    (Phase.TALKING, FlashPressed): _flash_in_call,
    (Phase.FAILURE_TONE, TimerFired): _failure_over,
    (Phase.FAILURE_TONE, FlashPressed): _flash_in_dialling,
    (Phase.HOWLER, TimerFired): _howler_over,
    (Phase.HOWLER, FlashPressed): _flash_in_dialling,
    (Phase.SILENT, FlashPressed): _flash_in_dialling,
}

TABLE: dict[tuple[Phase, type], _Handler] = _rows()
