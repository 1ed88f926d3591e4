"""Steps of a telephone's machine that several of its parts take. Pure; see port.py."""

from collections.abc import Callable
from dataclasses import replace

from firmware.telephony.events import Cause, Destination
from firmware.telephony.lines import port_words as words
from firmware.telephony.lines.port_state import Phase, PortState, Rules
from firmware.telephony.numbering.dialplan import Dial, More, Rejected, judge

# What a forgotten handset hears, and when (GR-506 permanent signal: tone, howler, then silence).
FAILURE_TONE_MS = 30_000

Actions = list[words.PortAction]
Step = tuple[PortState, Actions]
Handler = Callable[[Rules, PortState, words.PortEvent], Step]

_UNDISTURBED = "call-waiting-off-once"
_TRANSFER = "transfer"


def dial_tone(rules: Rules, state: PortState, actions: Actions) -> Step:
    """Wait for digits; with a call on hold, for those of a second one."""
    is_second = state.held is not None
    tone = "second_dial" if is_second else rules.dial_tone
    wait_ms = rules.plan.first_digit_ms
    if not is_second and hotline(rules) is not None:
        wait_ms = min(wait_ms, rules.hotline_ms)
    new = replace(state, phase=Phase.DIAL_TONE, digits="", is_waiting_refused=is_second and state.is_waiting_refused)
    return new, [*actions, words.CollectDigits(True), words.PlayTone(tone), words.SetTimer(wait_ms)]


def hotline(rules: Rules) -> Destination | None:
    """Where an extension's hotline leads; None: it has none, or none that can be dialled."""
    if not rules.hotline:
        return None
    if rules.hotline.startswith("+"):
        return Destination("number", rules.hotline)
    verdict = judge(rules.plan, rules.hotline, is_final=True)
    return verdict.destination if isinstance(verdict, Dial) else None


def judged(rules: Rules, state: PortState, actions: Actions, *, is_final: bool) -> Step:
    """Call, wait for another digit, or say that it cannot be."""
    match judge(rules.plan, state.digits, is_final=is_final):
        case More(wait_ms):
            return state, [*actions, words.SetTimer(wait_ms)]
        case Dial(destination):
            return placed(rules, state, destination, actions)
        case Rejected(cause):
            return failure(state, cause, actions)


def placed(rules: Rules, state: PortState, destination: Destination, actions: Actions) -> Step:
    """Call a destination; a code may concern the telephone itself."""
    code, _, argument = destination.value.partition(".") if destination.kind == "code" else ("", "", "")
    if code == _TRANSFER and state.held is not None:
        return _sent(rules, state, argument, actions)
    leg = state.serial + 1
    new = replace(
        state,
        phase=Phase.CALLING,
        digits="",
        active=leg,
        serial=leg,
        is_consulting=state.held is not None,
        is_far_ringing=False,
        is_emergency=destination.kind == "emergency",
        is_waiting_refused=state.is_waiting_refused or code == _UNDISTURBED,
    )
    return new, [*actions, words.SetTimer(None), words.CollectDigits(False), words.Place(leg, destination)]


def failure(state: PortState, cause: Cause, actions: Actions) -> Step:
    """The active call is over, or none came about: its tone, until the handset is put down or R pressed."""
    return toned(state, cause.facts.tone, actions)


def toned(state: PortState, tone: str, actions: Actions) -> Step:
    """Nothing more to do than to hang up, or press R: a tone says so."""
    new = replace(
        state,
        phase=Phase.FAILURE_TONE,
        digits="",
        active=None,
        is_conference=False,
        is_consulting=False,
        is_far_ringing=False,
        is_emergency=False,
    )
    wanted: Actions = [words.CollectDigits(False), words.PlayTone(tone), words.SetTimer(FAILURE_TONE_MS)]
    return new, actions + wanted


def back_to_held(state: PortState, actions: Actions) -> Step:
    """Talk to whoever was on hold, and to nobody else."""
    assert state.held is not None
    wanted: Actions = [words.SetTimer(None), words.CollectDigits(False), words.PlayTone(""), words.Resume(state.held)]
    return alone(state, state.held), actions + wanted


def alone(state: PortState, leg: int) -> PortState:
    """Talking on this leg, which is the only one."""
    return PortState(Phase.TALKING, active=leg, serial=state.serial, is_waiting_refused=state.is_waiting_refused)


def _sent(rules: Rules, state: PortState, number: str, actions: Actions) -> Step:
    """Blind transfer by code: whoever is held goes there."""
    assert state.held is not None
    verdict = judge(rules.plan, number, is_final=True)
    if not isinstance(verdict, Dial) or verdict.destination.kind not in ("extension", "group", "number"):
        cause = verdict.cause if isinstance(verdict, Rejected) else Cause.INVALID_NUMBER
        return failure(state, cause, actions)
    sent = [*actions, words.TransferBlind(state.held, verdict.destination)]
    return toned(replace(state, held=None), "confirmation", sent)
