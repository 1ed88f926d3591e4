"""The machine of an outside line (FXO): a pure decider. Knows no line, no SIP, no clock.

`step(manners, state, event) -> (state, actions)`; the timer comes back as `TimerFired`.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware.telephony.events import Caller, Cause

# The exchange must see the loop open long enough to take it for a hang-up (EN 300 001 guard).
_GUARD_MS = 1_000
# A line whose dial tone nobody recognises is dialled on all the same: better than the silence of rivals.
_DIAL_TONE_WAIT_MS = 2_500
_CALLER_ID_WAIT_MS = 6_500  # first burst, FSK in the gap, until the second burst is overdue everywhere
# An exchange that reverses at the answer may bounce; a reversal so soon after is no hang-up.
_REVERSAL_GUARD_MS = 600


class Phase(enum.Enum):
    """Where the line is; the values are the status page's."""

    LOST = "lost"
    IDLE = "idle"
    RUNG = "ringing-wait"  # rings, caller ID may still come
    OFFERED = "ringing"
    SEIZED = "seized"  # waits for dial tone
    DIALLING = "dialling"
    PROCEEDING = "calling"  # dialled, not answered yet
    TALKING = "talking"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Manners:
    """How this line behaves, from country and settings."""

    ring_cancel_ms: int = 6_000
    is_caller_id_awaited: bool = True
    is_answer_by_polarity: bool = False
    is_hang_up_by_tone: bool = True
    pulses: str = "1234567890"  # the digit for 1, 2, ... dial pulses


@dataclass(frozen=True, slots=True)
class OutsideState:
    """An outside line. `number` is what is being dialled; `has_reversed` tells an answer by polarity; `is_answer_due`:
    taken for answered when it was dialled; `is_dead`: there is no battery, or no loop current when seized."""

    phase: Phase = Phase.LOST
    caller: Caller = Caller()
    number: str = ""
    has_reversed: bool = False
    is_answer_due: bool = False
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened, by name: found, lost, burst, silent, caller, reversed, open, closed, tone, timer, dialled;
    or what our side wants: seize, answer, release. `text` is the tone's name or the number to dial."""

    what: str
    text: str = ""
    caller: Caller = Caller()


@dataclass(frozen=True, slots=True)
class Do:
    """What to do, by name: seize, release, audio-on, audio-off, dial, offer, progress, answered, ended, timer."""

    what: str
    text: str = ""
    caller: Caller = Caller()
    cause: Cause = Cause.NORMAL
    ms: int | None = None


_Step = tuple[OutsideState, list[Do]]

EVENTS = (
    "found",
    "lost",
    "burst",
    "silent",
    "caller",
    "reversed",
    "open",
    "closed",
    "tone",
    "timer",
    "dialled",
    "seize",
    "answer",
    "release",
)


def step(manners: Manners, state: OutsideState, event: Happened) -> _Step:
    """The next state and what to do, in order; every (phase, event) pair is in TABLE."""
    new, actions = TABLE[state.phase, event.what](manners, state, event)
    is_dead = _DEAD_AFTER.get(event.what, state.is_dead)
    return (new if new.is_dead == is_dead else replace(new, is_dead=is_dead)), actions


