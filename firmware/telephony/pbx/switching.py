"""The way of a call from what was dialled to who rings: seams, channels, directory. Knows no medium."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from firmware.telephony.events import Cause, Destination
from firmware.telephony.extension import Extension
from firmware.telephony.legs import Leg, LegEvents, Offered
from firmware.telephony.pbx import channels
from firmware.telephony.pbx.attempts import Attempt, Candidate, Terms
from firmware.telephony.pbx.call import Call, WayBack
from firmware.telephony.pbx.equipment import Equipment
from firmware.telephony.pbx.rounds import recognised, redirected
from firmware.telephony.pbx.surroundings import Surroundings
from firmware.telephony.seams import Confirm, Dialled, Offer, Redirect, Refuse
from firmware.telephony.sights import Counted, Failed, LeftOut, Sent, Turned

_LOG = logging.getLogger(__name__)

_UNANSWERED = frozenset({Cause.BUSY, Cause.NO_ANSWER, Cause.UNREACHABLE, Cause.REJECTED})
# Who has to be helped does not wait for a trunk that says nothing: 3 s, then the next one is tried beside it.
_HURRY_S = 3.0


Service = Callable[[Call, Dialled], None]


class Switching:
    """Finds who rings for a call, and where it goes when they do not answer."""

    def __init__(
        self,
        surroundings: Surroundings,
        equipment: Equipment[Call],
        *,
        conversations: Callable[[], Sequence[channels.Conversation]],
        preempt: Callable[[int], None],
    ) -> None:
        self._directory = surroundings.directory
        self._seams = surroundings.seams
        self._limits = surroundings.limits
        self._own = equipment
        self._conversations = conversations
        self._preempt = preempt
        self.services: Mapping[str, Service] = {}

    def profile(self, number: str) -> Extension | None:
        """What is set for an extension, None for "" too."""
        return self._directory.extension(number) if number else None

    def dial(self, call: Call, dialled: Dialled) -> None:
        """Send the call to what was dialled, or to where the features send it."""
        self._go(call, dialled, Redirect(dialled.destination))

    def confirm(self, call: Call, prompts: Sequence[str] = ()) -> None:
        """Let the caller hear prompts, or the confirmation tone, and end."""

        def make(events: LegEvents) -> Leg:
            return self._own.sounds.announcement(prompts, events)

        terms = Terms(lambda candidate: Offered(call.caller), self.fail, self._limits().no_answer_s)
        call.ring([Attempt([Candidate(make)])], terms)

    def ring_extension(self, call: Call, number: str, on_failed: Callable[[Call, Cause], None]) -> None:
        """Ring an extension for a call that comes back to it: no feature is asked, and nothing is forwarded."""
        party = call.parties[0]
        origin = replace(call.origin, caller=call.caller_at(party))
        destination = Destination("extension", number)
        found = self._directory.attempts(destination, Dialled(origin, destination))
        is_free = not self._own.seats.of_extension(number)
        if isinstance(found, Cause) or not is_free:
            on_failed(call, found if isinstance(found, Cause) else Cause.BUSY)
            return
        offered = Offered(origin.caller)
        call.ring(found, Terms(lambda candidate: offered, on_failed, self._no_answer_s(self.profile(number))))

    def fail(self, call: Call, cause: Cause) -> None:
        """Nobody took it: it goes back to whoever sent it there, or ends with the cause's tone."""
        call.tell(Failed(cause))
        back, call.way_back = call.way_back, None
        if back is None or not call.parties:
            call.finish(cause, after_tone=True)
            return
        back.report(cause.facts.sip)
        if back.leg is not None:
            call.admit(back.leg, call.caller_at(back.leg), is_answered=True)
        elif back.extension:
            self.ring_extension(call, back.extension, lambda call, _: call.finish(cause, after_tone=True))
        else:
            call.finish(cause, after_tone=True)

    def send_away(self, call: Call, dialled: Dialled, back: WayBack) -> None:
        """The one party that is left is sent to what `back` dialled for it."""
        call.way_back = back
        call.rounds = 0
        call.wait("calling")
        self.dial(call, dialled)

    # ---- inside ------------------------------------------------------------------------------------------

    def _go(self, call: Call, dialled: Dialled, verdict: Redirect | Refuse | Confirm | None) -> None:
        while isinstance(verdict, Redirect):
            found = redirected(dialled, verdict, call.rounds)
            is_first, call.rounds = not call.rounds, call.rounds + 1
            if isinstance(found, Cause):
                verdict = Refuse(found)
                break
            if not is_first:
                call.tell(Sent(verdict.destination, self._seams.decider, verdict.by))
            if call.is_over:  # whoever watches it wanted no more
                return
            if verdict.by:
                call.chronicle.happened(f"forwarded:{verdict.by}")
            dialled = recognised(found, self._limits().emergency)
            call.send_to(dialled.destination)
            is_emergency = dialled.destination.kind == "emergency"
            verdict = None if is_emergency else self._seams.dialled(dialled)
        if isinstance(verdict, Refuse):
            self._refuse(call, verdict)
        elif isinstance(verdict, Confirm):
            self.confirm(call, verdict.prompts)
        else:
            self._place(call, dialled)

    def _refuse(self, call: Call, verdict: Refuse) -> None:
        _LOG.info("call %d is refused: %s", call.number, verdict.words or verdict.cause.facts.words)
        call.tell(Turned(verdict.cause, self._seams.decider, verdict.words))
        self.fail(call, verdict.cause)

    def _forward(self, call: Call, dialled: Dialled, verdict: Redirect, number: str) -> None:
        self._go(call, dialled, replace(verdict, by=verdict.by or number))

    def _no_answer_s(self, profile: Extension | None) -> float:
        return (profile.no_answer_s if profile else None) or self._limits().no_answer_s

    def _place(self, call: Call, dialled: Dialled) -> None:
        destination = dialled.destination
        if destination.kind == "emergency":
            self._place_emergency(call, dialled)
            return
        if destination.kind in self.services:
            self.services[destination.kind](call, dialled)
            return
        if not self._has_channel(call, dialled):
            return
        if destination.kind in ("extension", "intercom"):
            self._place_extension(call, dialled)
            return
        found = self._directory.attempts(destination, dialled)
        if isinstance(found, Cause):
            self._unanswered(dialled, None, call, found)
            return
        self._ring(call, dialled, None, found)

    def _has_channel(self, call: Call, dialled: Dialled) -> bool:
        """Count the call; one that finds no channel is sent on or ended here."""
        if call.is_counted or not channels.counts(dialled.destination.kind):
            return True
        if channels.used(self._conversations()) < self._limits().voice_channels:
            call.is_counted = True
            call.tell(Counted())
            return True
        instead = None if dialled.origin.extension else self._directory.when_full(dialled.origin)
        if instead is None:
            self.fail(call, Cause.NO_CHANNEL)
            return False
        call.is_counted = channels.counts(instead.kind)  # the owner of the box wants it there, full or not
        self.dial(call, replace(dialled, destination=instead))
        return False

    def _place_extension(self, call: Call, dialled: Dialled) -> None:
        number = dialled.destination.value
        is_intercom = dialled.destination.kind == "intercom"
        profile = self._directory.extension(number)
        if is_intercom and not dialled.origin.extension:
            self.fail(call, Cause.REJECTED)
            return
        offer = None
        if profile is not None:
            is_intercom = is_intercom and profile.is_intercom_allowed  # who does not allow it is rung
            offer = Offer(dialled.origin, profile, dialled.origin.caller, dialled.via, is_intercom=is_intercom)
            verdict = self._seams.offered(offer)
            if isinstance(verdict, Redirect):
                self._forward(call, dialled, verdict, number)
                return
            if isinstance(verdict, Refuse):
                self._refuse(call, verdict)
                return
            offer = verdict
        is_busy = self._in_emergency(number)
        found = Cause.BUSY if is_busy else self._directory.attempts(Destination("extension", number), dialled)
        if isinstance(found, Cause):
            self._unanswered(dialled, offer, call, found)
        else:
            self._ring(call, dialled, offer, found)

    def _ring(self, call: Call, dialled: Dialled, offer: Offer | None, attempts: Sequence[Attempt]) -> None:
        is_paced = any(attempt.ring_s is not None for attempt in attempts)
        no_answer_s = self._no_answer_s(offer.extension if offer else None)
        answers: dict[str, Offered | Cause] = {} if offer is None else {offer.extension.number: _offered(offer)}
        terms = Terms(
            partial(self._offer_to, call, dialled, answers),
            partial(self._unanswered, dialled, offer),
            None if is_paced else no_answer_s,
        )
        call.ring(attempts, terms)

    def _offer_to(
        self, call: Call, dialled: Dialled, answers: dict[str, Offered | Cause], candidate: Candidate
    ) -> Offered | Cause:
        """What a candidate is told; the features are asked once for each extension of a group."""
        profile = candidate.extension
        if profile is None:
            return Offered(dialled.origin.caller, diverted_by=dialled.via[-1] if dialled.via else "")
        if profile.number not in answers:
            answers[profile.number] = self._offer_to_member(call, dialled, profile)
        return answers[profile.number]

    def _offer_to_member(self, call: Call, dialled: Dialled, profile: Extension) -> Offered | Cause:
        if self._in_emergency(profile.number):
            return Cause.BUSY
        verdict = self._seams.offered(Offer(dialled.origin, profile, dialled.origin.caller, dialled.via, True))
        if isinstance(verdict, Offer):
            return _offered(verdict)
        refused = verdict if isinstance(verdict, Refuse) else Refuse(Cause.UNREACHABLE)
        call.tell(LeftOut(profile.number, refused.cause, refused.words))
        return refused.cause

    def _unanswered(self, dialled: Dialled, offer: Offer | None, call: Call, cause: Cause) -> None:
        """Nobody took it: on to where the called side, the extension or the group sends such calls."""
        verdict: Redirect | Refuse | None = None
        if cause is Cause.MOVED:
            verdict = self._moved(dialled, offer, call)
        elif offer is not None and not offer.is_intercom and cause in _UNANSWERED:
            verdict = self._seams.unanswered(offer, cause)
        instead = self._directory.otherwise(dialled.destination) if dialled.destination.kind == "group" else None
        if isinstance(verdict, Redirect) and offer is not None:
            self._forward(call, dialled, verdict, offer.extension.number)
        elif verdict is not None:
            self._go(call, dialled, verdict)
        elif instead is not None:
            self.dial(call, replace(dialled, destination=instead))
        else:
            self.fail(call, cause)

    def _moved(self, dialled: Dialled, offer: Offer | None, call: Call) -> Redirect | Refuse | None:
        """The called side names a number (RFC 3261 section 21.3): an IP telephone that forwards by itself, a provider.
        It is judged as if whoever pays for it had dialled it."""
        number = call.offering.moved_to if call.offering else ""
        if not number or dialled.destination.kind not in ("extension", "number"):
            return None
        self._seams.decider = ""
        if offer is None:
            return Redirect(Destination("number", number))
        found = self._directory.dialled(number) if not offer.is_intercom else Cause.MOVED
        return Refuse(found) if isinstance(found, Cause) else Redirect(found)

    def _place_emergency(self, call: Call, dialled: Dialled) -> None:
        call.is_emergency = True
        found = self._directory.attempts(dialled.destination, dialled)
        if isinstance(found, Cause):
            self.fail(call, found)
            return
        needed = next((attempt.via for attempt in found[:1] if attempt.is_exclusive), "")
        victim = channels.gives_way(self._conversations(), self._limits().voice_channels, needed)
        if victim is not None:
            self._preempt(victim)
        offered = Offered(dialled.origin.caller)
        call.ring(found, Terms(lambda candidate: offered, self.fail, None, _HURRY_S, self._clear))

    def _clear(self, trunk: str) -> None:
        """An emergency call needs this trunk for itself."""
        victim = channels.on_trunk(self._conversations(), trunk)
        if victim is not None:
            self._preempt(victim)

    def _in_emergency(self, number: str) -> bool:
        calls = (self._own.seats.call_of(leg) for leg in self._own.seats.of_extension(number))
        return any(call is not None and call.is_emergency for call in calls)


def _offered(offer: Offer) -> Offered:
    return Offered(offer.caller, offer.ring, offer.is_intercom, offer.via[-1] if offer.via else "")
