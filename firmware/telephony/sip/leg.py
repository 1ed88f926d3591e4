"""One side of a call over SIP. The pjsua2 call behind it lives and dies on the call thread."""

import logging
from typing import Any

import pjsua2 as pj

from firmware.telephony.events import Cause
from firmware.telephony.legs import LegEvents, Offered
from firmware.telephony.loop import Alarm, CallLoop
from firmware.telephony.sip.call import CallEvent, SipCall, call_param
from firmware.telephony.sip.early import Early
from firmware.telephony.sip.early_watch import EarlyWatch
from firmware.telephony.sip.headers import number_at
from firmware.telephony.sip.holding import Holding
from firmware.telephony.sip.invite_check import has_body, is_100rel_required
from firmware.telephony.sip.quality import leg_quality
from firmware.telephony.summary import LegQuality

_LOG = logging.getLogger(__name__)

# A server that lives says at least 100 to an INVITE within 200 ms (RFC 3261 section 17.2.1). Over UDP four were
# sent by then; Timer B would keep the caller in silence for 32 s.
_TRIED_WITHIN_S = 6.0
_OK = 200


class SipLeg:
    """A call to or from a SIP peer, as a `Leg`. `events` is set by whoever takes it; `invite`: what it came with."""

    call_class: type[SipCall] = SipCall
    makes_own_tones = False
    # A proxy makes 500 of 503 (RFC 3261 section 16.7, item 6) and may take the box for broken: outside it is busy.
    full_status = 486
    extension = ""
    address = ""

    def __init__(
        self,
        *,
        name: str,
        loop: CallLoop,
        account: Any,
        call_id: int | None = None,
        invite: str = "",
    ) -> None:
        self.name = name  # the trunk's, for people
        self._loop = loop
        self._account = account
        self._calls = 0  # the engine's that were made for this leg; the last one counts
        self._call: SipCall | None = self._new_call(call_id)
        self._is_incoming = call_id is not None
        self._is_offered_early = not has_body(invite) and is_100rel_required(invite)
        self._is_early_possible = has_body(invite) or self._is_offered_early
        self._is_answered = False
        self._is_over = False
        self._has_rung = False
        self._holding = Holding(self._changeable_call, name=name, loop=loop, is_called=call_id is not None)
        self._alarm = Alarm(loop)
        self._early = EarlyWatch(loop, self._received, self._early_news)
        self._last_quality: LegQuality | None = None
        self.events: LegEvents | None = None
        self.moved_to = ""

    @property
    def media(self) -> Any | None:
        """The stream on the bridge while there is one."""
        return self._call.audio if self._call else None

    @property
    def codec(self) -> str:
        """Codec of the stream, as SDP names it."""
        return self._call.codec if self._call else ""

    def quality(self) -> LegQuality | None:
        """How it sounds, or sounded, here; None before there was audio."""
        figures = self._call.rtp_figures() if self._call else None
        if figures is not None:
            self._last_quality = leg_quality(figures)
        return self._last_quality

    @property
    def is_gone(self) -> bool:
        """Nothing of it is left on the engine."""
        return self._call is None

    # ---- what the exchange asks --------------------------------------------------------------------

    def offer(self, offered: Offered) -> None:
        """Whom a leg calls, and how, its kind knows."""

    def ringing(self) -> None:
        """180 Ringing, once."""
        if not self._has_rung:
            self._has_rung = True
            if self._is_offered_early:
                self._respond(183)  # RFC 3262 section 5: the first reliable answer has our offer; pjsip's 180 has none
            self._respond(180)

    def progress(self) -> None:
        """183 with SDP: what the called side says now is heard, where the far end can be told of it before 200."""
        # An offer of ours has to go reliably, RFC 3261 section 13.2.1.
        if self._is_early_possible:
            self._respond(183)
        else:
            self.ringing()

    def answer(self) -> None:
        """200 OK."""
        self._is_answered = True
        self._respond(_OK)

    def end(self, cause: Cause) -> None:
        """BYE, CANCEL, or the cause's status, whichever fits; the far end's answer is not waited for."""
        self._is_over = True
        self._stop_waiting()
        if self._call is None:
            return
        prm = pj.CallOpParam()
        if self._is_incoming and not self._is_answered:
            prm.statusCode = self.full_status if cause is Cause.NO_CHANNEL else cause.facts.sip
        try:
            self._call.hangup(prm)
        except pj.Error as error:
            _LOG.debug("%s: hang up: %s", self.name, error.reason)

    def reject(self, status: int) -> None:
        """Refuse an incoming call before anybody takes it."""
        self._respond(status)
        self._is_over = True

    def hold(self) -> None:
        """re-INVITE with sendonly, as soon as the session may be changed."""
        self._holding.want(True)

    def resume(self) -> None:
        """re-INVITE with sendrecv, as soon as the session may be changed."""
        self._holding.want(False)

    def send_digit(self, digit: str) -> None:
        """RFC 4733; a peer that does not know it hears a tone."""
        if self._call is None or self._is_over:
            return
        try:
            self._call.dialDtmf(digit)
        except pj.Error as error:
            _LOG.debug("%s: digit as a tone: %s", self.name, error.reason)
            self._call.play_digit(digit)

    # ---- what pjsua2 tells, on the call thread but outside its callbacks ----------------------------

    def _new_call(self, call_id: int | None = None) -> SipCall:
        self._calls += 1
        number = self._calls  # not the call itself: in a ring of references it would die on any thread
        return self.call_class(self._account, lambda event: self._loop.post(lambda: self._told(number, event)), call_id)

    def _told(self, number: int, event: CallEvent) -> None:
        if number == self._calls:
            self._take(event)

    def _take(self, event: CallEvent) -> None:
        if event.kind == "ended":
            self._over(Cause.from_sip(event.status))
        elif self._is_over or self.events is None:
            return
        elif event.kind == "tried":
            self._tried()
        elif event.kind == "ringing":
            self._early.rang()
        elif event.kind == "answered":
            self._answered(self.events)
        elif event.kind == "unagreed":
            self._unanswerable()
        elif event.kind == "renegotiated":
            self._holding.told(event.status)
        elif event.kind == "media":
            if not self._is_answered and not self._is_incoming and self.media is not None:
                self._early.streamed()
            self.events.leg_media_changed(self)
        elif event.kind == "digit":
            self.events.leg_digit(self, event.digit)

    def _received(self) -> int:
        figures = self._call.rtp_figures() if self._call else None
        return figures.received if figures else 0

    def _early_news(self, news: Early) -> None:
        if self._is_over or self.events is None:
            return
        if news is Early.RINGS:
            self.events.leg_ringing(self)
        elif news is Early.HEARD:
            self.events.leg_progress(self)
        else:
            self.events.leg_silent(self)

    def _answered(self, events: LegEvents) -> None:
        self._tried()
        self._early.stop()
        self._is_answered = True
        if not self._is_incoming:
            events.leg_answered(self)
        self._holding.go_on()  # what was wanted before the ACK

    def _over(self, cause: Cause) -> None:
        was_over, self._is_over = self._is_over, True
        self.quality()  # the last that is known of it
        if self._call is not None and self._call.moved_to:
            self.moved_to = self._number_there(self._call.moved_to)
        if cause is Cause.MOVED and not self.moved_to:
            cause = Cause.UNREACHABLE
        self._call = None
        self._stop_waiting()
        if not was_over and self.events is not None:
            self.events.leg_ended(self, cause)

    def _number_there(self, uri: str) -> str:
        """Where the far end sends the call, "" where the box does not go."""
        return number_at(uri)[0]

    def _respond(self, status: int) -> None:
        if not self._is_incoming or self._call is None or self._is_over:
            return
        prm = call_param()
        prm.statusCode = status
        try:
            self._call.answer(prm)
        except pj.Error as error:
            # The far end may be quicker: its CANCEL has ended what would be answered.
            _LOG.debug("%s: %d not sent: %s", self.name, status, error.reason)
            if status == _OK:  # nobody would ever be heard
                self._loop.post(self._unanswerable)

    def _unanswerable(self) -> None:
        if not self._is_over:
            self._is_answered = False  # so that the far end is told why
            self._give_up(Cause.MEDIA)

    # ---- silence -------------------------------------------------------------------------------------

    def _watch_for_answer(self) -> None:
        self._alarm.set(_TRIED_WITHIN_S, self._nobody_there)

    def _tried(self) -> None:
        if not self._is_answered:
            self._alarm.clear()

    def _nobody_there(self) -> None:
        if self._is_over:
            return
        self._give_up(Cause.TIMEOUT)

    def _give_up(self, cause: Cause) -> None:
        self.end(cause)
        if self.events is not None:
            self.events.leg_ended(self, cause)

    def _changeable_call(self) -> SipCall | None:
        return self._call if self._is_answered and not self._is_over else None

    def _stop_waiting(self) -> None:
        self._alarm.clear()
        self._holding.stop()
        self._early.stop()
