"""Call waiting: a second caller during a call. Part of a telephone's machine; see port.py."""

from dataclasses import replace

from firmware.telephony.events import Cause
from firmware.telephony.lines import port_words as words
from firmware.telephony.lines.port_state import Phase, PortState, Rules
from firmware.telephony.lines.port_steps import Actions, Step

_BUSY: Actions = [words.RefuseOffer(Cause.BUSY)]


def offered_in_call(rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    """One more caller is told of where the extension has it; never during an emergency call or a second call."""
    assert isinstance(event, words.Offered)
    is_quiet = state.is_emergency or state.is_waiting_refused or not rules.is_call_waiting_allowed
    if is_quiet or state.held is not None or state.waiting is not None:
        return state, list(_BUSY)
    leg = state.serial + 1
    return replace(state, waiting=leg, serial=leg), [words.AnnounceWaiting(leg, event.caller)]


def taken(state: PortState) -> Step:
    """Talk to whoever waits; the call that there is, if any, is held."""
    assert state.waiting is not None
    actions: Actions = [words.StopAnnouncing()]
    if state.active is not None:
        actions.append(words.Hold(state.active))
    new = replace(state, phase=Phase.TALKING, active=state.waiting, held=state.active, waiting=None)
    return replace(new, is_consulting=False), [*actions, words.Accept(state.waiting)]


def taken_instead(state: PortState) -> Step:
    """Talk to whoever waits; the call that there is ends."""
    assert state.waiting is not None and state.active is not None
    new = replace(state, phase=Phase.TALKING, active=state.waiting, waiting=None)
    return new, [words.StopAnnouncing(), words.Hang(state.active, Cause.NORMAL), words.Accept(state.waiting)]


def turned_away(state: PortState) -> Step:
    """Whoever waits hears busy."""
    assert state.waiting is not None
    return replace(state, waiting=None), [words.StopAnnouncing(), words.Hang(state.waiting, Cause.BUSY)]


def gave_up(state: PortState) -> Step:
    """Whoever waited is gone."""
    return replace(state, waiting=None), [words.StopAnnouncing()]
