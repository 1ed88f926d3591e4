"""Who is rung for a call, all at once or one after the other, until somebody answers. Knows no rules."""

import logging
from collections.abc import Callable, Sequence
from typing import Generic

from firmware.telephony.events import Cause
from firmware.telephony.legs import Leg, Offered
from firmware.telephony.loop import Timer
from firmware.telephony.pbx.attempts import Asker, Attempt, Candidate, Terms
from firmware.telephony.pbx.equipment import Equipment

_LOG = logging.getLogger(__name__)

# After these the next trunk is tried; after the others the called party itself has spoken.
_NEXT_ROUTE = frozenset({Cause.NETWORK, Cause.TIMEOUT, Cause.FAILED, Cause.NO_ROUTE, Cause.DEVICE_LOST})
# An outside line that was cleared for an emergency call is guarded for a second or two before it can be seized.
_CLEARING_S = 0.5
_CLEARINGS_MAX = 20


class Offering(Generic[Asker]):
    """Rings the attempts of `call` in order. Its owner hears of it by `alerted`, `early` and `answered`."""

    def __init__(
        self,
        call: Asker,
        attempts: Sequence[Attempt],
        terms: Terms[Asker],
        *,
        equipment: Equipment[Asker],
    ) -> None:
        self.call = call
        self.legs: list[Leg] = []
        self.early: Leg | None = None
        self.moved_to = ""  # where the one that failed last sends the call
        self._attempts = list(attempts)
        self._blocked: list[Attempt] = []
        self._clearings = 0
        self._terms = terms
        self._own = equipment
        self._seats = equipment.seats
        self._of: dict[int, Attempt] = {}
        self._progressed: set[int] = set()
        self._charges = {id(attempt.charge): attempt.charge for attempt in attempts if attempt.charge is not None}
        self._cause = Cause.UNREACHABLE
        self._deadline: Timer | None = None
        self._pace: Timer | None = None
        self._is_over = False

    @property
    def trunks(self) -> frozenset[str]:
        """Trunks that are being rung over."""
        return frozenset(self._of[id(leg)].via for leg in self.legs) - {""}

    @property
    def via(self) -> str:
        """The trunk that was tried last."""
        return self._of[id(self.legs[-1])].via if self.legs else ""

    def start(self) -> None:
        """Ring the first attempt that has legs."""
        if self._terms.no_answer_s is not None:
            self._deadline = self._later(self._terms.no_answer_s, self._nobody_answered)
        self._next()

    def cancel(self) -> None:
        """Nobody is wanted any more."""
        self._close(None)
        for leg in self._forgotten():
            self._seats.end(leg, Cause.CANCELLED)

    def adopt(self, call: Asker) -> None:
        """Another call waits for the answer now."""
        self.call = call
        for leg in self.legs:
            self._seats.move(leg, call)

    # ---- what legs tell ------------------------------------------------------------------------------

    def leg_ringing(self, leg: Leg) -> None:
        """One of the called is alerted."""
        self._progressed.add(id(leg))
        self.call.alerted(leg)

    def leg_progress(self, leg: Leg) -> None:
        """Early media count only where one alone is called, or in a hurry: nobody can listen to two."""
        self._progressed.add(id(leg))
        if self.legs == [leg] or (self._terms.hurry_s is not None and self.early is None):
            self.early = leg
            self.call.early_media(leg)

    def leg_silent(self, leg: Leg) -> None:
        """It lives, but nothing is heard of it."""
        self._progressed.add(id(leg))
        if self.early is leg:
            self.early = None
            self.call.fell_silent()

    def leg_answered(self, leg: Leg) -> None:
        """The first to answer talks, the others stop ringing."""
        attempt = self._of.pop(id(leg))
        self.legs.remove(leg)
        self._close(attempt.charge)
        for other in self._forgotten():
            self._seats.end(other, Cause.CANCELLED)
        self._seats.meter(leg, attempt.charge, attempt.max_s)
        self.call.answered(leg, attempt.via)

    def lost(self, leg: Leg, cause: Cause) -> None:
        """One of the called refused or failed."""
        attempt = self._of.pop(id(leg))
        self.legs.remove(leg)
        self._progressed.discard(id(leg))
        self.moved_to = leg.moved_to
        self._cause = _graver(self._cause, cause)
        if self.early is leg:
            self.early = None
            self.call.rewire()
        is_hurried = self._terms.hurry_s is not None
        is_next_tried = attempt.is_in_turn or self._cause in _NEXT_ROUTE
        if (is_hurried and not self._progressed) or (not self.legs and is_next_tried):
            self._next()
        elif not self.legs:
            self._fail()

    # ---- inside ----------------------------------------------------------------------------------------

    def _next(self) -> None:
        self._set_pace(None, None)
        while self._attempts and not self._is_over:
            attempt = self._attempts.pop(0)
            if self._ring(attempt):
                hurry_s = self._terms.hurry_s
                self._set_pace(*((hurry_s, self._hurry) if hurry_s else (attempt.ring_s, self._turn_over)))
                return
        if self._is_over:
            return
        if self._blocked and self._clearings < _CLEARINGS_MAX:
            self._clearings += 1
            self._set_pace(_CLEARING_S, self._try_blocked)
        elif not self.legs:
            self._fail()

    def _ring(self, attempt: Attempt) -> bool:
        """Make all its legs, then let them ring; tells whether there are any."""
        if not attempt.legs:
            self._cause = _graver(self._cause, attempt.cause)
        wanted: list[tuple[Leg, Offered]] = []
        for candidate in attempt.legs:
            offered = self._terms.offered(candidate)
            if isinstance(offered, Cause):
                self._cause = _graver(self._cause, offered)
            elif (leg := self._make(candidate, attempt)) is not None:
                wanted.append((leg, offered))
        if wanted:
            self.call.calling(attempt.via)
        return sum(self._offer(leg, offered) for leg, offered in wanted) > 0

    def _offer(self, leg: Leg, offered: Offered) -> bool:
        try:
            leg.offer(offered)
        except Exception:  # as above
            _LOG.exception("call %d: %s could not be rung", self.call.number, leg.name)
            self.legs.remove(leg)
            del self._of[id(leg)]
            self._seats.end(leg, Cause.FAILED)
            return False
        return True

    def _make(self, candidate: Candidate, attempt: Attempt) -> Leg | None:
        try:
            leg = candidate.make(self._own.events)
        except LookupError as error:
            _LOG.info("call %d: %s", self.call.number, error)
            if attempt.via:
                self._cause = _graver(self._cause, Cause.NO_ROUTE)
            if self._terms.hurry_s is not None:
                self._blocked.append(attempt)
                self._terms.on_blocked(attempt.via)
            return None
        except Exception:  # whatever one trunk does, the next one must be tried
            _LOG.exception("call %d: no leg could be made", self.call.number)
            return None
        if any(_is_same_device(leg, party) for party in self.call.parties):
            self._cause = _graver(self._cause, Cause.BUSY)
            leg.end(Cause.CANCELLED)
            return None
        self._seats.seat(leg, self.call, attempt.via)
        self.legs.append(leg)
        self._of[id(leg)] = attempt
        return leg

    def _hurry(self) -> None:
        if not self._progressed:
            self._next()

    def _try_blocked(self) -> None:
        self._attempts, self._blocked = self._blocked, []
        self._next()

    def _turn_over(self) -> None:
        self._cause = _graver(self._cause, Cause.NO_ANSWER)
        for leg in self._forgotten():
            self._seats.end(leg, Cause.CANCELLED)
        self._next()

    def _nobody_answered(self) -> None:
        self._cause = Cause.NO_ANSWER
        self._fail()

    def _fail(self) -> None:
        self.cancel()
        self._terms.on_failed(self.call, self._cause)

    def _forgotten(self) -> list[Leg]:
        legs, self.legs = self.legs, []
        self._progressed.clear()
        self.early = None
        for leg in legs:
            del self._of[id(leg)]
        return legs

    def _close(self, used: object | None) -> None:
        self._is_over = True
        self._set_pace(None, None)
        if self._deadline is not None:
            self._deadline.cancel()
        charges, self._charges = self._charges, {}
        for charge in charges.values():
            if charge is not used:
                self._seats.charge_nothing(charge)

    def _set_pace(self, delay_s: float | None, action: Callable[[], None] | None) -> None:
        if self._pace is not None:
            self._pace.cancel()
            self._pace = None
        if delay_s is not None and action is not None:
            self._pace = self._later(delay_s, action)

    def _later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        return self._own.later(delay_s, lambda: self.call, action)


def _is_same_device(leg: Leg, party: Leg) -> bool:
    return bool(leg.extension and leg.address) and (leg.extension, leg.address) == (party.extension, party.address)


def _graver(one: Cause, other: Cause) -> Cause:
    """Of several telephones in a group the busy one tells the caller more than the one that was pulled out."""
    ranks = (Cause.BUSY, Cause.REJECTED, Cause.NO_ANSWER)
    if one in ranks and other not in ranks:
        return one
    return other