def _ignored(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    return state, []


def _found(_manners: Manners, _state: OutsideState, _event: Happened) -> _Step:
    return OutsideState(Phase.IDLE), []


def _lost(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    ended = [Do("ended", cause=Cause.DEVICE_LOST)] if state.phase in _WITH_LEG else []
    return OutsideState(Phase.LOST), [Do("timer"), Do("audio-off"), *ended]


def _found_again(manners: Manners, state: OutsideState, event: Happened) -> _Step:
    return OutsideState(Phase.IDLE), _lost(manners, state, event)[1]


def _first_burst(manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    if manners.is_caller_id_awaited and state.caller == Caller():
        return replace(state, phase=Phase.RUNG), [Do("timer", ms=_CALLER_ID_WAIT_MS)]
    return _offer(manners, state)


def _offer(manners: Manners, state: OutsideState) -> _Step:
    actions = [Do("timer", ms=manners.ring_cancel_ms), Do("offer", caller=state.caller)]
    return replace(state, phase=Phase.OFFERED), actions


def _offered_anyway(manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    return _offer(manners, state)


def _caller_before_ring(_manners: Manners, state: OutsideState, event: Happened) -> _Step:
    return replace(state, caller=event.caller), []


def _caller_heard(manners: Manners, state: OutsideState, event: Happened) -> _Step:
    return _offer(manners, replace(state, caller=event.caller))


def _rings_on(manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    return state, [Do("timer", ms=manners.ring_cancel_ms)]


def _gave_up(_manners: Manners, _state: OutsideState, _event: Happened) -> _Step:
    return OutsideState(Phase.IDLE), [Do("ended", cause=Cause.CANCELLED)]


def _answer(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    # No timer now: a reversal within its time is the exchange's answer to ours.
    actions = [Do("seize"), Do("audio-on"), Do("timer", ms=_REVERSAL_GUARD_MS)]
    return replace(state, phase=Phase.TALKING, has_reversed=True), actions


def _seize(_manners: Manners, state: OutsideState, event: Happened) -> _Step:
    if state.is_dead:
        return state, [Do("ended", cause=Cause.NETWORK)]
    actions = [Do("seize"), Do("audio-on"), Do("timer", ms=_DIAL_TONE_WAIT_MS)]
    return OutsideState(Phase.SEIZED, number=event.text), actions


def _refuse_seizure(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    return state, [Do("ended", cause=Cause.BUSY)]


def _tone_when_seized(_manners: Manners, state: OutsideState, event: Happened) -> _Step:
    if event.text != "dial":
        return state, []
    return _dial(state)


def _dial_anyway(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    return _dial(state)


def _dial(state: OutsideState) -> _Step:
    return replace(state, phase=Phase.DIALLING), [Do("timer"), Do("dial", text=state.number)]


def _dialled(manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    if manners.is_answer_by_polarity:
        return replace(state, phase=Phase.PROCEEDING), [Do("progress")]
    return replace(state, phase=Phase.TALKING, is_answer_due=True), [Do("progress"), Do("answered")]


def _reversed_answer(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    new = replace(state, phase=Phase.TALKING, has_reversed=True)
    return new, [Do("answered"), Do("timer", ms=_REVERSAL_GUARD_MS)]


def _reversal_may_hang_up(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    """The timer ended the time in which a reversal is no hang-up."""
    return replace(state, has_reversed=False), []


def _reversed_in_call(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    if state.is_answer_due:  # the exchange tells what nobody waited for; its next reversal is the hang-up
        new = replace(state, is_answer_due=False, has_reversed=True)
        return new, [Do("timer", ms=_REVERSAL_GUARD_MS)]
    return (state, []) if state.has_reversed else _release(state, Cause.NORMAL)


def _tone_before_answer(manners: Manners, state: OutsideState, event: Happened) -> _Step:
    if event.text not in ("busy", "congestion"):
        return state, []
    return _release(state, Cause.BUSY if event.text == "busy" else Cause.NETWORK)


def _tone_in_call(manners: Manners, state: OutsideState, event: Happened) -> _Step:
    if not manners.is_hang_up_by_tone or event.text not in ("busy", "congestion", "dial"):
        return state, []
    return _release(state, Cause.NORMAL)


def _loop_open(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    cause = Cause.NORMAL if state.phase is Phase.TALKING else Cause.NETWORK
    return _release(state, cause)


def _our_release(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    new, actions = _release(state, Cause.NORMAL)
    return new, [action for action in actions if action.what != "ended"]


def _release(_state: OutsideState, cause: Cause) -> _Step:
    actions = [Do("audio-off"), Do("release"), Do("ended", cause=cause), Do("timer", ms=_GUARD_MS)]
    return OutsideState(Phase.GUARD), actions


def _not_wanted(_manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    """Our side gave up while it still rings outside: let it ring out, without offering it again."""
    return replace(state, phase=Phase.GUARD), []


def _guard_over(_manners: Manners, _state: OutsideState, _event: Happened) -> _Step:
    return OutsideState(Phase.IDLE), []


def _still_rings(manners: Manners, state: OutsideState, _event: Happened) -> _Step:
    return state, [Do("timer", ms=manners.ring_cancel_ms)]


# Battery and loop current come and go in any phase; a line that is found says at once if it has none.
_DEAD_AFTER = {"open": True, "closed": False, "found": False, "lost": False}
_WITH_LEG = (Phase.OFFERED, Phase.SEIZED, Phase.DIALLING, Phase.PROCEEDING, Phase.TALKING)
_SEIZED_PHASES = (Phase.SEIZED, Phase.DIALLING, Phase.PROCEEDING, Phase.TALKING)
_Handler = Callable[[Manners, OutsideState, Happened], _Step]

_EXCEPTIONS: dict[tuple[Phase, str], _Handler] = {
    (Phase.LOST, "found"): _found,
    (Phase.LOST, "lost"): _ignored,
    (Phase.IDLE, "burst"): _first_burst,
    (Phase.IDLE, "caller"): _caller_before_ring,
    (Phase.IDLE, "seize"): _seize,
    (Phase.RUNG, "caller"): _caller_heard,
    (Phase.RUNG, "burst"): _offered_anyway,
    (Phase.RUNG, "timer"): _guard_over,
    (Phase.OFFERED, "burst"): _rings_on,
    (Phase.OFFERED, "timer"): _gave_up,
    (Phase.OFFERED, "answer"): _answer,
    (Phase.OFFERED, "release"): _not_wanted,
    (Phase.SEIZED, "tone"): _tone_when_seized,
    (Phase.SEIZED, "timer"): _dial_anyway,
    (Phase.DIALLING, "dialled"): _dialled,
    (Phase.PROCEEDING, "reversed"): _reversed_answer,
    (Phase.PROCEEDING, "tone"): _tone_before_answer,
    (Phase.TALKING, "tone"): _tone_in_call,
    (Phase.TALKING, "timer"): _reversal_may_hang_up,
    (Phase.TALKING, "reversed"): _reversed_in_call,
    (Phase.GUARD, "timer"): _guard_over,
    (Phase.GUARD, "burst"): _still_rings,
}


def _rows() -> dict[tuple[Phase, str], _Handler]:
    table: dict[tuple[Phase, str], _Handler] = {(phase, what): _ignored for phase in Phase for what in EVENTS}
    for phase in Phase:
        table |= {(phase, "lost"): _lost, (phase, "found"): _found_again, (phase, "seize"): _refuse_seizure}
    for phase in _SEIZED_PHASES:
        table |= {(phase, "open"): _loop_open, (phase, "release"): _our_release}
    return table | _EXCEPTIONS


TABLE: dict[tuple[Phase, str], _Handler] = _rows()
