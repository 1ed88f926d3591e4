"""One call: who takes part, who is rung for it, what it comes to. Knows no rules, and not what legs are made of."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.legs import Leg
from firmware.telephony.loop import Timer
from firmware.telephony.pbx.attempts import Attempt, Terms
from firmware.telephony.pbx.chronicle import Chronicle
from firmware.telephony.pbx.equipment import Equipment
from firmware.telephony.pbx.offering import Offering
from firmware.telephony.pbx.parties import Parties
from firmware.telephony.sights import Alerted, Answered, Lost, Tried, Witness, unseen
from firmware.telephony.summary import Origin

_FAILURE_TONE_S = 5.0  # long enough to be understood; who makes its own tones hears them until it hangs up


@dataclass(slots=True)
class WayBack:
    """Where a party returns that was sent away in vain: to `extension`, on `leg` if that still lives."""

    extension: str
    leg: Leg | None = None
    report: Callable[[int], None] = lambda status: None


class Call:
    """A conversation from the first digit to the last word. Call thread only."""

    def __init__(
        self, number: int, leg: Leg, destination: Destination, origin: Origin, *, equipment: Equipment["Call"]
    ) -> None:
        self.number = number
        self.origin = origin
        self.destination = destination
        self.via = ""
        self.tell: Witness = unseen
        self.state = "calling"
        self.cause: Cause | None = None
        self.started_at = time.monotonic()
        self.chronicle = Chronicle(origin, destination, wall=equipment.wall, tell=equipment.on_summary)
        self.offering: Offering[Call] | None = None
        self.way_back: WayBack | None = None
        self.is_emergency = self.is_counted = False
        self.rounds = 0
        self._own = equipment
        self._calling = leg
        self._parties = Parties(leg, origin.caller)
        self._tone = ""
        self._timer: Timer | None = None
        equipment.seats.seat(leg, self, origin.trunk)

    # ---- what is so ------------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Nothing more happens."""
        return self.state == "ended"

    @property
    def caller(self) -> Caller:
        """Who called."""
        return self.origin.caller

    @property
    def parties(self) -> list[Leg]:
        """Who takes part: one who waits, or two who talk."""
        return self._parties.legs

    @property
    def codec(self) -> str:
        """The codec of whichever side has one, the called first."""
        return next((leg.codec for leg in reversed(self.parties) if leg.codec), "")

    @property
    def legs(self) -> list[Leg]:
        """Every leg that lives."""
        aside = self.way_back.leg if self.way_back else None
        ringing = self.offering.legs if self.offering else []
        return [] if self.is_over else [*self.parties, *ringing, *([aside] if aside else [])]

    @property
    def trunks(self) -> frozenset[str]:
        """Trunks that it runs over."""
        return frozenset(self._own.seats.trunk_of(leg) for leg in self.legs) - {""}

    @property
    def is_held(self) -> bool:
        """Somebody is away."""
        return self._parties.is_held

    def is_holder(self, leg: Leg) -> bool:
        """Whether this leg put the other on hold."""
        return self._parties.is_holder(leg)

    def is_answered(self, leg: Leg) -> bool:
        """Whether this party is through."""
        return self._parties.is_answered(leg)

    def is_calling(self, leg: Leg) -> bool:
        """Whether this leg began the call."""
        return leg is self._calling

    def other(self, leg: Leg) -> Leg | None:
        """The other of two parties."""
        return self._parties.other(leg)

    def caller_at(self, leg: Leg) -> Caller:
        """Who sits at a leg, as others are shown."""
        return self._parties.caller_at(leg)

    # ---- ringing somebody ------------------------------------------------------------------------------

    def send_to(self, destination: Destination) -> None:
        """It is for this destination now."""
        self.destination = destination
        self.chronicle.sent_to(destination)

    def ring(self, attempts: Sequence[Attempt], terms: Terms["Call"]) -> None:
        """Let somebody ring, for the one party that waits."""
        self._stop_waiting()
        self.chronicle.begin()
        self.offering = Offering(self, attempts, terms, equipment=self._own)
        self.offering.start()

    def calling(self, via: str) -> None:
        """The next way is tried."""
        self.via = via
        self.chronicle.went_over(via)
        self._become("calling")
        self.tell(Tried(tuple(leg.name for leg in self.offering.legs) if self.offering else (), via))

    def alerted(self, leg: Leg) -> None:
        """One of those who are rung is alerted."""
        if self.state != "calling" or self.offering is None:
            return
        self._become("ringing")
        self.tell(Alerted(leg.name))
        if self.offering.early is None:  # else its own tones are heard
            self._parties.tell_ringing()
        if self.way_back is not None:
            self.way_back.report(180)

    def early_media(self, leg: Leg) -> None:
        """The one who is rung is heard already."""
        self.rewire()
        self._parties.tell_progress()

    def fell_silent(self) -> None:
        """Ringback takes its place where somebody rings."""
        self._parties.tell_silent(is_ringing=self.state == "ringing")
        self.rewire()

    def answered(self, leg: Leg, via: str) -> None:
        """One of those who were rung answered."""
        self.offering = None
        self.via = via
        back, self.way_back = self.way_back, None
        value = self.destination.value if self.destination.kind in ("number", "emergency") else ""
        self.admit(leg, Caller(leg.extension or value), is_answered=True)
        if back is not None:
            back.report(200)
            if back.leg is not None:
                self._own.seats.end(back.leg, Cause.NORMAL)
        self.chronicle.answered(leg)
        self.tell(Answered(leg.name))

    # ---- who takes part --------------------------------------------------------------------------------

    def admit(self, leg: Leg, caller: Caller, *, is_holder: bool = False, is_answered: bool = False) -> None:
        """`leg` talks with whoever is there."""
        self._own.seats.move(leg, self)
        self._stop_waiting()
        self._parties.add(leg, caller, is_holder=is_holder, is_answered=is_answered)
        self._become("held" if self.is_held else "talking")

    def take(self, leg: Leg) -> bool:
        """A party leaves for another call, taken back from hold; tells whether it holds itself."""
        other, is_holder = self.other(leg), self.is_holder(leg)
        if other is not None and self.is_holder(other):
            leg.resume()
        self.put_aside(leg)
        return is_holder

    def release(self, leg: Leg, cause: Cause) -> None:
        """A party is told that it is over; whoever is left waits for what comes."""
        self.put_aside(leg)
        self._own.seats.end(leg, cause)

    def put_aside(self, leg: Leg) -> None:
        """A party takes no part any more but lives on."""
        self._note_quality(leg)
        self._parties.remove(leg)
        self.rewire()

    def wait(self, state: str) -> None:
        """The one party that is left waits, hearing music."""
        self._stop_waiting()
        self._become(state)

    def wait_with(self, offering: Offering["Call"], state: str) -> None:
        """Wait for an answer that another call waited for so far."""
        self._stop_waiting()
        self.offering = offering
        offering.adopt(self)
        self._become(state)
        if state == "ringing" and offering.early is None:
            self._parties.tell_ringing()

    def give_offering(self) -> Offering["Call"] | None:
        """Another call waits for the answer now."""
        offering, self.offering = self.offering, None
        return offering

    def finish(self, cause: Cause, *, after_tone: bool = False) -> None:
        """End it for everybody; `after_tone` lets one who makes no tones hear the cause first."""
        if self.is_over:
            return
        if after_tone and not self._tone and self._parties.can_hear_tone():
            self._play_failure(cause)
            return
        self.cause = cause
        self._stop_waiting()
        legs = self.legs
        for party in self.parties:
            self._note_quality(party)
        self.state, self.way_back = "ended", None
        self._own.wiring.want(self, ())
        for leg in legs:
            self._own.seats.end(leg, cause)
        self.parties.clear()
        self._become("ended")

    # ---- what legs tell ----------------------------------------------------------------------------------

    def lost(self, leg: Leg, cause: Cause) -> None:
        """A leg is gone: the call is over, or the next is tried."""
        if self.offering is not None and leg in self.offering.legs:
            self.tell(Lost(leg.name, cause))
            self.offering.lost(leg, cause)
        elif self.way_back is not None and leg is self.way_back.leg:
            self.way_back.leg = None
        elif leg in self.parties:
            self.finish(self.cause or cause)  # while a tone is heard, the cause is that of the tone

    def media_changed(self, leg: Leg) -> None:
        """Its media are new."""
        self._own.wiring.renew(leg.media)
        self.rewire()

    def digit(self, leg: Leg, digit: str) -> None:
        """Pass it to the other side, if that can hear already; a telephone that only rings cannot."""
        early = self.offering.early if self.offering else None
        hearing = [*self.parties, *([early] if early else [])]
        for party in hearing:
            if party is not leg and leg in hearing:
                party.send_digit(digit)

    def held(self, leg: Leg, is_held: bool) -> None:
        """One side went away or came back; both may be away at once. Nobody leaves an emergency call waiting."""
        if self.is_emergency or not self._parties.hold(leg, is_held):
            return
        if len(self.parties) > 1:
            self._become("held" if self.is_held else "talking")
        self.rewire()

    def rewire(self) -> None:
        """Join who hears whom as things are now."""
        if self.is_over:
            return
        early = self.offering.early.media if self.offering and self.offering.early else None
        tone = self._tone or ("ringback" if self.state == "ringing" else "")
        self._own.wiring.want(self, self._parties.pairs(self._own.sounds, early, tone))

    # ---- inside ------------------------------------------------------------------------------------------

    def _note_quality(self, leg: Leg) -> None:
        self.chronicle.sounded(leg.quality(), is_source=self.is_calling(leg))

    def _play_failure(self, cause: Cause) -> None:
        self._stop_waiting()
        self.cause, self._tone, self.is_counted = cause, cause.facts.tone, False
        self._timer = self._own.later(_FAILURE_TONE_S, lambda: self, lambda: self.finish(cause))
        self._become("failing")

    def _stop_waiting(self) -> None:
        offering, self.offering = self.offering, None
        if offering is not None:
            offering.cancel()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _become(self, state: str) -> None:
        self.state = state
        self.rewire()
        self._own.on_change(self)
