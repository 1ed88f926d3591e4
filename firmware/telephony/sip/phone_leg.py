"""One side of a call that is an IP telephone: a SIP leg that knows its extension, rings as told, and may transfer."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pjsua2 as pj

from firmware.telephony.events import Caller, Cause
from firmware.telephony.legs import Offered, TransferAsked
from firmware.telephony.sip.call import CallEvent, SipCall, call_param, sip_header
from firmware.telephony.sip.leg import SipLeg
from firmware.telephony.sip.refer import parse_refer_to, sipfrag, subscription_state

_LOG = logging.getLogger(__name__)

_ACCEPTED_BY_US = 299  # image/engine/patches/0005: answered 202, and we do it
_BAD_REQUEST, _DECLINED, _REFUSED = 400, 603, 300
_DISPLAY_MAX = 40


class PhoneCall(SipCall):
    """Adds what trunks are not asked for: REFER, and being held by the far end."""

    def __init__(self, account: Any, post: Callable[[CallEvent], None], call_id: int | None) -> None:
        super().__init__(account, post, call_id)
        self.on_refer: Callable[[str], bool] = lambda refer_to: False
        self._is_held_there = False

    @property
    def dialog(self) -> str:
        """The Call-ID, "" when it is over."""
        try:
            return str(self.getInfo().callIdString)
        except pj.Error:
            return ""

    def notify(self, status: int) -> None:
        """Tell how a transfer gets on (RFC 3515 section 2.4.4)."""
        prm = pj.CallSendRequestParam()
        prm.method = "NOTIFY"
        prm.txOption.headers.append(sip_header("Event", "refer"))
        prm.txOption.headers.append(sip_header("Subscription-State", subscription_state(status)))
        prm.txOption.contentType = "message/sipfrag;version=2.0"
        prm.txOption.msgBody = sipfrag(status)
        try:
            self.sendRequest(prm)
        except pj.Error as error:
            _LOG.debug("transfer's end not told: %s", error.reason)

    def onCallTransferRequest(self, prm: Any) -> None:
        try:
            prm.statusCode = _ACCEPTED_BY_US if self.on_refer(str(prm.dstUri)) else _DECLINED
        except Exception:  # pjsua2 would print and swallow it, and the engine would dial
            _LOG.exception("REFER")
            prm.statusCode = _DECLINED

    def onCallMediaState(self, prm: Any) -> None:
        super().onCallMediaState(prm)
        try:
            info = self.getInfo()
            is_held = any(media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD for media in info.media)
        except pj.Error:
            return
        if is_held != self._is_held_there:
            self._is_held_there = is_held
            self._post(CallEvent("held" if is_held else "resumed"))


@dataclass(frozen=True, slots=True)
class PhoneWay:
    """How an extension's telephones are reached: the registrar's port, what proves that it is us, and the host that
    callers are shown at."""

    registrar_port: int
    token: str
    host: str


class PhoneLeg(SipLeg):
    """As `Leg`. `find` gives another leg of the same extension by its Call-ID."""

    call_class = PhoneCall
    full_status = Cause.NO_CHANNEL.facts.sip  # inside it is congestion

    def __init__(
        self,
        *,
        extension: str,
        find: Callable[["PhoneLeg", str], "PhoneLeg | None"],
        way: PhoneWay | None = None,
        address: str = "",
        **parts: Any,
    ) -> None:
        super().__init__(name=f"IP telephone {extension}".rstrip(), **parts)
        self.extension = extension
        self.address = address
        self._find = find
        self._way = way
        if isinstance(self._call, PhoneCall):
            self._call.on_refer = self._referred

    @property
    def dialog(self) -> str:
        """Its Call-ID."""
        return self._call.dialog if isinstance(self._call, PhoneCall) else ""

    def become(self, extension: str, address: str) -> None:
        """It is known now who calls."""
        self.extension, self.address = extension, address
        self.name = f"IP telephone {extension}"

    def offer(self, offered: Offered) -> None:
        """INVITE to every device of the extension."""
        if self._is_over or self._call is None or self._way is None:
            return
        prm = call_param()
        prm.txOption.localUri = _shown(offered.caller, self._way.host)
        headers = prm.txOption.headers
        headers.append(sip_header("X-Twinline-Token", self._way.token))
        for name, value in _ring_headers(offered, self._way.host):
            headers.append(sip_header(name, value))
        try:
            self._call.makeCall(f"sip:{self.extension}@127.0.0.1:{self._way.registrar_port}", prm)
        except pj.Error as error:
            _LOG.warning("%s: call could not be sent: %s", self.name, error.reason)
            self._loop.post(lambda: self._over(Cause.NETWORK))
            return
        self._watch_for_answer()

    def _take(self, event: CallEvent) -> None:
        if event.kind in ("held", "resumed"):
            if self.events is not None and not self._is_over and self._is_answered:
                self.events.leg_held(self, event.kind == "held")
            return
        super()._take(event)

    def _referred(self, refer_to: str) -> bool:
        """Inside the engine's callback: only whether it makes sense at all is said now."""
        target = parse_refer_to(refer_to)
        if target is None or self._is_over or not self._is_answered:
            return False
        self._loop.post(lambda: self._transfer(target.number, target.replaces))
        return True

    def _transfer(self, number: str, replaced: str) -> None:
        self._report(100)
        if self.events is None or self._is_over:
            self._report(_DECLINED)
            return
        other = self._find(self, replaced) if replaced else None
        if replaced and other is None:
            self._report(481)  # RFC 3891 section 3
            return
        self.events.leg_transfer_asked(self, TransferAsked(number, other, self._report))

    def _report(self, status: int) -> None:
        if isinstance(self._call, PhoneCall):
            self._call.notify(status)


def _shown(caller: Caller, host: str) -> str:
    """From: what the telephone shows; the number is dialled back to `host`."""
    if caller.withheld or not caller.number:
        return '"Anonymous" <sip:anonymous@anonymous.invalid>'
    name = "".join(character for character in caller.name if character.isprintable() and character not in '"\\<>')
    number = "".join(character for character in caller.number if character in "0123456789*+")
    display = name[:_DISPLAY_MAX].strip()
    return (f'"{display}" ' if display else "") + f"<sip:{number or 'anonymous'}@{host}>"


def _ring_headers(offered: Offered, host: str) -> list[tuple[str, str]]:
    """Distinctive ringing and intercom, in the two ways that telephones know (Alert-Info as RFC 3261 section 20.4)."""
    headers = []
    if offered.is_intercom:
        headers.append(("Alert-Info", f"<http://{host}>;info=alert-autoanswer"))
        headers.append(("Call-Info", f"<sip:{host}>;answer-after=0"))
    elif offered.ring:
        ring = "".join(character for character in offered.ring if character.isalnum() and character.isascii())[:8]
        headers.append(("Alert-Info", f"<http://{host}>;info=ring{ring}"))
    if offered.diverted_by:
        headers.append(("Diversion", f"<sip:{offered.diverted_by}@{host}>"))  # RFC 5806
    return headers
