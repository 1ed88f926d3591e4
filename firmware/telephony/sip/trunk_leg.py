"""One side of a call that is a trunk: a SIP leg that knows whom it calls, as whom, and by which of its servers."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import pjsua2 as pj

from firmware.telephony.events import Cause
from firmware.telephony.sip.account import SipIdentity
from firmware.telephony.sip.call import CallEvent, SipCall, call_param, sip_header
from firmware.telephony.sip.headers import number_at
from firmware.telephony.sip.leg import SipLeg
from firmware.telephony.sip.targets import Target
from firmware.telephony.sip.transports import Unusable

_LOG = logging.getLogger(__name__)

# A silent server costs the caller six seconds; whoever waited for three does not wait for a fourth.
_SERVERS_MAX = 3
_UNAVAILABLE = 503  # said by a server, or by the engine when there is no connection to it
_SILENT = 408


class Reach(Protocol):
    """How a domain's servers are reached."""

    def others(self) -> Sequence[Target]:
        """The servers after the one whose turn it is, in order."""
        ...

    def towards(self, server: Target) -> AbstractContextManager[None]:
        """A call that is begun meanwhile goes there. Raises Unusable."""
        ...

    def is_home(self, host: str) -> bool:
        """Whether numbers at this host are the trunk's to call."""
        ...

    def call_met_silence(self) -> None:
        """The server whose turn it was did not answer at all."""
        ...


class TrunkLeg(SipLeg):
    """As `Leg`. A server that cannot serve a call gives way to the domain's next one (RFC 3263 section 4.3), unless the
    call rang somewhere. Without `reach` there is one server."""

    def __init__(self, *, reach: Reach | None = None, **parts: Any) -> None:
        super().__init__(**parts)
        self._reach = reach
        self._servers: list[Target] = []
        self._abandoned: dict[int, SipCall] = {}  # nothing they say counts, but the engine has them until they end
        self._send: Callable[[SipCall], None] = lambda _call: None
        self._is_served = False

    @property
    def is_gone(self) -> bool:
        """Nothing of it is left on the engine."""
        return super().is_gone and not self._abandoned

    def invite(self, target: str, identity: SipIdentity) -> None:
        """Call `target` (a SIP URI). A failure to send ends the leg like any other."""
        if self._is_over or self._call is None:  # the caller hung up meanwhile
            self._call = None
            return
        self._send = lambda call: call.makeCall(target, _shown(identity))
        self._servers = list(self._reach.others())[: _SERVERS_MAX - 1] if self._reach is not None else []
        self._begin(nullcontext())

    def _begin(self, course: AbstractContextManager[None]) -> None:
        assert self._call is not None
        try:
            with course:
                self._send(self._call)
        except (pj.Error, Unusable) as error:
            why = error.reason if isinstance(error, pj.Error) else str(error)
            _LOG.warning("%s: call could not be sent: %s", self.name, why)
            self._loop.post(lambda: self._over(Cause.NETWORK))
            return
        self._watch_for_answer()

    def _take(self, event: CallEvent) -> None:
        self._is_served = self._is_served or event.kind in ("ringing", "media", "answered")
        if event.kind == "ended" and event.status in (_UNAVAILABLE, _SILENT) and self._go_on():
            return
        super()._take(event)

    def _number_there(self, uri: str) -> str:
        """Only a number that the trunk can call, for nothing else is dialled."""
        number, host = number_at(uri)
        return number if self._reach is not None and self._reach.is_home(host) else ""

    def _told(self, number: int, event: CallEvent) -> None:
        if event.kind == "ended":
            self._abandoned.pop(number, None)
        super()._told(number, event)

    def _nobody_there(self) -> None:
        silent, number = self._call, self._calls
        if silent is not None and self._go_on():
            self._abandoned[number] = silent
            silent.abandon()
        else:
            super()._nobody_there()
        if self._reach is not None and number == 1:  # later ones went to others than the one whose turn it was
            self._reach.call_met_silence()

    def _go_on(self) -> bool:
        """Whether another server is tried now."""
        if self._is_over or self._is_served or self._reach is None or not self._servers:
            return False
        server = self._servers.pop(0)
        _LOG.info("trunk %s: the call goes to the next server, %s", self.name, server.host)
        self._call = self._new_call()
        self._begin(self._reach.towards(server))
        return True


def _shown(identity: SipIdentity) -> Any:
    """As whom a call is made (RFC 3325 section 9.1, RFC 3323 section 4.1.1.3)."""
    prm = call_param()
    headers = prm.txOption.headers
    if identity.is_withheld:
        prm.txOption.localUri = '"Anonymous" <sip:anonymous@anonymous.invalid>'
        headers.append(sip_header("Privacy", "id"))
    elif identity.address:
        prm.txOption.localUri = identity.address
    if identity.is_withheld or identity.number:
        headers.append(sip_header("P-Asserted-Identity", f"<{identity.uri}>"))
    return prm
