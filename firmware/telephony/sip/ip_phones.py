"""IP telephones as the exchange sees them: their calls come through the registrar, and so go calls to them."""

import hmac
import logging
import re
from collections.abc import Callable
from typing import Any, Protocol

from firmware.telephony.loop import CallLoop
from firmware.telephony.sip.headers import called_of, header
from firmware.telephony.sip.phone_account import LOOPBACK, PhoneAccount, PhoneMedia
from firmware.telephony.sip.phone_leg import PhoneLeg, PhoneWay
from firmware.telephony.sip.trunk_account import RegisterAnswer

__all__ = ["IpPhones", "PhoneMedia", "Registered"]

_LOG = logging.getLogger(__name__)

_NUMBER = re.compile(r"[0-9*#+]{1,20}")
_EXTENSION = re.compile(r"[0-9]{1,20}")
_SOURCE = re.compile(r"[0-9.]{7,15}:[0-9]{1,5}")
_FORBIDDEN, _NOT_FOUND = 403, 404


class Registered(Protocol):
    """Who is registered, answered from memory."""

    def is_registered(self, extension: str) -> bool: ...

    def host_of(self, extension: str) -> str:
        """The box's own address as the extension's telephones know it, "" where none is registered."""
        ...

    def address_of(self, extension: str) -> str:
        """The "address:port" of a device of the extension, "" where none is registered."""
        ...


class IpPhones:
    """One account for all of them. Every method belongs to the call thread.

    `on_incoming(leg, extension, number)` is given each call that the registrar vouches for; `number` is as dialled.
    """

    def __init__(
        self,
        *,
        loop: CallLoop,
        token: str,
        on_incoming: Callable[[PhoneLeg, str, str], None],
        media: PhoneMedia = PhoneMedia(),  # noqa: B008  frozen
    ) -> None:
        self._loop = loop
        self._token = token
        self._on_incoming = on_incoming
        self._media = media
        self._account: PhoneAccount | None = None
        self._registered: Registered | None = None
        self._registrar_port = 0
        self._legs: list[PhoneLeg] = []

    def start(self) -> int:
        """Open the way to the registrar on the running engine; returns the port on 127.0.0.1 where calls come in."""
        self._account = PhoneAccount(self, self._loop, self._media)
        return self._account.port

    def use(self, registered: Registered, registrar_port: int) -> None:
        """Calls to telephones go to the registrar at 127.0.0.1:`registrar_port` from now on."""
        self._registered = registered
        self._registrar_port = registrar_port

    def stop(self) -> None:
        """Close it; its calls must be over."""
        if self._account is not None:
            self._account.close()
            self._account = None

    def is_registered(self, extension: str) -> bool:
        """Whether a call would ring anything."""
        return self._registered is not None and self._registered.is_registered(extension)

    def call(self, extension: str) -> PhoneLeg:
        """A leg that rings every device of `extension` once it is given `offer`. Raises RuntimeError before `use`."""
        if self._account is None or self._registered is None:
            raise RuntimeError("IP telephones are switched off")
        host = self._registered.host_of(extension) or LOOPBACK
        way = PhoneWay(self._registrar_port, self._token, host)
        return self._leg(extension, way, self._registered.address_of(extension))

    def legs(self) -> list[PhoneLeg]:
        """Those that are not over."""
        self._legs = [leg for leg in self._legs if not leg.is_gone]
        return self._legs

    # ---- AccountEvents ---------------------------------------------------------------------------------

    def registered(self, answer: RegisterAnswer) -> None:
        """Never: this account registers nowhere."""

    def incoming(self, call_id: int, source: str, message: str) -> None:
        """Inside the engine's callback: judged later."""
        leg = self._leg("", None, "", call_id=call_id, invite=message)
        self._loop.post(lambda: self._judge(leg, message))

    def notified(self, source: str, message: str) -> None:
        """Of no interest: telephones have no mailboxes."""

    def _judge(self, leg: PhoneLeg, message: str) -> None:
        extension, number = header(message, "X-Twinline-Extension"), called_of(message)
        is_vouched_for = hmac.compare_digest(header(message, "X-Twinline-Token").encode(), self._token.encode())
        if not is_vouched_for or not _EXTENSION.fullmatch(extension):
            _LOG.warning("a call that did not come from the registrar is refused")
            leg.reject(_FORBIDDEN)
        elif not _NUMBER.fullmatch(number):
            leg.reject(_NOT_FOUND)
        else:
            place = header(message, "X-Twinline-Source")
            leg.become(extension, place if _SOURCE.fullmatch(place) else "")
            self._on_incoming(leg, extension, number)

    def _leg(self, extension: str, way: PhoneWay | None, address: str, **call: Any) -> PhoneLeg:
        assert self._account is not None
        leg = PhoneLeg(
            extension=extension,
            find=self._find,
            way=way,
            address=address,
            loop=self._loop,
            account=self._account.account,
            **call,
        )
        self._legs = [*self.legs(), leg]
        return leg

    def _find(self, asking: PhoneLeg, dialog: str) -> PhoneLeg | None:
        """Another call of the same extension: nobody joins the calls of others by guessing a Call-ID."""
        for leg in self.legs():
            if leg is not asking and leg.extension == asking.extension and leg.dialog == dialog:
                return leg
        return None
