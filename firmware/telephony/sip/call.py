"""A call on the SIP engine: its callbacks as events that are posted. Knows no leg and decides nothing but refusals."""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pjsua2 as pj

from firmware.telephony.sip.invite_check import has_body, is_looked_up
from firmware.telephony.sip.quality import RtpFigures

_LOG = logging.getLogger(__name__)
_DIGITS = frozenset("0123456789*#ABCD")
_ALERTING = (180, 181, 182)
_LIVE = (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
_MOVED, _REFUSED = 302, 603
# ITU-T Q.24 wants 40 ms on and off; at -8.9 dBm0 a frequency.
_TONE_RATE_HZ, _TONE_ON_MS, _TONE_OFF_MS, _TONE_VOLUME = 8000, 100, 80, 8192


@dataclass(frozen=True, slots=True)
class CallEvent:
    """What happened: tried, ringing, media, answered, unagreed, digit, renegotiated, ended.

    "unagreed": an ACK does not answer the offer in our 200, or what was agreed cannot be had."""

    kind: str
    status: int = 0
    digit: str = ""


_Callback = Callable[["SipCall", Any], None]


def _guarded(callback: _Callback) -> _Callback:
    """pjsua2 prints and swallows what a callback raises; the log should have it."""

    @functools.wraps(callback)
    def call(self: "SipCall", prm: Any) -> None:
        try:
            callback(self, prm)
        except Exception:
            _LOG.exception("SIP callback %s", callback.__name__)

    return call


class SipCall(pj.Call):  # type: ignore[misc]
    """Turns pjsua2's callbacks into events; `post` is called inside them. Holds the infos that pjsua2 frees early."""

    def __init__(self, account: Any, post: Callable[[CallEvent], None], call_id: int | None) -> None:
        super().__init__(account, pj.PJSUA_INVALID_ID if call_id is None else call_id)
        self._post = post
        self.audio: Any | None = None
        self.codec = ""
        self._is_agreed = False  # media were, at least once
        self._tones: Any | None = None
        self._stream: int | None = None
        self._past: RtpFigures | None = None  # streams that are gone: hold makes new ones
        self.moved_to = ""

    def rtp_figures(self) -> RtpFigures | None:
        """What was received so far, over all streams; None before the first."""
        return self._with_stream(self._stream)

    def abandon(self) -> None:
        """Hang up, whatever the far end says to it."""
        try:
            self.hangup(pj.CallOpParam())
        except pj.Error as error:
            _LOG.debug("hang up: %s", error.reason)

    def play_digit(self, digit: str) -> None:
        """Let the far end hear a DTMF tone; digits queue up, and beyond the engine's cap are lost."""
        if self.audio is None:
            return
        if self._tones is None:
            self._tones = pj.ToneGenerator()
            self._tones.createToneGenerator(_TONE_RATE_HZ)
        tone = pj.ToneDigit()
        tone.digit, tone.on_msec, tone.off_msec, tone.volume = digit, _TONE_ON_MS, _TONE_OFF_MS, _TONE_VOLUME
        try:
            self._tones.startTransmit(self.audio)
            self._tones.playDigits(pj.ToneDigitVector([tone]))
        except pj.Error as error:
            _LOG.warning("digit not sent: %s", error.reason)

    @_guarded
    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.audio = self._tones = None
            self._post(CallEvent("ended", status=_MOVED if self.moved_to else info.lastStatusCode))
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._confirmed(prm)
        elif info.state == pj.PJSIP_INV_STATE_EARLY and _is_failed(info):
            self._post(CallEvent("unagreed"))  # the engine gives such a call up too, but as if the caller had
        elif info.role == pj.PJSIP_ROLE_UAC and info.lastStatusCode in _ALERTING:
            self._post(CallEvent("ringing"))

    def _confirmed(self, prm: Any) -> None:
        if self._is_agreed:
            self._post(CallEvent("answered"))
        elif not has_body(prm.e.body.rxMsg.rdata.wholeMsg):
            self._post(CallEvent("unagreed"))  # an answer that is no use ends the call by the engine's doing

    @_guarded
    def onCallTsxState(self, prm: Any) -> None:
        if prm.e.type != pj.PJSIP_EVENT_TSX_STATE:
            return
        transaction = prm.e.body.tsxState.tsx
        if transaction.method != "INVITE" or transaction.role != pj.PJSIP_ROLE_UAC:
            return
        if transaction.state == pj.PJSIP_TSX_STATE_PROCEEDING:
            self._post(CallEvent("tried"))
        elif transaction.statusCode >= 200 and transaction.state in (
            pj.PJSIP_TSX_STATE_COMPLETED,
            pj.PJSIP_TSX_STATE_TERMINATED,
        ):
            self._post(CallEvent("renegotiated", status=transaction.statusCode))

    @_guarded
    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()
        self.audio = None
        self._is_agreed = self._is_agreed or any(media.status != pj.PJSUA_CALL_MEDIA_NONE for media in info.media)
        for index, media in enumerate(info.media):
            is_live = media.status in _LIVE and media.dir != pj.PJMEDIA_DIR_NONE
            if media.type == pj.PJMEDIA_TYPE_AUDIO and is_live:
                self.audio = self.getAudioMedia(index)
                self.codec = self.getStreamInfo(index).codecName
                self._stream = index
                break
        self._post(CallEvent("unagreed" if self.audio is None and _is_failed(info) else "media"))

    @_guarded
    def onStreamDestroyed(self, prm: Any) -> None:
        if prm.streamIdx == self._stream:
            self._past, self._stream = self._with_stream(self._stream), None

    @_guarded
    def onCallRxOffer(self, prm: Any) -> None:
        if is_looked_up(prm.offer.wholeSdp):
            prm.statusCode = pj.PJSIP_SC_NOT_ACCEPTABLE_HERE

    @_guarded
    def onDtmfDigit(self, prm: Any) -> None:
        if prm.digit in _DIGITS:
            self._post(CallEvent("digit", digit=prm.digit))

    def _with_stream(self, index: int | None) -> RtpFigures | None:
        if index is None:
            return self._past
        try:
            figures = _figures_of(self.codec, self.getStreamStat(index))
        except pj.Error as error:
            _LOG.debug("no figures of the stream: %s", error.reason)
            return self._past
        return figures if self._past is None else self._past.plus(figures)

    def onCallRedirected(self, prm: Any) -> int:
        # The engine would call whatever it is told, past dial plan and fence; stopped, it makes 487 of it.
        self.moved_to = self.moved_to or str(prm.targetUri)
        return int(pj.PJSIP_REDIRECT_STOP)

    @_guarded
    def onCallTransferRequest(self, prm: Any) -> None:
        # Left alone, the engine dials whatever the far end asks for, past the dial plan.
        prm.statusCode = _REFUSED

    @_guarded
    def onCallReplaceRequest(self, prm: Any) -> None:
        prm.statusCode = _REFUSED


def _is_failed(info: Any) -> bool:
    """What was agreed cannot be had."""
    return any(media.status == pj.PJSUA_CALL_MEDIA_ERROR for media in info.media)


def _figures_of(codec: str, stat: Any) -> RtpFigures:
    received, round_trip = stat.rtcp.rxStat, stat.rtcp.rttUsec
    return RtpFigures(
        codec=codec,
        received=received.pkt,
        lost=received.loss,
        discarded=received.discard,
        jitter_ms=received.jitterUsec.mean / 1000 if received.jitterUsec.n else None,
        round_trip_ms=round_trip.mean / 1000 if round_trip.n else None,
        buffer_ms=stat.jbuf.avgDelayMsec,
    )


def call_param() -> Any:
    """One audio stream and nothing else."""
    prm = pj.CallOpParam(True)
    prm.opt.audioCount = 1
    prm.opt.videoCount = 0
    prm.opt.textCount = 0  # pjsip 2.17 offers T.140 otherwise
    return prm


def sip_header(name: str, value: str) -> Any:
    """A header field to add to a request."""
    header = pj.SipHeader()
    header.hName = name
    header.hValue = value
    return header
