"""A SIP account outside: registered, kept up, called through. Knows no settings, only plain values."""

import logging
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pjsua2 as pj

from firmware.telephony import registration
from firmware.telephony.events import Caller, Destination
from firmware.telephony.loop import CallLoop, Timer
from firmware.telephony.registration import Action, Phase, Registration
from firmware.telephony.sip import ConnectionNews, Engine, TlsOptions
from firmware.telephony.sip_leg import SipIdentity, SipLeg, caller_of
from firmware.telephony.targets import Lookup, NotFound, Target, source_address, split_place

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
_WORDS = {
    401: "user name or password refused",
    402: "the account has no credit",
    403: "refused: user name or password wrong, or the account is blocked",
    404: "this user does not exist there",
    407: "user name or password refused",
    408: "no answer",
    423: "the registration time is too short for this server",
    503: "not reachable",
}
_RETRY_AFTER = re.compile(r"^Retry-After[ \t]*:[ \t]*(\d{1,7})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TrunkAccount:
    """All that a SIP trunk is made of. `srtp`: off, optional, required; `session_timer` likewise."""

    name: str
    username: str
    password: str
    domain: str
    auth_username: str = ""
    outbound_proxy: str = ""
    transport: str = "tls"
    tls_name: str = ""
    is_tls_verified: bool = True
    tls_ca_file: str = ""
    srtp: str = "optional"
    is_registering: bool = True
    expires_s: int = 300
    caller_number: str = ""
    caller_name: str = ""
    is_number_withheld: bool = False
    session_timer: str = "supported"
    destination: Destination = Destination("group", "all")
    keep_alive_s: int = 30
    rtp_port_min: int = 16384
    rtp_port_max: int = 16484

    @property
    def place(self) -> str:
        """Where requests go: the outbound proxy, else the domain."""
        return self.outbound_proxy or self.domain

    @property
    def expected_name(self) -> str:
        """What the certificate must bear (RFC 5922 section 7.3): the domain that was looked up."""
        return self.tls_name or split_place(self.place)[0]


@dataclass(frozen=True, slots=True)
class TrunkState:
    """For status and page."""

    name: str
    phase: str
    text: str
    retry_in_s: float | None


class SipTrunk:
    """One account on the engine. Every method belongs to the call thread."""

    def __init__(
        self,
        account: TrunkAccount,
        *,
        engine: Engine,
        loop: CallLoop,
        lookup: Lookup,
        on_incoming: Callable[["SipTrunk", SipLeg, Caller, str], None],
        on_change: Callable[[], None],
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.account = account
        self._engine = engine
        self._loop = loop
        self._lookup = lookup
        self._on_incoming = on_incoming
        self._on_change = on_change
        self._dice = dice
        self._state = Registration()
        self._targets: list[Target] = []
        self._target = 0
        self._transport: int | None = None
        self._pj: _Account | None = None
        self._timer: Timer | None = None
        self._problem = ""
        self._is_stopped = False
        self._due = 0.0
        engine.watch_connections(self._connection_news)

    @property
    def name(self) -> str:
        """The account's name in the settings."""
        return self.account.name

    @property
    def is_ready(self) -> bool:
        """A call can be tried now."""
        return self._pj is not None and self._state.phase is Phase.REGISTERED

    def start(self) -> None:
        """Find the domain's servers, then register."""
        state, actions = registration.started(self._state)
        self._set(state)
        self._perform(actions)

    def stop(self) -> None:
        """Unregister without waiting for the answer and forget the account; its calls must be over."""
        self._is_stopped = True
        self._cancel_timer()
        self._engine.unwatch_connections(self._connection_news)
        if self._pj is not None:
            self._pj.close()
            self._pj = None
        if self._transport is not None and self.account.transport != "udp":
            self._engine.close_transport(self._transport)
            self._transport = None

    def call(self, number: str, *, is_withheld: bool = False) -> SipLeg:
        """A leg that calls `number` through this trunk; raises RuntimeError when not `is_ready`."""
        if self._pj is None:
            raise RuntimeError(f"trunk {self.name} is not ready")
        account = self.account
        leg = SipLeg(name=self.name, loop=self._loop, account=self._pj)
        user = number.replace("#", "%23")
        identity = SipIdentity(
            uri=f"sip:{account.caller_number or account.username}@{split_place(account.domain)[0]}",
            number=account.caller_number,
            is_withheld=is_withheld or account.is_number_withheld,
        )
        self._loop.post(lambda: leg.invite(f"sip:{user}@{account.domain}", identity))
        return leg

    def state(self) -> TrunkState:
        """For the status."""
        return TrunkState(self.name, self._state.phase.value, self._state.text, self._state.retry_in_s)

    # ---- registration ------------------------------------------------------------------------------

    def _perform(self, actions: list[Action]) -> None:
        for action in actions:
            if action.kind == "register":
                self._register()
            else:
                self._wait(action)

    def _wait(self, action: Action) -> None:
        if action.is_fresh_connection and self._targets:
            self._engine.drop_connections(self._targets[self._target].remote)
        if action.is_next_target:
            self._target += 1
            if self._target >= len(self._targets):
                self._targets, self._target = [], 0
        self._cancel_timer()
        self._timer = self._loop.call_later(action.delay_s, self._retry)

    def _retry(self) -> None:
        state, actions = registration.retry_due(self._state)
        self._set(state)
        self._perform(actions)

    def _register(self) -> None:
        if not self._targets:
            account = self.account
            self._lookup.start(
                account.place, account.transport, lambda found: self._loop.post(lambda: self._found(found))
            )
            return
        try:
            self._prepare(self._targets[self._target])
            if self.account.is_registering:
                self._account().setRegistration(True)
            else:
                self._set(Registration(Phase.REGISTERED, 0, "ready; this trunk does not register"))
        except pj.Error as error:
            self._failed(503, self._problem or error.reason, None)

    def _found(self, found: list[Target] | NotFound) -> None:
        if self._is_stopped:
            return
        if isinstance(found, NotFound):
            self._failed(503, str(found), None)
            return
        self._targets, self._target = found, 0
        self._register()

    def _prepare(self, target: Target) -> None:
        """Have the account point to `target`."""
        if self._transport is None:
            self._transport = self._open_transport()
        config = _account_config(self.account, target, self._transport)
        if self._pj is None:
            self._pj = _Account(self)
            self._pj.create(config)
        else:
            self._pj.modify(config)

    def _open_transport(self) -> int:
        account = self.account
        if account.transport == "udp":
            return self._engine.udp_transport()
        if account.transport == "tcp":
            return self._engine.tcp_transport()
        tls = TlsOptions(account.expected_name, account.is_tls_verified, account.tls_ca_file)
        return self._engine.tls_transport(tls)

    def _account(self) -> "_Account":
        if self._pj is None:
            raise RuntimeError("no account")
        return self._pj

    def registered(self, status: int, reason: str, is_active: bool, message: str) -> None:
        """The account's answer to a REGISTER, posted by its callback."""
        if self._is_stopped:
            return
        if status // 100 == 2 and is_active:
            self._problem = ""
            self._set(registration.accepted(self._state)[0])
        elif status // 100 != 2:
            match = _RETRY_AFTER.search(message)
            words = _WORDS.get(status, f"{reason} ({status})")
            if status in (408, 503) and self._problem:
                words = self._problem
            self._failed(status, words, float(match.group(1)) if match else None)

    def _failed(self, status: int, words: str, retry_after_s: float | None) -> None:
        where = split_place(self.account.place)[0]
        state, actions = registration.failed(
            self._state,
            status=status,
            words=words if where in words else f"{where}: {words}",
            retry_after_s=retry_after_s,
            dice=self._dice(),
        )
        self._set(state)
        self._perform(actions)

    def _connection_news(self, news: ConnectionNews) -> None:
        if news.is_up or not any(target.remote == news.remote for target in self._targets):
            return
        self._problem = news.problem
        self._loop.post(lambda: self._connection_lost(news.problem))

    def _connection_lost(self, problem: str) -> None:
        if self._is_stopped:
            return
        state, actions = registration.connection_lost(self._state, problem, self._dice())
        if actions:
            self._set(state)
            self._perform(actions)

    def _set(self, state: Registration) -> None:
        before, self._state = self._state, state
        if before.phase is state.phase and before.text == state.text:
            return
        settled = (Phase.REGISTERED, Phase.WAITING, Phase.REFUSED)
        if state.phase in settled and (before.text != state.text):
            _LOG.info("trunk %s: %s", self.name, state.text)
        self._on_change()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # ---- incoming ----------------------------------------------------------------------------------

    def incoming(self, call_id: int, source: str, message: str) -> None:
        """An INVITE reached the account; posted by its callback."""
        if self._pj is None:
            return
        leg = SipLeg(name=self.name, loop=self._loop, account=self._pj, call_id=call_id)
        if split_place(source)[0] not in {target.address for target in self._targets}:
            _LOG.warning("a call from %s was refused: not a server of trunk %s", source, self.name)
            leg.reject(403)
            return
        called = re.match(r"INVITE\s+(?:sips?|tel):([^@;\s>]{0,40})", message)
        self._on_incoming(self, leg, caller_of(message), called.group(1) if called else "")


class _Account(pj.Account):  # type: ignore[misc]
    """Turns the account's callbacks into posted calls of its trunk."""

    def __init__(self, trunk: SipTrunk) -> None:
        super().__init__()
        self._trunk: SipTrunk | None = trunk
        self._post = trunk._loop.post

    def close(self) -> None:
        """Unregister and delete the account; no callback comes any more."""
        self._trunk = None
        try:
            self.setRegistration(False)
        except pj.Error as error:
            _LOG.debug("unregister: %s", error.reason)
        self.shutdown()

    def onRegState(self, prm: Any) -> None:
        trunk = self._trunk
        if trunk is None:
            return
        try:
            is_active = self.getInfo().regIsActive
            status, reason, message = prm.code, prm.reason, prm.rdata.wholeMsg
        except pj.Error:
            _LOG.exception("registration state")
            return
        self._post(lambda: trunk.registered(status, reason, is_active, message))

    def onIncomingCall(self, prm: Any) -> None:
        trunk = self._trunk
        if trunk is None:
            return
        call_id, source, message = prm.callId, prm.rdata.srcAddress, prm.rdata.wholeMsg
        self._post(lambda: trunk.incoming(call_id, source, message))


def _account_config(account: TrunkAccount, target: Target, transport: int) -> pj.AccountConfig:
    config = pj.AccountConfig()
    domain = account.domain
    display = account.caller_name.replace("\\", "").replace('"', "")
    address = f"sip:{account.username}@{domain}"
    config.idUri = f'"{display}" <{address}>' if display else address
    reg = config.regConfig
    reg.registrarUri = f"sip:{domain}" if account.is_registering else ""
    reg.registerOnAdd = False
    reg.disableRegOnModify = True
    reg.timeoutSec = account.expires_s
    reg.retryIntervalSec = 0  # registration.py decides
    reg.firstRetryIntervalSec = 0
    reg.dropCallsOnFail = False
    sip = config.sipConfig
    user = account.auth_username or account.username
    sip.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, account.password))
    # "hide": the address is ours alone to know; in a Route header it would confuse a server behind NAT.
    sip.proxies = pj.StringVector([f"sip:{target.remote};transport={account.transport};lr;hide"])
    sip.transportId = transport
    config.callConfig.timerUse = _TIMER[account.session_timer]
    config.natConfig.udpKaIntervalSec = account.keep_alive_s
    config.natConfig.contactUseSrcPort = 1
    media = config.mediaConfig
    media.srtpUse = _SRTP[account.srtp]
    # Keys in an SDP that anybody can read protect nothing (RFC 4568 section 8.1).
    media.srtpSecureSignaling = 1 if account.transport == "tls" else 0
    media.lockCodecEnabled = False
    media.transportConfig.port = account.rtp_port_min
    media.transportConfig.portRange = account.rtp_port_max - account.rtp_port_min
    # The address that routing uses towards this server: with a tunnel up it is not the default route's.
    media.transportConfig.boundAddress = source_address(target.address)
    config.videoConfig.autoTransmitOutgoing = False
    return config
