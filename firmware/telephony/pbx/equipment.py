"""What all calls of the exchange share, handed to each by the exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.telephony.legs import LegEvents
from firmware.telephony.loop import CallLoop, Timer
from firmware.telephony.pbx.seats import Seats
from firmware.telephony.pbx.wiring import Wiring
from firmware.telephony.sounds import Sounds
from firmware.telephony.summary import CallSummary

if TYPE_CHECKING:
    from firmware.telephony.pbx.call import Call


@dataclass(frozen=True, slots=True)
class Equipment:
    """`within(call, action)` does something for a call and ends the call if that fails."""

    loop: CallLoop
    seats: Seats
    wiring: Wiring
    sounds: Sounds
    events: LegEvents
    wall: Callable[[], float]
    on_change: Callable[["Call"], None]
    on_summary: Callable[[CallSummary], None]
    within: Callable[["Call", Callable[[], object]], None]

    def later(self, delay_s: float, call: Callable[[], "Call"], action: Callable[[], object]) -> Timer:
        """Do something for a call after a while; which call that is, is asked then."""
        return self.loop.call_later(delay_s, lambda: self.within(call(), action))
