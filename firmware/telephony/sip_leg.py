"""One side of a call over SIP. The pjsua2 call behind it lives and dies on the call thread."""

import functools
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pjsua2 as pj

from firmware.telephony.events import Caller, Cause
from firmware.telephony.legs import LegEvents
from firmware.telephony.loop import CallLoop

_LOG = logging.getLogger(__name__)
_ADDRESS = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|([^"<]*?))\s*<?(?:sips?|tel):([^@;>\s]*)')
_DIGITS = frozenset("0123456789*#ABCD")
_NAME_CAP = 64  # characters of a display name that anything here shows; SIP sets no limit
_NUMBER_CAP = 32


def caller_of(message: str) -> Caller:
    """Who calls, by an INVITE's text: P-Asserted-Identity before From (RFC 3325), Privacy (RFC 3323) kept."""
    headers = message.split("\r\n\r\n", 1)[0]
    asserted = _header(headers, "P-Asserted-Identity")
    caller = _parse_address(asserted or _header(headers, "From", "f"))
    privacy = {token.strip().lower() for token in _header(headers, "Privacy").split(";")}
    is_anonymous = caller.number.lower() in ("anonymous", "restricted", "unavailable")
    if privacy & {"id", "user", "header"} or is_anonymous:
        return Caller(withheld=True)
    return caller


def _header(headers: str, *names: str) -> str:
    for name in names:
        match = re.search(rf"^{name}[ \t]*:[ \t]*(.*)$", headers, re.IGNORECASE | re.MULTILINE)
        if match:
            return match.group(1).strip()
    return ""


def _parse_address(value: str) -> Caller:
    match = _ADDRESS.match(value)
    if match is None:
        return Caller()
    name = match.group(1) or match.group(2) or ""
    name = "".join(c for c in re.sub(r"\\(.)", r"\1", name) if c.isprintable())
    return Caller(number=match.group(3)[:_NUMBER_CAP], name=name[:_NAME_CAP].strip())


@dataclass(frozen=True, slots=True)
class SipIdentity:
    """How a call shows its caller outside: our account's address, what is asserted, whether it is withheld."""

    uri: str
    number: str = ""
    is_withheld: bool = False


_Callback = Callable[["_Call", Any], None]


def _guarded(callback: _Callback) -> _Callback:
    """pjsua2 prints and swallows what a callback raises; the log should have it."""

    @functools.wraps(callback)
    def call(self: "_Call", prm: Any) -> None:
        try:
            callback(self, prm)
        except Exception:
            _LOG.exception("SIP callback %s", callback.__name__)

    return call


class SipLeg:
    """A call to or from a SIP peer, as a `Leg`. `events` is set by whoever takes it."""

    def __init__(self, *, name: str, loop: CallLoop, account: Any, call_id: int | None = None) -> None:
        self._name = name
        self._loop = loop
        self._call: _Call | None = _Call(account, self._post, call_id)
        self._is_incoming = call_id is not None
        self._is_answered = False
        self._is_over = False
        self._has_rung = False
        self.events: LegEvents | None = None

    @property
    def name(self) -> str:
        """The trunk's name, for people."""
        return self._name

    @property
    def media(self) -> Any | None:
        """The stream on the bridge while there is one."""
        return self._call.audio if self._call else None

    @property
    def codec(self) -> str:
        """Codec of the stream, as SDP names it."""
        return self._call.codec if self._call else ""

    # ---- what the exchange asks --------------------------------------------------------------------

    def invite(self, target: str, identity: SipIdentity) -> None:
        """Call `target` (a SIP URI). A failure to send ends the leg like any other."""
        prm = _call_param()
        headers = prm.txOption.headers
        if identity.is_withheld:  # RFC 3325 section 9.1, RFC 3323 section 4.1.1.3
            prm.txOption.localUri = '"Anonymous" <sip:anonymous@anonymous.invalid>'
            headers.append(_sip_header("Privacy", "id"))
        if identity.is_withheld or identity.number:
            headers.append(_sip_header("P-Asserted-Identity", f"<{identity.uri}>"))
        try:
            self._live().makeCall(target, prm)
        except pj.Error as error:
            _LOG.warning("%s: call could not be sent: %s", self._name, error.reason)
            self._loop.post(lambda: self._over(Cause.UNREACHABLE))

    def offer(self, caller: Caller) -> None:
        """Outgoing legs are sent by `invite`, which knows number and identity."""

    def ringing(self) -> None:
        """180 Ringing, once."""
        if not self._has_rung:
            self._has_rung = True
            self._respond(180)

    def progress(self) -> None:
        """183 with SDP: what the called side says now is heard."""
        self._respond(183)

    def answer(self) -> None:
        """200 OK."""
        self._is_answered = True
        self._respond(200)

    def end(self, cause: Cause) -> None:
        """BYE, CANCEL, or the cause's status, whichever fits; the far end's answer is not waited for."""
        if self._call is None:
            return
        prm = pj.CallOpParam()
        if self._is_incoming and not self._is_answered:
            prm.statusCode = cause.facts.sip
        try:
            self._call.hangup(prm)
        except pj.Error as error:
            _LOG.debug("%s: hang up: %s", self._name, error.reason)
        self._is_over = True

    def reject(self, status: int) -> None:
        """Refuse an incoming call before anybody takes it."""
        self._respond(status)
        self._is_over = True

    def hold(self) -> None:
        """re-INVITE with sendonly (RFC 3264 section 8.4)."""
        self._reinvite(is_hold=True)

    def resume(self) -> None:
        """re-INVITE with sendrecv."""
        self._reinvite(is_hold=False)

    def send_digit(self, digit: str) -> None:
        """RFC 4733; in-band where the peer has no telephone-event."""
        try:
            self._live().dialDtmf(digit)
        except pj.Error as error:
            _LOG.warning("%s: digit not sent: %s", self._name, error.reason)

    # ---- what pjsua2 tells, on the call thread but outside its callbacks ----------------------------

    def _post(self, event: "_CallEvent") -> None:
        self._loop.post(lambda: self._take(event))

    def _take(self, event: "_CallEvent") -> None:
        if event.kind == "ended":
            self._over(Cause.from_sip(event.status))
        elif self._is_over or self.events is None:
            return
        elif event.kind == "ringing":
            self.events.leg_ringing(self)
        elif event.kind == "answered":
            self._is_answered = True
            self.events.leg_answered(self)
        elif event.kind == "media":
            if not self._is_answered and not self._is_incoming and self.media is not None:
                self.events.leg_progress(self)
            self.events.leg_media_changed(self)
        elif event.kind == "digit":
            self.events.leg_digit(self, event.digit)

    def _over(self, cause: Cause) -> None:
        was_over, self._is_over = self._is_over, True
        self._call = None
        if not was_over and self.events is not None:
            self.events.leg_ended(self, cause)

    def _live(self) -> "_Call":
        if self._call is None:
            raise RuntimeError("the call is over")
        return self._call

    def _respond(self, status: int) -> None:
        if not self._is_incoming or self._call is None or self._is_over:
            return
        prm = _call_param()
        prm.statusCode = status
        try:
            self._call.answer(prm)
        except pj.Error as error:
            _LOG.warning("%s: %d not sent: %s", self._name, status, error.reason)

    def _reinvite(self, *, is_hold: bool) -> None:
        if self._call is None or self._is_over:
            return
        prm = _call_param()
        try:
            if is_hold:
                self._call.setHold(prm)
            else:
                prm.opt.flag = pj.PJSUA_CALL_UNHOLD
                self._call.reinvite(prm)
        except pj.Error as error:
            _LOG.warning("%s: hold or resume failed: %s", self._name, error.reason)


@dataclass(frozen=True, slots=True)
class _CallEvent:
    kind: str
    status: int = 0
    digit: str = ""


class _Call(pj.Call):  # type: ignore[misc]
    """Turns pjsua2's callbacks into posted events; holds the info objects that pjsua2 would free too early."""

    def __init__(self, account: Any, post: Callable[[_CallEvent], None], call_id: int | None) -> None:
        super().__init__(account, pj.PJSUA_INVALID_ID if call_id is None else call_id)
        self._post = post
        self.audio: Any | None = None
        self.codec = ""

    @_guarded
    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.audio = None
            self._post(_CallEvent("ended", status=info.lastStatusCode))
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._post(_CallEvent("answered"))
        elif info.role == pj.PJSIP_ROLE_UAC and info.lastStatusCode in (180, 181, 182):
            self._post(_CallEvent("ringing"))

    @_guarded
    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()
        self.audio = None
        for index, media in enumerate(info.media):
            is_live = media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
            if media.type == pj.PJMEDIA_TYPE_AUDIO and is_live:
                self.audio = self.getAudioMedia(index)
                self.codec = self.getStreamInfo(index).codecName
                break
        self._post(_CallEvent("media"))

    @_guarded
    def onDtmfDigit(self, prm: Any) -> None:
        if prm.digit in _DIGITS:
            self._post(_CallEvent("digit", digit=prm.digit))


def _call_param() -> Any:
    prm = pj.CallOpParam(True)
    prm.opt.audioCount = 1
    prm.opt.videoCount = 0
    prm.opt.textCount = 0  # pjsip 2.17 offers T.140 otherwise
    return prm


def _sip_header(name: str, value: str) -> Any:
    header = pj.SipHeader()
    header.hName = name
    header.hValue = value
    return header
