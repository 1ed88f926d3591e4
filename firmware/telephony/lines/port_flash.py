"""What the R key does: hold, swap, three-way, transfer, as in the country. Part of a telephone's machine."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from firmware.countries import FlashFunction
from firmware.telephony.events import Cause
from firmware.telephony.lines import port_words as words
from firmware.telephony.lines.port_state import Phase, PortState, Rules
from firmware.telephony.lines.port_steps import Actions, Step, alone, back_to_held, dial_tone, failure
from firmware.telephony.lines.port_waiting import taken, taken_instead, turned_away

_Function = Callable[[PortState], Step]


# ---- R was pressed ---------------------------------------------------------------------------------------


def flash_in_dialling(rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    """Nobody is called yet, or not any more."""
    if state.waiting is not None:
        new, actions = taken(state)
        return new, [words.SetTimer(None), words.PlayTone(""), *actions]
    return dial_tone(rules, state, []) if state.held is None else back_to_held(state, [])


def flash_in_calling(_rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    """Give up the second call; a first one, and an emergency call, is given up by hanging up alone."""
    if state.held is None or state.active is None or state.is_emergency:
        return state, []
    return back_to_held(state, [words.Hang(state.active, Cause.CANCELLED)])


def flash_in_call(rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    """With one call: hold it. With more: what the country has for it, where a digit may have to follow."""
    if state.is_emergency:
        return state, []
    if rules.flash.digit_ms and len(state.legs) > 1:
        return replace(state, phase=Phase.RECALL), [words.SetTimer(rules.flash.digit_ms)]
    return dropped(state) if state.is_conference else _flash_alone(rules, state)


def recall_digit(rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    """R and a digit; one that has no meaning changes nothing."""
    assert isinstance(event, words.DigitDialled)
    talking, actions = _recalled(state)
    function = rules.flash.digits.get(event.digit)
    if function is None:
        return talking, actions
    new, more = _FUNCTIONS[function](talking)
    return new, actions + more


def recall_alone(rules: Rules, state: PortState, _event: words.PortEvent) -> Step:
    """R, and no digit followed, or R again."""
    talking, actions = _recalled(state)
    if talking.is_conference:
        return talking, actions
    new, more = _flash_alone(rules, talking)
    return new, actions + more


def _recalled(state: PortState) -> tuple[PortState, Actions]:
    return replace(state, phase=Phase.TALKING), [words.SetTimer(None)]


def _flash_alone(rules: Rules, state: PortState) -> Step:
    assert state.active is not None
    if state.waiting is not None:
        return taken(state)
    if state.held is None:
        held = replace(state, active=None, held=state.active)
        return dial_tone(rules, held, [words.Hold(state.active)])
    return _FUNCTIONS[rules.flash.consulting if state.is_consulting else "swap"](state)


# ---- what it does, while talking ---------------------------------------------------------------------------


def _refused(state: PortState) -> Step:
    if state.waiting is not None:
        return turned_away(state)
    if state.held is None or state.is_conference:
        return state, []
    return replace(state, held=None, is_consulting=False), [words.Hang(state.held, Cause.NORMAL)]


def _released(state: PortState) -> Step:
    if state.is_conference:
        return dropped(state)
    if state.waiting is not None:
        return taken_instead(state)
    if state.held is None or state.active is None:
        return state, []
    actions: Actions = [words.Hang(state.active, Cause.NORMAL), words.Resume(state.held)]
    return alone(state, state.held), actions


def _swapped(state: PortState) -> Step:
    if state.waiting is not None:
        return taken(state)
    if state.held is None or state.active is None or state.is_conference:
        return state, []
    swapped = replace(state, active=state.held, held=state.active)
    return swapped, [words.Hold(state.active), words.Resume(state.held)]


def _joined(state: PortState) -> Step:
    if state.held is None or state.active is None or state.is_conference:
        return state, []
    return replace(state, is_conference=True), [words.Conference(state.held, state.active)]


def _transferred(state: PortState) -> Step:
    if state.held is None or state.active is None or state.is_conference:
        return state, []
    both: Actions = [words.TransferAttended(state.held, state.active)]
    return failure(replace(state, held=None), Cause.NORMAL, both)


_FUNCTIONS: Mapping[FlashFunction, _Function] = {
    "refuse": _refused,
    "release": _released,
    "swap": _swapped,
    "conference": _joined,
    "transfer": _transferred,
}


def dropped(state: PortState) -> Step:
    """In a three-way call: the party that came last goes."""
    assert state.active is not None and state.held is not None
    return alone(state, state.held), [words.Hang(state.active, Cause.NORMAL)]


# ---- the handset was put down with two calls ---------------------------------------------------------------


def is_transferred_by_hanging_up(rules: Rules, state: PortState) -> bool:
    """Whether the two parties are left talking: the second was called from here, and talks, or rings already."""
    is_wanted = rules.flash.is_transferred_by_hanging_up and state.is_consulting and not state.is_emergency
    is_there = state.phase in (Phase.TALKING, Phase.RECALL) or (state.phase is Phase.CALLING and state.is_far_ringing)
    return is_wanted and is_there and state.held is not None and state.active is not None
