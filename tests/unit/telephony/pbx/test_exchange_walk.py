"""A random walk over everything that legs can tell and telephones can ask: whatever happens, nothing is left over."""

import logging
import sys

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.legs import TransferAsked
from firmware.telephony.pbx.surroundings import ExchangeLimits
from firmware.telephony.summary import Origin
from tests.unit.telephony.pbx.exchange_scene import Scene
from tests.unit.telephony.pbx.fake_legs import FakeLeg
from tests.unit.telephony.pbx.walking import CAUSES, DESTINATIONS, NUMBERS, Faults, Odd, WalkDirectory, WalkLoop


class Walk(RuleBasedStateMachine):
    """Legs come and go; the exchange keeps its books straight."""

    def __init__(self) -> None:
        super().__init__()
        self.odd = Odd()
        limits = ExchangeLimits(voice_channels=6, no_answer_s=30, park_s=40)
        self.scene = Scene(self.odd, limits=limits)
        self.loop = WalkLoop()
        self.directory = WalkDirectory()
        self.directory.profiles = self.scene.directory.profiles
        self.directory.others = {"all": Destination("extension", "101")}
        self.scene = Scene(self.odd, limits=limits, loop=self.loop, directory=self.directory)
        self.exchange = self.scene.exchange
        self.faults = Faults()
        logging.getLogger("firmware.telephony").addHandler(self.faults)

    def alive(self) -> list[FakeLeg]:
        every = [*self.directory.made, *self.scene.sounds.said]
        return [leg for leg in every if leg.cause is None and not getattr(leg, "is_gone", False) and self.seated(leg)]

    def seated(self, leg: FakeLeg) -> bool:
        return self.exchange._seats.call_of(leg) is not None

    def pick(self, data: st.DataObject) -> FakeLeg:
        return data.draw(st.sampled_from(self.alive()))

    @rule(number=st.sampled_from(NUMBERS), to=st.sampled_from(DESTINATIONS))
    def a_telephone_dials(self, number: str, to: str) -> None:
        leg = self.directory.new(f"calling {number}", extension=number, address=f"fxs{number}")
        leg.media = sys.intern(f"line of {number}")  # one and the same, however many calls it has
        origin = Origin(Caller(number), number, called=to, address=leg.address)
        self.exchange.originate(leg, Destination.parse(to), origin)
        self.loop.drain()

    @rule(to=st.sampled_from(DESTINATIONS))
    def somebody_calls_from_outside(self, to: str) -> None:
        leg = self.directory.new("from outside", codec="pcma", makes_own_tones=False)
        self.exchange.originate(leg, Destination.parse(to), Origin(Caller("0301"), trunk="line:1"))
        self.loop.drain()

    @precondition(lambda self: self.alive())
    @rule(data=st.data(), what=st.sampled_from(("ringing", "progress", "answered", "media_changed")))
    def a_leg_tells(self, data: st.DataObject, what: str) -> None:
        leg = self.pick(data)
        if what == "media_changed" and not leg.extension:
            leg.media = data.draw(st.sampled_from((None, f"new media of {leg.name}")))
        getattr(self.exchange, f"leg_{what}")(leg)
        self.loop.drain()

    @precondition(lambda self: self.alive())
    @rule(data=st.data())
    def a_telephone_that_rings_is_answered(self, data: st.DataObject) -> None:
        rung = [leg for call in self.exchange.calls if call.offering for leg in call.offering.legs]
        if rung:
            leg = data.draw(st.sampled_from(rung))
            self.exchange.leg_ringing(leg)
            self.exchange.leg_answered(leg)
            self.loop.drain()

    @precondition(lambda self: any(len(call.parties) == 2 for call in self.exchange.calls))
    @rule(data=st.data(), to=st.sampled_from(("park:auto", "extension:103", "extension:104", "number:0301")))
    def a_telephone_holds_and_dials(self, data: st.DataObject, to: str) -> None:
        talking = [party for call in self.exchange.calls if len(call.parties) == 2 for party in call.parties]
        leg = data.draw(st.sampled_from(talking))
        self.exchange.leg_held(leg, True)
        if leg.extension:
            self.a_telephone_dials(leg.extension, to)

    @precondition(lambda self: self.alive())
    @rule(data=st.data(), cause=st.sampled_from(CAUSES))
    def a_leg_goes(self, data: st.DataObject, cause: Cause) -> None:
        leg = self.pick(data)
        leg.is_gone = True  # type: ignore[attr-defined]
        self.exchange.leg_ended(leg, cause)
        self.loop.drain()

    @precondition(lambda self: self.alive())
    @rule(data=st.data(), is_held=st.booleans())
    def a_leg_holds(self, data: st.DataObject, is_held: bool) -> None:
        self.exchange.leg_held(self.pick(data), is_held)

    @precondition(lambda self: self.alive())
    @rule(data=st.data())
    def a_digit_is_dialled(self, data: st.DataObject) -> None:
        self.exchange.leg_digit(self.pick(data), "5")

    @precondition(lambda self: self.alive())
    @rule(data=st.data(), to=st.sampled_from(DESTINATIONS))
    def a_blind_transfer(self, data: st.DataObject, to: str) -> None:
        leg = self.pick(data)
        self.exchange.transfer_blind(leg, Destination.parse(to), leg.extension)
        self.loop.drain()

    @precondition(lambda self: self.alive())
    @rule(data=st.data(), number=st.sampled_from((*NUMBERS, "0900", "")))
    def a_refer(self, data: st.DataObject, number: str) -> None:
        replaces = None if number else self.pick(data)
        self.exchange.leg_transfer_asked(self.pick(data), TransferAsked(number, replaces, lambda status: None))
        self.loop.drain()

    @precondition(lambda self: len(self.alive()) > 1)
    @rule(data=st.data(), what=st.sampled_from(("transfer_attended", "conference")))
    def two_legs_are_joined(self, data: st.DataObject, what: str) -> None:
        first = self.pick(data)
        own = [leg for leg in self.alive() if leg.extension == first.extension and leg is not first]
        getattr(self.exchange, what)(first, data.draw(st.sampled_from(own)) if own else self.pick(data))
        self.loop.drain()

    @rule(seconds=st.sampled_from((0.6, 3.1, 6.0, 11.0, 31.0, 45.0, 101.0)))
    def time_goes_by(self, seconds: float) -> None:
        self.loop.advance(seconds)

    @rule(mood=st.sampled_from((0, 0, 0, 0, 3, *range(11))), is_kept=st.booleans())
    def the_mood_changes(self, mood: int, is_kept: bool) -> None:
        self.odd.mood = self.directory.mood = mood
        self.scene.limits = ExchangeLimits(2 + mood % 5, 30, 40, is_kept, frozenset({"112"}))

    @invariant()
    def the_books_are_straight(self) -> None:
        calls = self.exchange.calls
        legs = [leg for call in calls for leg in call.legs]
        assert len(legs) == len(set(legs)) == len(self.exchange._seats)
        assert all(self.exchange._seats.call_of(leg) is call for call in calls for leg in call.legs)
        assert all(1 <= len(call.parties) <= 2 for call in calls)
        waiting = [call for call in calls if len(call.parties) == 1]
        assert all(call.offering or call.state in ("parked", "failing", "calling") for call in waiting)
        media = {leg.media for leg in legs} | {"music", "tone ringback", "tone busy", "tone congestion", "tone sit"}
        assert all(pair <= media for pair in self.scene.bridge.pairs)
        assert self.faults.found == []

    def teardown(self) -> None:
        logging.getLogger("firmware.telephony").removeHandler(self.faults)
        self.odd.mood = self.directory.mood = 0
        for leg in self.alive():
            if self.seated(leg):
                self.exchange.leg_ended(leg, Cause.NORMAL)
                self.loop.drain()
        self.scene.check_nothing_is_left()
        charged = [id(charge) for charge, _ in self.scene.charges]
        assert len(charged) == len(set(charged)), "a charge is handed back once"


class LongWalk(Walk):
    """The same, five times as often."""


_SHORT = settings(max_examples=12, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
Walk.TestCase.settings = _SHORT
LongWalk.TestCase.settings = settings(_SHORT, max_examples=60)
test_whatever_happens_nothing_is_left_over = Walk.TestCase
test_whatever_else_happens_nothing_is_left_over = pytest.mark.long(LongWalk.TestCase)
