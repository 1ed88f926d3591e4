"""Parking: a call waits in a numbered slot until somebody fetches it. Knows no telephone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from firmware.telephony.events import Cause
from firmware.telephony.legs import Leg
from firmware.telephony.loop import Timer
from firmware.telephony.pbx.call import Call
from firmware.telephony.pbx.equipment import Equipment
from firmware.telephony.pbx.pickup import hand_over
from firmware.telephony.pbx.switching import Switching
from firmware.telephony.seams import Dialled

SLOTS = tuple(str(slot) for slot in range(701, 721))
"""More than the box has voice channels for in any setting that makes sense."""

_RETURNS_MAX = 3  # then nobody wants the call


def slot_for(asked: str, taken: Mapping[str, object]) -> str | None:
    """The slot that `auto` or a number means, None where it is taken or there is none."""
    if asked == "auto":
        return next((slot for slot in SLOTS if slot not in taken), None)
    return asked if asked in SLOTS and asked not in taken else None


@dataclass(eq=False, slots=True)
class _Parked:
    call: Call
    slot: str
    parker: str
    returns: int = 0
    timer: Timer | None = None


class Parking:
    """The car park: slots with calls in them."""

    def __init__(
        self,
        *,
        equipment: Equipment[Call],
        switching: Switching,
        calls: Callable[[], Sequence[Call]],
        park_s: Callable[[], float],
    ) -> None:
        self._own = equipment
        self._switching = switching
        self._calls = calls
        self._park_s = park_s
        self._parked: dict[str, _Parked] = {}

    def __len__(self) -> int:
        return len(self._parked)

    def park(self, call: Call, dialled: Dialled) -> None:
        """Park what the caller of `call` holds, and say the slot; or park its one party, who was sent here."""
        slot = slot_for(dialled.destination.value, self._parked)
        if call.way_back is not None:
            self._park_sent(call, slot)
            return
        held = self._held_by(call.parties[0]) if call.parties else None
        if slot is None or held is None:
            self._switching.fail(call, Cause.UNREACHABLE if slot is None or held is None else Cause.BUSY)
            return
        other, holder = held
        other.release(holder, Cause.NORMAL)
        self._keep(other, slot, holder.extension)
        self._switching.confirm(call, [f"digits/{digit}" for digit in slot])

    def retrieve(self, call: Call, dialled: Dialled) -> None:
        """The caller of `call` talks with whoever is parked there."""
        parked = self._parked.get(dialled.destination.value)
        if parked is None or parked.call is call or len(call.parties) != 1:
            self._switching.fail(call, Cause.UNREACHABLE)
            return
        self._forget(parked)
        hand_over(call, parked.call, call.caller_at(call.parties[0]))

    def changed(self, call: Call) -> None:
        """A parked call ended or was taken."""
        for parked in [each for each in self._parked.values() if each.call is call]:
            if call.is_over or len(call.parties) != 1:
                self._forget(parked)

    # ---- inside ------------------------------------------------------------------------------------------

    def _park_sent(self, call: Call, slot: str | None) -> None:
        back = call.way_back
        if slot is None or back is None:
            self._switching.fail(call, Cause.BUSY)
            return
        call.way_back = None
        back.report(200)
        if back.leg is not None:
            self._own.seats.end(back.leg, Cause.NORMAL)
        self._keep(call, slot, back.extension)

    def _keep(self, call: Call, slot: str, parker: str) -> None:
        call.chronicle.happened(f"parked:{slot}")
        parked = self._parked[slot] = _Parked(call, slot, parker)
        self._wait(parked)

    def _wait(self, parked: _Parked) -> None:
        parked.timer = self._own.later(self._park_s(), lambda: parked.call, lambda: self._ring_back(parked))
        parked.call.wait("parked")

    def _ring_back(self, parked: _Parked) -> None:
        parked.timer = None
        parked.returns += 1
        self._switching.ring_extension(parked.call, parked.parker, lambda call, cause: self._not_taken(parked))

    def _not_taken(self, parked: _Parked) -> None:
        if parked.returns < _RETURNS_MAX:
            self._wait(parked)
        else:
            parked.call.finish(Cause.NO_ANSWER, after_tone=True)

    def _forget(self, parked: _Parked) -> None:
        self._parked.pop(parked.slot, None)
        if parked.timer is not None:
            parked.timer.cancel()

    def _held_by(self, leg: Leg) -> tuple[Call, Leg] | None:
        """The youngest call that the same device has on hold."""
        for other in reversed(self._calls()):
            for party in other.parties:
                is_own = (party.extension, party.address) == (leg.extension, leg.address) and bool(leg.extension)
                if is_own and other.is_holder(party) and other.other(party) and not other.is_emergency:
                    return other, party
        return None
