"""Three-way conferences: two calls of one telephone whose other sides hear each other too. Knows no telephone."""

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.telephony.events import Cause
from firmware.telephony.legs import Leg
from firmware.telephony.pbx.call import Call
from firmware.telephony.pbx.equipment import Equipment
from firmware.telephony.pbx.transfers import Transfers
from firmware.telephony.pbx.wiring import Pair


@dataclass(eq=False, slots=True)
class _Conference:
    """`gone` are the telephone's own legs that hung up."""

    calls: tuple[Call, Call]
    hubs: tuple[Leg, Leg]
    gone: set[Leg] = field(default_factory=set)

    def pairs(self) -> list[Pair]:
        """The two outer sides, while all talk."""
        peers = [call.other(hub) for call, hub in zip(self.calls, self.hubs, strict=True)]
        if None in peers or any(call.is_held for call in self.calls):
            return []
        return [(peers[0].media, peers[1].media)] if peers[0] and peers[1] else []


class Conferences:
    """Those that go on. `is_kept` says whether the outer two stay together when the telephone hangs up."""

    def __init__(self, *, equipment: Equipment[Call], transfers: Transfers, is_kept: Callable[[], bool]) -> None:
        self._own = equipment
        self._transfers = transfers
        self._is_kept = is_kept
        self._conferences: list[_Conference] = []

    def __len__(self) -> int:
        return len(self._conferences)

    def start(self, first: Leg, second: Leg) -> bool:
        """Join the calls of two legs of one telephone; False where they are not two answered calls."""
        one, two = self._own.seats.call_of(first), self._own.seats.call_of(second)
        if one is None or two is None or one is two or one.is_emergency or two.is_emergency:
            return False
        if one.other(first) is None or two.other(second) is None or self._of(first) or self._of(second):
            return False
        one.held(first, False)
        two.held(second, False)
        one.chronicle.happened("conference", linked=two.chronicle.summary.id)
        two.chronicle.happened("conference", linked=one.chronicle.summary.id)
        self._conferences.append(_Conference((one, two), (first, second)))
        self.changed(one)
        return True

    def changed(self, call: Call) -> None:
        """A call changed: whoever is left hears whom there is."""
        for conference in [each for each in self._conferences if call in each.calls]:
            if any(each.is_over or not each.other(hub) for each, hub in _sides(conference)):
                self._own.wiring.want(conference, ())
                if not conference.gone:
                    self._conferences.remove(conference)
            else:
                self._own.wiring.want(conference, conference.pairs())

    def keeps(self, leg: Leg, cause: Cause) -> bool:
        """The telephone hung up one leg: True where the others go on, and this is seen to here."""
        conference = self._of(leg)
        if conference is None or leg not in conference.hubs or not self._is_kept() or cause is not Cause.NORMAL:
            return False
        conference.gone.add(leg)
        if len(conference.gone) == 1:  # its other leg is reported next, unless only this one was dropped
            self._own.loop.post(lambda: self._settle(conference))
        return True

    def _settle(self, conference: _Conference) -> None:
        if conference in self._conferences:
            self._conferences.remove(conference)
        self._own.wiring.want(conference, ())
        if len(conference.gone) == 2 and not any(call.is_over for call in conference.calls):
            (one, two), (first, second) = conference.calls, conference.hubs
            self._transfers.merge(one, first, two, second)
            return
        for call, hub in _sides(conference):
            if hub in conference.gone:
                call.lost(hub, Cause.NORMAL)

    def _of(self, leg: Leg) -> _Conference | None:
        return next((each for each in self._conferences if leg in each.hubs), None)


def _sides(conference: _Conference) -> list[tuple[Call, Leg]]:
    return list(zip(conference.calls, conference.hubs, strict=True))
