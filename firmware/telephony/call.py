"""One call: who called, who is tried, who talks. Knows legs, not what they are made of."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.legs import Leg
from firmware.telephony.loop import CallLoop, Timer

_LOG = logging.getLogger(__name__)

# After these the next trunk is tried; after the others the called party itself has spoken.
_NEXT_ROUTE = frozenset({Cause.NETWORK, Cause.TIMEOUT, Cause.FAILED, Cause.NO_ROUTE, Cause.DEVICE_LOST})


class LegMaker(Protocol):
    """Makes a leg that reports to `call`; raises LookupError when it cannot be had after all."""

    def __call__(self, call: "Call") -> Leg: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """Legs to be offered the call at the same time; `via` names the trunk, "" inside."""

    legs: Sequence[LegMaker]
    via: str = ""
    is_retried_elsewhere: bool = False


class Bridge(Protocol):
    """Joins and parts media."""

    def join(self, one: Any, other: Any) -> None: ...

    def part(self, one: Any, other: Any) -> None: ...


class Call:
    """A calling leg, and the legs that it is offered to until one answers. Call thread only."""

    def __init__(
        self,
        number: int,
        leg: Leg,
        destination: Destination,
        caller: Caller,
        *,
        loop: CallLoop,
        bridge: Bridge,
        no_answer_s: float,
        on_change: Callable[["Call"], None],
    ) -> None:
        self.number = number
        self.calling = leg
        self.destination = destination
        self.caller = caller
        self.via = ""
        self.state = "calling"
        self.cause: Cause | None = None
        self.started_at = time.monotonic()
        self._loop = loop
        self._bridge = bridge
        self._no_answer_s = no_answer_s
        self._on_change = on_change
        self._attempts: list[Attempt] = []
        self._offered: list[Leg] = []
        self._called: Leg | None = None
        self._early: Leg | None = None
        self._joined: tuple[Any, Any] | None = None
        self._holders: set[int] = set()
        self._last_cause = Cause.UNREACHABLE
        self._timer: Timer | None = None

    @property
    def is_over(self) -> bool:
        """Nothing more happens."""
        return self.state == "ended"

    @property
    def codec(self) -> str:
        """The codec of whichever side has one."""
        called = self._called.codec if self._called else ""
        return called or self.calling.codec

    @property
    def legs(self) -> list[Leg]:
        """Every leg that lives."""
        return [] if self.is_over else [self.calling, *self._offered, *([self._called] if self._called else [])]

    def start(self, attempts: Sequence[Attempt]) -> None:
        """Offer the call to the first attempt that has legs; the others follow where that fails."""
        if self.is_over:  # the caller hung up meanwhile
            return
        self._attempts = list(attempts)
        self._timer = self._loop.call_later(self._no_answer_s, self._no_answer)
        self._try_next()

    def refuse(self, cause: Cause) -> None:
        """End it before anybody was tried."""
        self._finish(cause)

    # ---- what legs tell ------------------------------------------------------------------------------

    def leg_ringing(self, leg: Leg) -> None:
        """One of the called is alerted."""
        if leg in self._offered and self.state == "calling":
            self._become("ringing")
            if leg is not self._early:  # whose own tones are heard
                self.calling.ringing()

    def leg_progress(self, leg: Leg) -> None:
        """Early media counts only where one alone is called: nobody can listen to two."""
        if self._offered == [leg]:
            self._early = leg
            self._join(leg)
            self.calling.progress()

    def leg_answered(self, leg: Leg) -> None:
        """The first to answer talks, the others stop ringing."""
        if leg not in self._offered:
            return
        self._offered.remove(leg)
        self._cancel_timer()
        others, self._offered = self._offered, []
        for other in others:
            other.end(Cause.CANCELLED)
        self._called = leg
        self._become("talking")
        self.calling.answer()
        self._join(leg)

    def leg_ended(self, leg: Leg, cause: Cause) -> None:
        """A leg is gone: the call is over, or the next is tried."""
        if self.is_over:
            return
        if leg is self.calling or leg is self._called:
            self._finish(cause, gone=leg)
        elif leg in self._offered:
            self._offered.remove(leg)
            self._early = None
            self._part()
            self._last_cause = _graver(self._last_cause, cause)
            if not self._offered:
                self._after_refusal()

    def leg_media_changed(self, leg: Leg) -> None:
        """Join anew: the old ports on the bridge may be gone."""
        other = self._called or self._early
        if other is not None and leg in (self.calling, other):
            self._join(other)

    def leg_digit(self, leg: Leg, digit: str) -> None:
        """Pass it to the other side, if that can hear already; a telephone that only rings cannot."""
        other = self._other(leg)
        if other is not None and (self._called is not None or self._joined is not None):
            other.send_digit(digit)

    def leg_held(self, leg: Leg, is_held: bool) -> None:
        """One side went away or came back; two may be away at once."""
        other = self._other(leg)
        if other is None:
            return
        if is_held:
            self._holders.add(id(leg))
            self._part()
            other.hold()
        else:
            self._holders.discard(id(leg))
            other.resume()
            self._join(self._called or other)
        self._become("held" if self._holders else "talking")

    # ---- inside ----------------------------------------------------------------------------------------

    def _try_next(self) -> None:
        while self._attempts:
            attempt = self._attempts.pop(0)
            self.via = attempt.via
            self._offered = self._make(attempt)
            if self._offered:
                self._become("calling")
                for leg in list(self._offered):
                    leg.offer(self.caller)
                return
        self._finish(self._last_cause)

    def _make(self, attempt: Attempt) -> list[Leg]:
        legs = []
        for maker in attempt.legs:
            try:
                legs.append(maker(self))
            except LookupError as error:
                _LOG.info("call %d: %s", self.number, error)
        return legs

    def _after_refusal(self) -> None:
        if self._attempts and self._last_cause in _NEXT_ROUTE:
            self._try_next()
        else:
            self._finish(self._last_cause)

    def _no_answer(self) -> None:
        self._last_cause = Cause.NO_ANSWER
        self._finish(Cause.NO_ANSWER)

    def _other(self, leg: Leg) -> Leg | None:
        if leg is self.calling:
            return self._called or (self._offered[0] if len(self._offered) == 1 else None)
        return self.calling if leg is self._called or leg in self._offered else None

    def _join(self, other: Leg) -> None:
        self._part()
        one, two = self.calling.media, other.media
        if one is None or two is None or self._holders:
            return
        self._bridge.join(one, two)
        self._joined = (one, two)

    def _part(self) -> None:
        if self._joined is not None:
            joined, self._joined = self._joined, None
            self._bridge.part(*joined)

    def _finish(self, cause: Cause, gone: Leg | None = None) -> None:
        if self.is_over:
            return
        legs = self.legs
        was_talking = self._called is not None
        self.cause = cause
        self._cancel_timer()
        self._part()
        self._become("ended")
        for leg in legs:
            if leg is not gone:
                leg.end(cause if leg is self.calling or was_talking else Cause.CANCELLED)

    def _become(self, state: str) -> None:
        self.state = state
        self._on_change(self)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _graver(one: Cause, other: Cause) -> Cause:
    """Of several telephones in a group the busy one tells the caller more than the one that was pulled out."""
    ranks = (Cause.BUSY, Cause.REJECTED, Cause.NO_ANSWER)
    if one in ranks and other not in ranks:
        return one
    return other
