"""What the other sides of a telephone's calls do. Part of a telephone's machine; see port.py."""

from dataclasses import replace

from firmware.telephony.lines import port_words as words
from firmware.telephony.lines.port_state import Phase, PortState, Rules
from firmware.telephony.lines.port_steps import Step, alone, failure
from firmware.telephony.lines.port_waiting import gave_up


def far_ringing(_rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    """Also in a call, when its other side is sent to somebody who rings."""
    assert isinstance(event, words.FarRinging)
    if event.leg != state.active:
        return state, []
    return replace(state, is_far_ringing=True), [words.PlayTone("ringback")]


def far_audio(_rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    """Its own tones or words are heard."""
    assert isinstance(event, words.FarAudio)
    if event.leg != state.active:
        return state, []
    return replace(state, is_far_ringing=True), [words.PlayTone("")]


def far_answered(_rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    """They talk."""
    assert isinstance(event, words.FarAnswered)
    if event.leg != state.active:
        return state, []
    return replace(state, phase=Phase.TALKING), [words.PlayTone(""), words.CollectDigits(False)]


def far_answered_again(_rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    """Whoever the other side was sent to has answered."""
    assert isinstance(event, words.FarAnswered)
    return state, [words.PlayTone("")] if event.leg == state.active else []


def far_ended(_rules: Rules, state: PortState, event: words.PortEvent) -> Step:
    """The other side of some leg is gone."""
    assert isinstance(event, words.FarEnded)
    if event.leg not in state.legs:
        return state, []
    if state.is_conference:
        return _left(state, event.leg)
    if event.leg == state.active:
        return failure(state, event.cause, [])
    if event.leg == state.waiting:
        fewer, actions = gave_up(state)
    else:
        fewer, actions = replace(state, held=None, is_consulting=False), []
    if state.phase is Phase.RECALL:  # there is nothing left to choose
        return replace(fewer, phase=Phase.TALKING), [words.SetTimer(None), *actions]
    return fewer, actions


def _left(state: PortState, gone: int) -> Step:
    """Of a conference; the other party stays."""
    others = [leg for leg in state.legs if leg != gone]
    return alone(state, others[0]), [words.SetTimer(None)] if state.phase is Phase.RECALL else []
