"""Random walks through a telephone's machine: whatever happens, it keeps the promises of a telephone."""

import random
from dataclasses import replace

import pytest

from firmware.telephony.events import Caller, Cause
from firmware.telephony.lines import port_words as w
from firmware.telephony.lines.port import Phase, PortState, Rules, step
from tests.unit.telephony.lines.port_runs import DE, UK, US

RULES = {
    "US": US,
    "UK": UK,
    "DE": DE,
    "US, transfer": replace(US, flash=replace(US.flash, is_transferred_by_hanging_up=True)),
    "warm line": replace(DE, hotline="12", hotline_ms=4000),
    "hotline": replace(US, hotline="5551234"),
}


class Watched:
    """What a walk leaves behind in the world: every leg goes once, by its end or by a transfer."""

    def __init__(self) -> None:
        self.legs: set[int] = set()
        self.gone: set[int] = set()
        self.held: set[int] = set()
        self.joined: set[int] = set()
        self.is_off_hook = False
        self.is_ringing = False
        self.is_announcing = False
        self.has_audio = False
        self.seen: set[type] = set()

    def see(self, actions: list[w.PortAction]) -> None:
        for action in actions:
            self.seen.add(type(action))
            self._see(action)

    def _see(self, action: w.PortAction) -> None:
        match action:
            case w.StartRinging(leg, _, _):
                self._come(leg)
                self._ring()
            case w.RingBack(leg):
                assert leg in self.legs
                self._ring()
            case w.AnnounceWaiting(leg, _):
                assert self.is_off_hook and not self.is_announcing
                self._come(leg)
                self.is_announcing = True
            case w.StopAnnouncing():
                assert self.is_announcing
                self.is_announcing = False
            case w.StopRinging():
                self.is_ringing = False
            case w.ConnectAudio() | w.DisconnectAudio():
                self.has_audio = isinstance(action, w.ConnectAudio)
            case _:
                self._see_call(action)

    def _see_call(self, action: w.PortAction) -> None:
        match action:
            case w.Place(leg, _):
                self._come(leg)
            case w.Hang(leg, _) | w.TransferBlind(leg, _):
                self.go(leg)
            case w.TransferAttended(first, second):
                self.go(first)
                self.go(second)
            case w.Conference(first, second):
                assert {first, second} <= self.legs and first in self.held and not self.joined
                self.held.discard(first)
                self.joined = {first, second}
            case w.Hold(leg):
                assert leg in self.legs - self.held
                self.held.add(leg)
            case w.Resume(leg):
                assert leg in self.held
                self.held.discard(leg)
            case w.Accept(leg) | w.SendDigit(leg, _):
                assert leg in self.legs - self.held

    def go(self, leg: int) -> None:
        assert leg in self.legs and leg not in self.gone
        self.legs.remove(leg)
        self.gone.add(leg)
        self.held.discard(leg)
        if leg in self.joined:
            self.joined = set()

    def _come(self, leg: int) -> None:
        assert leg not in self.legs | self.gone, "a leg's number is given once"
        self.legs.add(leg)

    def _ring(self) -> None:
        assert not self.is_off_hook
        self.is_ringing = True


def _next_event(dice: random.Random, state: PortState, watched: Watched) -> w.PortEvent:
    if dice.random() < 0.003:
        return w.Found() if state.phase is Phase.LOST else w.Lost()
    leg = dice.choice(sorted(watched.legs) or [0])
    choices: list[w.PortEvent] = [
        w.PutDown() if watched.is_off_hook else w.Lifted(),
        w.FlashPressed() if watched.is_off_hook else w.Offered(Caller("1")),
        w.FlashPressed() if watched.is_off_hook else w.Lifted(),
        w.DigitDialled(dice.choice("0123456789*#")),
        *(w.DigitDialled(digit) for digit in _wanted(dice, state)),
        w.Offered(Caller("2"), "3"),
        w.TimerFired(),
        w.FarRinging(leg),
        *[w.FarAnswered(leg)] * 4,
        w.FarAudio(leg),
        w.FarEnded(leg, dice.choice(list(Cause))),
    ]
    return dice.choice(choices)


def _wanted(dice: random.Random, state: PortState) -> str:
    """Digits that lead on, so that walks get to calls within calls."""
    if state.phase is Phase.RECALL:
        return "0123344"
    if state.phase in (Phase.DIAL_TONE, Phase.DIALLING):
        number = dice.choice(("12", "12", "12", "112"))
        return number[len(state.digits) : len(state.digits) + 1] * 12
    return ""


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
@pytest.mark.parametrize("name", RULES)
def test_random_walks_never_ring_a_lifted_telephone_nor_forget_a_leg(name: str, seed: int) -> None:
    watched = _walk(RULES[name], seed, 15_000)
    assert {w.Hold, w.Resume, w.AnnounceWaiting, w.Conference, w.RingBack} <= watched.seen
    assert (w.TransferAttended in watched.seen) == (name not in ("US", "hotline"))


def _walk(rules: Rules, seed: int, steps: int) -> Watched:
    dice, watched = random.Random(seed), Watched()
    state, _ = step(rules, PortState(), w.Found())
    for _ in range(steps):
        event = _next_event(dice, state, watched)
        if state.phase is Phase.LOST and not isinstance(event, w.Found):
            continue
        if isinstance(event, w.Lifted | w.PutDown):
            watched.is_off_hook = isinstance(event, w.Lifted)
        if isinstance(event, w.Found | w.Lost):
            watched.is_off_hook = watched.is_ringing = watched.is_announcing = False
        if isinstance(event, w.FarEnded) and event.leg in watched.legs:
            watched.go(event.leg)
        state, actions = step(rules, state, event)
        watched.see(actions)
        _compare(state, watched)
    return watched


def _compare(state: PortState, watched: Watched) -> None:
    assert set(state.legs) == watched.legs
    assert watched.is_ringing == (state.phase is Phase.RINGING)
    assert watched.is_announcing == (state.waiting is not None)
    assert watched.has_audio == (state.phase not in (Phase.LOST, Phase.ON_HOOK, Phase.RINGING))
    assert watched.held == ({state.held} - {None} if not state.is_conference else set())
    assert bool(watched.joined) == state.is_conference
    assert state.waiting is None or state.held is None
    assert state.phase not in (Phase.TALKING, Phase.RECALL, Phase.CALLING) or state.active is not None
