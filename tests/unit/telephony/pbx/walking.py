"""Legs, features and a directory that do whatever can happen, for random walks of the exchange."""

import heapq
import logging
from collections.abc import Callable, Sequence

from firmware.telephony.events import Cause, Destination
from firmware.telephony.legs import Offered
from firmware.telephony.loop import CallLoop, Timer
from firmware.telephony.pbx.attempts import Attempt, Candidate
from firmware.telephony.seams import Confirm, Dialled, DialVerdict, Feature, Offer, OfferVerdict, Redirect, Refuse
from tests.unit.telephony.pbx.exchange_scene import FakeDirectory
from tests.unit.telephony.pbx.fake_legs import FakeLeg, maker, making, vanished

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
