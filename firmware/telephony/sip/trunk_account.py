"""A trunk's account on the SIP engine: its configuration, and its callbacks as posted events. Decides nothing."""

import logging
from dataclasses import dataclass
from typing import Any, Protocol

import pjsua2 as pj

from firmware.telephony.loop import CallLoop
from firmware.telephony.sip.account import TrunkAccount
from firmware.telephony.sip.instance import instance_urn
from firmware.telephony.sip.targets import Target

_LOG = logging.getLogger(__name__)

_SRTP = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "required": pj.PJMEDIA_SRTP_MANDATORY,
}
_TIMER = {
    "off": pj.PJSUA_SIP_TIMER_INACTIVE,
    "supported": pj.PJSUA_SIP_TIMER_OPTIONAL,
    "required": pj.PJSUA_SIP_TIMER_REQUIRED,
}

# RFC 7714, RFC 6188, RFC 4568. Over UDP the one that everybody knows: an INVITE has to fit into one packet.
_SUITES = ("AEAD_AES_256_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
_SUITES_UDP = ("AES_CM_128_HMAC_SHA1_80",)


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """How a REGISTER ended: a final status, 408 for silence, 503 for no connection; `is_active`: we are registered,
    for `expires_s`."""

    status: int
    reason: str
    is_active: bool
    expires_s: int
    message: str


class AccountEvents(Protocol):
    """Who is told, on the call thread."""

    def registered(self, answer: RegisterAnswer) -> None:
        """A REGISTER was answered, or will not be. Outside the engine's callbacks."""
        ...

    def incoming(self, call_id: int, source: str, message: str) -> None:
        """An INVITE came from `source` ("address:port"). Inside the engine's callback: it answers 500 itself unless
        the call's object is made now, and must not be answered before it returns."""
        ...

    def notified(self, source: str, message: str) -> None:
        """A NOTIFY about waiting messages came from `source`, asked for or not. Inside the engine's callback."""
        ...


class SipAccount(pj.Account):  # type: ignore[misc]
    """One account on the engine. Call thread only."""

    def __init__(self, events: AccountEvents, loop: CallLoop) -> None:
        super().__init__()
        self._events: AccountEvents | None = events
        self._loop = loop

    def close(self) -> None:
        """Delete the account, which unregisters it where that was not done. It must not be used any more."""
        self._events = None
        # Now, and not when Python likes to: pjsua2's destructor deletes whichever account has the number by then.
        pj.Account.__swig_destroy__(self)

    def unregister(self) -> bool:
        """Send REGISTER with expiry 0; False where there is nothing to undo or no way to do it."""
        try:
            if self.getInfo().regIsActive:
                self.setRegistration(False)
                return True
        except pj.Error as error:
            _LOG.debug("unregister: %s", error.reason)
        return False

    def onRegState(self, prm: Any) -> None:
        try:
            is_active = self.getInfo().regIsActive
            answer = RegisterAnswer(prm.code, prm.reason, is_active, prm.expiration, prm.rdata.wholeMsg)
        except Exception:  # pjsua2 would print and swallow it
            _LOG.exception("registration state")
            return
        self._loop.post(lambda: self._events.registered(answer) if self._events else None)

    def onIncomingCall(self, prm: Any) -> None:
        try:
            if self._events is not None:
                self._events.incoming(prm.callId, prm.rdata.srcAddress, prm.rdata.wholeMsg)
        except Exception:
            _LOG.exception("incoming call")

    def onMwiInfo(self, prm: Any) -> None:
        try:
            if self._events is not None:
                self._events.notified(prm.rdata.srcAddress, prm.rdata.wholeMsg)
        except Exception:
            _LOG.exception("waiting messages")


@dataclass(frozen=True, slots=True)
class NextHop:
    """Where an account's requests go: to `target` (None: nowhere) by `transport`; media leave from `local_address`."""

    target: Target | None
    transport: int
    local_address: str


def account_config(account: TrunkAccount, hop: NextHop, *, is_retired: bool = False) -> Any:
    """The engine's configuration of `account`; calls that come in are rather given to one that is not retired."""
    config = pj.AccountConfig()
    config.priority = 0 if is_retired else 1
    # Without the display name: the engine would put it into Contact too, where a withheld call must not tell it.
    config.idUri = account.own_uri
    _configure_registration(config.regConfig, account)
    sip = config.sipConfig
    user = account.auth_username or account.username
    sip.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, account.password))
    if hop.target is not None:
        # "hide": the address is ours alone to know; in a Route header it would confuse a server behind NAT.
        sip.proxies = pj.StringVector([f"sip:{hop.target.remote};transport={account.transport};lr;hide"])
    sip.transportId = hop.transport
    config.callConfig.timerUse = _TIMER[account.session_timer]
    config.natConfig.udpKaIntervalSec = account.keep_alive_s
    config.natConfig.contactUseSrcPort = 1
    config.natConfig.sipOutboundInstanceId = instance_urn()
    _configure_media(config.mediaConfig, account, hop.local_address)
    config.videoConfig.autoTransmitOutgoing = False
    config.mwiConfig.enabled = account.has_mailbox and not is_retired
    return config


def _configure_registration(reg: Any, account: TrunkAccount) -> None:
    reg.registrarUri = f"sip:{account.domain}" if account.is_registering else ""
    reg.registerOnAdd = False
    reg.disableRegOnModify = True
    reg.timeoutSec = account.expires_s
    reg.delayBeforeRefreshSec = 1  # registration.py decides, and earlier
    reg.retryIntervalSec = 0
    reg.firstRetryIntervalSec = 0
    reg.dropCallsOnFail = False


def _configure_media(media: Any, account: TrunkAccount, local_address: str) -> None:
    media.srtpUse = _SRTP[account.srtp]
    # Keys in an SDP that anybody can read protect nothing (RFC 4568 section 8.1).
    media.srtpSecureSignaling = 1 if account.transport == "tls" else 0
    # What hosted services speak; DTLS beside it would double the SDP and make a certificate for each call.
    media.srtpOpt.keyings = pj.IntVector([pj.PJMEDIA_SRTP_KEYING_SDES])
    media.srtpOpt.cryptos = pj.SrtpCryptoVector(
        [_suite(name) for name in (_SUITES_UDP if account.transport == "udp" else _SUITES)]
    )
    media.lockCodecEnabled = False
    media.transportConfig.port = account.rtp_port_min
    media.transportConfig.portRange = account.rtp_port_max - account.rtp_port_min
    media.transportConfig.boundAddress = local_address


def _suite(name: str) -> Any:
    suite = pj.SrtpCrypto()
    suite.name = name
    return suite
