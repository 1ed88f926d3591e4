"""The PBX core: takes calls from legs, and every event of a leg to its call. Knows no SIP and no line."""

import itertools
import logging
import time
from collections.abc import Callable

from firmware.telephony.events import Cause, Destination
from firmware.telephony.legs import Leg, LegEvents, TransferAsked
from firmware.telephony.loop import CallLoop
from firmware.telephony.pbx.call import Call
from firmware.telephony.pbx.channels import Conversation, used
from firmware.telephony.pbx.equipment import Equipment
from firmware.telephony.pbx.functions import Functions
from firmware.telephony.pbx.offering import Offering
from firmware.telephony.pbx.seats import Seats
from firmware.telephony.pbx.surroundings import Surroundings
from firmware.telephony.pbx.switching import Switching
from firmware.telephony.pbx.wiring import Bridge, Wiring
from firmware.telephony.seams import Dialled
from firmware.telephony.sights import Witness, unseen
from firmware.telephony.sounds import Silence, Sounds
from firmware.telephony.summary import CallSummary, Origin

_LOG = logging.getLogger(__name__)


class Exchange:
    """All calls of the box, and the events of all legs. Every method belongs to the call thread."""

    def __init__(
        self,
        *,
        loop: CallLoop,
        bridge: Bridge,
        surroundings: Surroundings,
        on_change: Callable[[], None],
        sounds: Sounds | None = None,
        on_summary: Callable[[CallSummary], None] = lambda summary: None,
        on_charge: Callable[[object, float], None] = lambda charge, seconds: None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._loop = loop
        self._on_change = on_change
        self._seams = surroundings.seams
        self._numbers = itertools.count(1)
        self._calls: dict[int, Call] = {}
        self._seats: Seats[Call] = Seats(loop, on_charge, self._time_is_up)
        self._own = Equipment(
            loop=loop,
            seats=self._seats,
            wiring=Wiring(bridge),
            sounds=sounds or Silence(),
            events=self,
            wall=wall,
            on_change=self._changed,
            on_summary=on_summary,
            within=self._in,
        )
        self._switching = Switching(surroundings, self._own, conversations=self._conversations, preempt=self._preempt)
        self._functions = Functions(surroundings, self._own, self._switching, calls=lambda: self.calls)
        self._switching.services = self._functions.services

    @property
    def calls(self) -> list[Call]:
        """Calls that are up, oldest first."""
        return list(self._calls.values())

    @property
    def channels_used(self) -> int:
        """Voice channels in use; an emergency call is never counted."""
        return used(self._conversations())

    def originate(self, leg: Leg, destination: Destination, origin: Origin, witness: Witness = unseen) -> LegEvents:
        """Start a call from `leg`. What goes wrong reaches `leg.end`, never the one who asks."""
        self._loop.check_thread()
        call = Call(next(self._numbers), leg, destination, origin, equipment=self._own)
        call.tell = witness
        self._calls[call.number] = call
        dialled = Dialled(origin, destination, self._switching.profile(origin.extension))
        # Later, so that the leg knows to whom it reports before anything is said to it.
        self._loop.post(lambda: self._in(call, lambda: self._switching.dial(call, dialled)))
        return self

    # ---- what telephones ask ---------------------------------------------------------------------------

    def transfer_blind(self, leg: Leg, destination: Destination, origin_extension: str) -> None:
        """Send the other side of `leg` to `destination`, judged as if `origin_extension` dialled it; `leg` ends."""
        self._at(leg, lambda call: self._functions.transfers.blind(leg, destination, origin_extension))

    def transfer_attended(self, first: Leg, second: Leg) -> None:
        """The other sides of two legs of one telephone talk to each other, and both legs end."""
        leg = first if self._seats.call_of(first) is not None else second
        self._at(leg, lambda call: self._functions.transfers.attended(first, second))

    def conference(self, first: Leg, second: Leg) -> None:
        """All on two legs of one telephone hear each other."""
        self._at(first, lambda call: self._functions.conferences.start(first, second))

    def end_all(self, cause: Cause) -> None:
        """End every call, as at shutdown."""
        for call in self.calls:
            self._in(call, lambda call=call: call.finish(cause))  # type: ignore[misc]

    # ---- what legs tell ----------------------------------------------------------------------------------

    def leg_ringing(self, leg: Leg) -> None:
        """See `LegEvents`."""
        self._rung(leg, lambda offering: offering.leg_ringing(leg))

    def leg_progress(self, leg: Leg) -> None:
        """See `LegEvents`."""
        self._rung(leg, lambda offering: offering.leg_progress(leg))

    def leg_silent(self, leg: Leg) -> None:
        """See `LegEvents`."""
        self._rung(leg, lambda offering: offering.leg_silent(leg))

    def leg_answered(self, leg: Leg) -> None:
        """See `LegEvents`."""
        self._rung(leg, lambda offering: offering.leg_answered(leg))

    def leg_ended(self, leg: Leg, cause: Cause) -> None:
        """See `LegEvents`."""

        def lose(call: Call) -> None:
            is_kept = self._functions.conferences.keeps(leg, cause)
            self._seats.leave(leg)
            if not is_kept:
                call.lost(leg, cause)

        self._at(leg, lose)

    def leg_media_changed(self, leg: Leg) -> None:
        """See `LegEvents`."""
        self._at(leg, lambda call: self._media_changed(call, leg))

    def leg_digit(self, leg: Leg, digit: str) -> None:
        """See `LegEvents`."""
        self._at(leg, lambda call: call.digit(leg, digit))

    def leg_held(self, leg: Leg, is_held: bool) -> None:
        """See `LegEvents`."""
        self._at(leg, lambda call: call.held(leg, is_held))

    def leg_transfer_asked(self, leg: Leg, asked: TransferAsked) -> None:
        """See `LegEvents`."""
        self._at(leg, lambda call: self._functions.transfers.asked(leg, asked))

    # ---- inside ------------------------------------------------------------------------------------------

    def _at(self, leg: Leg, action: Callable[[Call], object]) -> None:
        """Do it for the leg's call; a leg whose call is over has nothing to say any more."""
        self._loop.check_thread()
        call = self._seats.call_of(leg)
        if call is not None:
            self._in(call, lambda: action(call))

    def _rung(self, leg: Leg, action: Callable[[Offering[Call]], object]) -> None:
        """Do it for the offering of which it is one."""

        def tell(call: Call) -> None:
            if call.offering is not None and leg in call.offering.legs:
                action(call.offering)

        self._at(leg, tell)

    def _in(self, call: Call, action: Callable[[], object]) -> None:
        """A fault of ours must not leave a call up that nobody can end: it ends like any other that failed."""
        if call.is_over:
            return
        try:
            action()
        except Exception:
            _LOG.exception("call %d failed", call.number)
            call.finish(Cause.FAILED)

    def _media_changed(self, call: Call, leg: Leg) -> None:
        call.media_changed(leg)
        self._functions.conferences.changed(call)

    def _preempt(self, number: int) -> None:
        self._calls[number].finish(Cause.PREEMPTED)

    def _time_is_up(self, leg: Leg) -> None:
        self._at(leg, lambda call: call.finish(Cause.BARRED))

    def _conversations(self) -> list[Conversation]:
        return [
            Conversation(call.number, call.trunks, call.is_counted, call.is_emergency) for call in self._calls.values()
        ]

    def _changed(self, call: Call) -> None:
        self._functions.changed(call)
        if call.is_over and self._calls.pop(call.number, None) is not None:
            words = call.cause.facts.words if call.cause else ""
            _LOG.info("call %d to %s ended: %s", call.number, call.destination.kind, words)
            summary = call.chronicle.end(call.cause or Cause.FAILED)
            if summary is not None and not call.is_emergency:
                self._seams.ended(summary)
        self._on_change()
