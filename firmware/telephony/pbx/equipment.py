"""What all calls of the exchange share, handed to each by the exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from firmware.telephony.legs import LegEvents
from firmware.telephony.loop import CallLoop, Timer
from firmware.telephony.pbx.seats import Owner, Seats
from firmware.telephony.pbx.wiring import Wiring
from firmware.telephony.sounds import Sounds
from firmware.telephony.summary import CallSummary


@dataclass(frozen=True, slots=True)
class Equipment(Generic[Owner]):
    """`within(call, action)` does something for a call and ends the call if that fails."""

    loop: CallLoop
    seats: Seats[Owner]
    wiring: Wiring
    sounds: Sounds
    events: LegEvents
    wall: Callable[[], float]
    on_change: Callable[[Owner], None]
    on_summary: Callable[[CallSummary], None]
    within: Callable[[Owner, Callable[[], object]], None]

    def later(self, delay_s: float, call: Callable[[], Owner], action: Callable[[], object]) -> Timer:
        """Do something for a call after a while; which call that is, is asked then."""
        return self.loop.call_later(delay_s, lambda: self.within(call(), action))
