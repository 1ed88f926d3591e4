"""A SIP account outside, called through and called by. Knows no settings, only plain values."""

import logging
from collections.abc import Callable
from dataclasses import replace

from firmware.log import Transitions
from firmware.telephony.events import Caller
from firmware.telephony.sip.account import TrunkAccount, TrunkState
from firmware.telephony.sip.headers import called_of, caller_of
from firmware.telephony.sip.invite_check import refusal
from firmware.telephony.sip.message_summary import waiting_of
from firmware.telephony.sip.registrant import Registrant
from firmware.telephony.sip.stack import Stack
from firmware.telephony.sip.targets import split_place
from firmware.telephony.sip.trunk_leg import TrunkLeg

__all__ = ["SipTrunk", "TrunkAccount", "TrunkState"]

_LOG = logging.getLogger(__name__)
_FORBIDDEN, _UNAVAILABLE = 403, 480


class SipTrunk:
    """One account and its calls. Every method belongs to the call thread.

    `on_stray` is given a call that the engine took for this account but that comes from none of its servers
    (accounts may be alike); it says whether another trunk took it. `on_messages`: new and old ones wait in the mailbox.
    """

    def __init__(
        self,
        account: TrunkAccount,
        stack: Stack,
        *,
        on_incoming: Callable[["SipTrunk", TrunkLeg, Caller, str], None],
        on_stray: Callable[["SipTrunk", TrunkLeg, str, str], bool],
        on_messages: Callable[["SipTrunk", int, int], None],
        on_change: Callable[[], None],
    ) -> None:
        self._loop = stack.loop
        self._on_incoming = on_incoming
        self._on_stray = on_stray
        self._on_messages = on_messages
        self._strangers = Transitions(_LOG)
        self._legs: list[TrunkLeg] = []
        self._registrant = Registrant(
            account,
            stack,
            is_busy=lambda: bool(self._live_legs()),
            on_call=self._called,
            on_notify=lambda source, message: self._loop.post(lambda: self._notified(source, message)),
            on_change=on_change,
        )

    @property
    def account(self) -> TrunkAccount:
        """What it is made of."""
        return self._registrant.account

    @property
    def name(self) -> str:
        """The account's name in the settings."""
        return self.account.name

    @property
    def is_ready(self) -> bool:
        """A call can be tried now."""
        return self._registrant.is_ready

    def state(self) -> TrunkState:
        """For the status."""
        return self._registrant.state()

    def start(self) -> None:
        """Find the domain's servers, then register."""
        self._registrant.start()

    def change(self, account: TrunkAccount) -> None:
        """Other settings under the same name count from now on; calls that are up go on."""
        self._registrant.change(account)

    def retire(self) -> None:
        """Unregister and take no new call; those that are up go on, until `stop`."""
        self._registrant.retire()

    def stop(self) -> None:
        """Unregister without waiting long for the answer and forget the account; its calls must be over."""
        self._registrant.stop()

    def call(self, number: str, *, caller_number: str = "", is_withheld: bool = False) -> TrunkLeg:
        """A leg that calls `number` through this trunk; raises RuntimeError when there is no account yet.

        `caller_number` is shown instead of the account's.
        """
        if self._registrant.engine_account is None:
            raise RuntimeError(f"trunk {self.name} is not ready")
        account = replace(self.account, caller_number=caller_number or self.account.caller_number)
        leg = self._new_leg()
        target = f"sip:{number.replace('#', '%23')}@{account.domain}"
        self._loop.post(lambda: leg.invite(target, account.identity(is_withheld=is_withheld)))
        return leg

    def adopt(self, leg: TrunkLeg, source: str, message: str, engine_account: TrunkAccount) -> bool:
        """Take a call that the engine took for `engine_account`, if it comes from here and is encrypted alike."""
        if self._registrant.is_retired or not self._registrant.is_server(source):
            return False
        if engine_account.srtp != self.account.srtp:
            return False
        leg.name = self.name
        self._legs = [*self._live_legs(), leg]
        self._take(leg, message)
        return True

    def _called(self, call_id: int, source: str, message: str) -> None:
        """Inside the engine's callback: judged later."""
        leg = self._new_leg(call_id, message)
        self._loop.post(lambda: self._judge(leg, source, message))

    def _judge(self, leg: TrunkLeg, source: str, message: str) -> None:
        if self._registrant.is_server(source) and not self._registrant.is_retired:
            self._take(leg, message)
        elif self._on_stray(self, leg, source, message):
            return
        elif self._registrant.is_server(source):
            leg.reject(_UNAVAILABLE)
        else:
            host = split_place(source)[0]  # told once: strangers call thousands of times a night
            words = "calls from %s are refused: not a server of trunk %s"
            self._strangers.log(host, True, logging.WARNING, words, host, self.name)
            leg.reject(_FORBIDDEN)

    def _take(self, leg: TrunkLeg, message: str) -> None:
        status = refusal(message)
        if status is None:
            self._on_incoming(self, leg, caller_of(message), called_of(message))
        else:
            _LOG.info("trunk %s: a call that cannot be taken was refused (%d)", self.name, status)
            leg.reject(status)

    def _notified(self, source: str, message: str) -> None:
        waiting = waiting_of(message)
        if waiting is not None and self.account.has_mailbox and self._registrant.is_server(source):
            self._on_messages(self, *waiting)

    def _new_leg(self, call_id: int | None = None, invite: str = "") -> TrunkLeg:
        leg = TrunkLeg(
            name=self.name,
            loop=self._loop,
            account=self._registrant.engine_account,
            call_id=call_id,
            invite=invite,
            reach=self._registrant,
        )
        self._legs = [*self._live_legs(), leg]
        return leg

    def _live_legs(self) -> list[TrunkLeg]:
        return [leg for leg in self._legs if not leg.is_gone]
