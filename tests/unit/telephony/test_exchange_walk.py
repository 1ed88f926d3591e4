"""A random walk over everything that legs can tell and telephones can ask: whatever happens, nothing is left over."""

import heapq
import logging
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.legs import Offered, TransferAsked
from firmware.telephony.loop import CallLoop, Timer
from firmware.telephony.pbx.exchange import ExchangeLimits
from firmware.telephony.pbx.offering import Attempt, Candidate
from firmware.telephony.seams import Confirm, Dialled, DialVerdict, Feature, Offer, OfferVerdict, Redirect, Refuse
from firmware.telephony.summary import Origin
from tests.unit.telephony.exchange_scene import FakeDirectory, Scene
from tests.unit.telephony.fake_legs import FakeLeg, maker, making, vanished

NUMBERS = ("101", "102", "103", "104")
DESTINATIONS = (
    *(f"extension:{number}" for number in NUMBERS),
    *("group:all", "group:turn", "number:0301", "number:0302", "emergency:112", "service:echo"),
    *("pickup:any", "pickup:102", "pickup:group.desk", "park:auto", "park:702", "retrieve:701", "retrieve:702"),
    *("intercom:103", "code:confirm", "code:loop", "code:nonsense", "code:refuse", "code:outside"),
)
CAUSES = (Cause.NORMAL, Cause.BUSY, Cause.REJECTED, Cause.NETWORK, Cause.DEVICE_LOST, Cause.NO_ANSWER, Cause.CANCELLED)


class WalkLoop(CallLoop):
    """A loop with a clock of its own, which goes on when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        timer = Timer(self.now + delay_s, action)
        heapq.heappush(self._timers, (timer.due, next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
        self.drain()
        while self._timers and self._timers[0][0] <= self.now:
            timer = heapq.heappop(self._timers)[2]
            if not timer.is_cancelled:
                timer.action()
            self.drain()

    def drain(self) -> None:
        """Do what is posted, without the loop's own net below: what fails here fails the test."""
        while not self._posted.empty():
            self._posted.get_nowait()()


class WalkLeg(FakeLeg):
    """A leg that does not bear being spoken to when it is gone."""

    is_gone = False

    def __getattribute__(self, name: str) -> object:
        if name in ("offer", "ringing", "progress", "answer", "end", "hold", "resume", "send_digit"):
            assert not object.__getattribute__(self, "is_gone"), f"{name} reaches a leg that is gone"
            assert object.__getattribute__(self, "cause") is None, f"{name} reaches a leg that was ended"
        return object.__getattribute__(self, name)


class Stubborn(WalkLeg):
    """A leg that cannot be rung."""

    def offer(self, offered: Offered) -> None:
        raise RuntimeError("no")


class Odd(Feature):
    """Forwards, refuses, confirms, and throws now and then."""

    name = "odd"

    def __init__(self) -> None:
        self.mood = 0

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        self._throw(3)
        return {
            "code:confirm": Confirm(("beep",)),
            "code:loop": Redirect(Destination("code", "loop")),
            "code:refuse": Refuse(Cause.BARRED),
            "code:outside": Redirect(Destination("number", "0301"), "101"),
        }.get(str(dialled.destination))

    def on_offer(self, offer: Offer) -> OfferVerdict:
        self._throw(5)
        if self.mood % 4 == 1:
            return Redirect(Destination("extension", "104"), offer.extension.number)
        return Refuse(Cause.BUSY) if self.mood % 4 == 2 else None

    def on_unanswered(self, offer: Offer, cause: Cause) -> Redirect | None:
        self._throw(7)
        return Redirect(Destination("extension", "103")) if self.mood % 2 else None

    def on_ended(self, call: object) -> None:
        self._throw(2)

    def _throw(self, every: int) -> None:
        if self.mood % every == every - 1:
            raise ValueError("a feature fails")


class WalkDirectory(FakeDirectory):
    """New legs for every attempt; they are noted in `made`."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[FakeLeg] = []
        self.serial = 0
        self.mood = 0

    def new(self, name: str, kind: type[FakeLeg] = WalkLeg, **fields: object) -> FakeLeg:
        self.serial += 1
        leg = kind(f"{name} number {self.serial}", **fields)  # type: ignore[arg-type]
        self.made.append(leg)
        return leg

    def candidate(self, number: str) -> Candidate:
        kind = Stubborn if self.mood % 5 == 4 else WalkLeg
        leg = self.new(f"telephone {number}", kind, extension=number, address=f"fxs{number}")
        return Candidate(maker(leg), self.profiles[number])

    def trunk(self, via: str, charge: object | None = None) -> Attempt:
        leg = self.new(via, codec="pcma", makes_own_tones=False)
        return making(leg, via=via, charge=charge, max_s=100.0)

    def attempts(self, destination: Destination, dialled: Dialled) -> Sequence[Attempt] | Cause:
        if self.mood % 11 == 10:
            raise ValueError("the directory fails")
        match str(destination):
            case "group:all":
                return [Attempt([self.candidate(number) for number in NUMBERS])]
            case "group:turn":
                return [Attempt([self.candidate(number)], ring_s=10, is_in_turn=True) for number in NUMBERS]
            case "number:0301" | "emergency:112":
                charge = None if destination.kind == "emergency" else object()
                return [self.trunk("main", charge), vanished(via="line:1"), self.trunk("second", charge)]
            case "number:0302":
                return [Attempt([], charge=object())]
            case "service:echo":
                return [making(self.new("echo"))]
        return super().attempts(destination, dialled)


class Faults(logging.Handler):
    """What was caught and logged, but for what the walk itself throws."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if str(error) not in ("a feature fails", "the directory fails", "no"):
            self.found.append(f"{record.getMessage()}: {error!r}")


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
        leg.media = f"line of {number}"
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
