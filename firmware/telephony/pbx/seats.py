"""Which call each living leg belongs to, and what it costs; ends each leg once. Knows no medium."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from firmware.telephony.events import Cause
from firmware.telephony.legs import Leg
from firmware.telephony.loop import CallLoop, Timer

_LOG = logging.getLogger(__name__)

Owner = TypeVar("Owner")


@dataclass(slots=True)
class _Seat(Generic[Owner]):
    leg: Leg
    call: Owner
    trunk: str
    charge: object | None = None
    metered_from: float = 0.0
    limit: Timer | None = None


class Seats(Generic[Owner]):
    """Every leg that lives. `on_charge(charge, seconds)` is told once for each charge; `on_limit` when time is up."""

    def __init__(
        self, loop: CallLoop, on_charge: Callable[[object, float], None], on_limit: Callable[[Leg], None]
    ) -> None:
        self._loop = loop
        self._on_charge = on_charge
        self._on_limit = on_limit
        self._seats: dict[int, _Seat[Owner]] = {}

    def __len__(self) -> int:
        return len(self._seats)

    def seat(self, leg: Leg, call: Owner, trunk: str = "") -> None:
        """`leg` belongs to `call`; `trunk` names the one that it runs over."""
        self._seats[id(leg)] = _Seat(leg, call, trunk)

    def move(self, leg: Leg, call: Owner) -> None:
        """`leg` belongs to another call now; what it costs goes on."""
        self._seats[id(leg)].call = call

    def call_of(self, leg: Leg) -> Owner | None:
        """Its call, None when it is over."""
        seat = self._seats.get(id(leg))
        return seat.call if seat else None

    def trunk_of(self, leg: Leg) -> str:
        """The trunk that it runs over, "" inside."""
        seat = self._seats.get(id(leg))
        return seat.trunk if seat else ""

    def of_extension(self, number: str) -> list[Leg]:
        """The living legs of an extension."""
        return [seat.leg for seat in self._seats.values() if number and seat.leg.extension == number]

    def meter(self, leg: Leg, charge: object | None, max_s: float | None) -> None:
        """It was answered: it costs from now on, and lasts `max_s` at the most."""
        seat = self._seats[id(leg)]
        seat.charge, seat.metered_from = charge, time.monotonic()
        if max_s is not None:
            seat.limit = self._loop.call_later(max_s, lambda: self._on_limit(leg))

    def charge_nothing(self, charge: object) -> None:
        """A way that was judged but came to nothing."""
        self._on_charge(charge, 0.0)

    def leave(self, leg: Leg) -> bool:
        """The leg is gone by itself; tells whether it was there."""
        seat = self._seats.pop(id(leg), None)
        if seat is None:
            return False
        if seat.limit is not None:
            seat.limit.cancel()
        if seat.charge is not None:
            self._on_charge(seat.charge, time.monotonic() - seat.metered_from)
        return True

    def end(self, leg: Leg, cause: Cause) -> None:
        """Tell the leg that it is over, if it is not gone already."""
        if self.leave(leg):
            try:
                leg.end(cause)
            except Exception:  # whatever one leg does, the others of its call must be ended too
                _LOG.exception("%s did not end", leg.name)
