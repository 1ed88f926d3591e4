"""Transfers: a party is sent to somebody else, blindly or after a word with them. Knows no telephone and no SIP."""

import logging
from collections.abc import Callable

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.legs import Leg, TransferAsked
from firmware.telephony.pbx.call import Call, WayBack
from firmware.telephony.pbx.seats import Seats
from firmware.telephony.pbx.surroundings import Directory
from firmware.telephony.pbx.switching import Switching
from firmware.telephony.seams import Dialled
from firmware.telephony.summary import Origin

_LOG = logging.getLogger(__name__)

_ACCEPTED, _DECLINED, _GONE = 200, 603, 481


class Transfers:
    """Sends parties on. Whoever transferred is out, unless nobody takes the call: then it comes back."""

    def __init__(self, *, seats: Seats[Call], switching: Switching, directory: Directory) -> None:
        self._seats = seats
        self._switching = switching
        self._directory = directory

    def blind(self, leg: Leg, destination: Destination, extension: str) -> None:
        """Send the other side of `leg` to `destination`, as if `extension` had dialled it; `leg` ends."""
        call = self._seats.call_of(leg)
        peer = call.other(leg) if call else None
        if call is None or peer is None or call.is_emergency:
            _LOG.info("%s has nobody to transfer", leg.name)
            if call is not None and not call.is_emergency:  # the telephone has let go of it
                call.finish(Cause.NORMAL)
            return
        dialled = self._dialled(call, leg, peer, destination, extension)
        call.chronicle.happened(f"transferred:{extension}")
        call.release(leg, Cause.NORMAL)
        self._switching.send_away(call, dialled, WayBack(extension))

    def asked(self, leg: Leg, asked: TransferAsked) -> None:
        """A REFER: the leg lives until the new party answers, and gets its old one back when nobody does."""
        call = self._seats.call_of(leg)
        peer = call.other(leg) if call else None
        if call is None or peer is None:
            asked.report(_GONE)
        elif call.is_emergency or not leg.extension:  # who calls from outside spends nothing of ours
            asked.report(_DECLINED)
        elif asked.replaces is not None:
            asked.report(_ACCEPTED if self.attended(leg, asked.replaces) else _GONE)
        else:
            found = self._directory.dialled(asked.number)
            if isinstance(found, Cause):
                asked.report(found.facts.sip)
            else:
                self._refer(call, leg, peer, found, asked.report)

    def attended(self, first: Leg, second: Leg) -> bool:
        """The other sides of both legs talk to each other, and both legs end; tells whether they do."""
        one, two = self._seats.call_of(first), self._seats.call_of(second)
        if one is None or two is None:
            self._left_alone(first if two is None else second)
            return False
        if one is two or one.is_emergency or two.is_emergency:
            _LOG.info("%s has no two calls to join", first.name)
            return False
        if one.other(first) is None:
            one, first, two, second = two, second, one, first
        if one.other(first) is None:
            one.finish(Cause.NORMAL)
            two.finish(Cause.NORMAL)
            return False
        if two.other(second) is not None:
            self.merge(one, first, two, second)
            return True
        return self._while_ringing(one, first, two, second)

    def merge(self, one: Call, first: Leg, two: Call, second: Leg) -> None:
        """Both calls are answered. The one that runs over a trunk outwards goes on: it is the one that costs."""
        if two.via and not one.via:
            one, first, two, second = two, second, one, first
        peer = two.other(second)
        if peer is None:
            return
        caller, is_calling = two.caller_at(peer), one.is_calling(first)
        _link(one, two, first.extension)
        is_holder = two.take(peer)
        one.release(first, Cause.NORMAL)
        if not is_calling:
            one.send_to(two.destination)
        one.admit(peer, caller, is_holder=is_holder, is_answered=True)
        two.finish(Cause.NORMAL)

    def _left_alone(self, leg: Leg) -> None:
        """The other call ended in the same instant: the telephone has let go of this one, which rings it again."""
        call = self._seats.call_of(leg)
        if call is None or call.is_emergency:
            return
        if call.other(leg) is None:
            call.finish(Cause.NORMAL)
            return
        call.release(leg, Cause.NORMAL)
        call.way_back = WayBack(leg.extension)
        self._switching.fail(call, Cause.NORMAL)

    # ---- inside ------------------------------------------------------------------------------------------

    def _while_ringing(self, one: Call, first: Leg, two: Call, second: Leg) -> bool:
        state, offering = two.state, two.give_offering()
        if offering is None:
            two.finish(Cause.NORMAL)
            one.finish(Cause.NORMAL)
            return False
        _link(one, two, first.extension)
        one.release(first, Cause.NORMAL)
        one.send_to(two.destination)
        one.is_counted = one.is_counted or two.is_counted
        one.way_back = WayBack(first.extension)
        one.wait_with(offering, state)
        two.finish(Cause.NORMAL)
        return True

    def _refer(self, call: Call, leg: Leg, peer: Leg, destination: Destination, report: Callable[[int], None]) -> None:
        dialled = self._dialled(call, leg, peer, destination, leg.extension)
        call.chronicle.happened(f"transferred:{leg.extension}")
        call.put_aside(leg)
        self._switching.send_away(call, dialled, WayBack(leg.extension, leg, report))

    def _dialled(self, call: Call, leg: Leg, peer: Leg, destination: Destination, extension: str) -> Dialled:
        caller = call.caller_at(peer)
        origin = Origin(caller or Caller(), extension, called=destination.value, address=leg.address)
        return Dialled(origin, destination, self._switching.profile(extension))


def _link(one: Call, two: Call, extension: str) -> None:
    word = f"transferred:{extension}"
    one.chronicle.happened(word, linked=two.chronicle.summary.id)
    two.chronicle.happened(word, linked=one.chronicle.summary.id)
