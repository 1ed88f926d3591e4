"""SIP trunks, kept in step with the settings. Call thread only; knows no line and no extension."""

from collections.abc import Callable, Collection, Sequence

from firmware.fxs.line import Caller
from firmware.gateway import plain
from firmware.gateway.present import Present
from firmware.telephony.loop import CallLoop
from firmware.telephony.sip.engine import Engine
from firmware.telephony.sip.stack import Stack
from firmware.telephony.sip.targets import Target
from firmware.telephony.sip.trial import Trial
from firmware.telephony.sip.trial_steps import Told
from firmware.telephony.sip.trunk import SipTrunk, TrunkAccount
from firmware.telephony.sip.trunk_leg import TrunkLeg


class SipTrunks:
    """`on_incoming(trunk, leg, caller, called)` gives the leg its events. `busy` names the trunks that have calls."""

    def __init__(
        self,
        *,
        engine: Engine,
        loop: CallLoop,
        present: Callable[[], Present],
        busy: Callable[[], Collection[str]],
        on_incoming: Callable[[SipTrunk, TrunkLeg, Caller, str], None],
        on_messages: Callable[[SipTrunk, int, int], None],
        on_change: Callable[[], None],
    ) -> None:
        self._present = present
        self._busy = busy
        self._on_incoming = on_incoming
        self._on_messages = on_messages
        self._on_change = on_change
        self._stack = Stack.on(engine, loop, lambda: present().settings.sip.nameservers)
        self._trunks: dict[str, SipTrunk] = {}
        self._retiring: list[SipTrunk] = []

    @property
    def listed(self) -> Sequence[SipTrunk]:
        """Those that are set, in the order of the settings."""
        names = [trunk.name for trunk in self._present().settings.trunks]
        return [self._trunks[name] for name in names if name in self._trunks]

    def apply(self) -> None:
        """Start trunks that are new or changed, stop those that are gone; calls that are up go on."""
        settings = self._present().settings
        wanted = {trunk.name: plain.trunk_account(settings, trunk) for trunk in settings.trunks if trunk.is_enabled}
        for name in self._trunks.keys() - wanted.keys():
            self._retire(self._trunks.pop(name))
        for name, account in wanted.items():
            if name not in self._trunks:
                self._trunks[name] = self._start(account)
            elif self._trunks[name].account != account:
                self._trunks[name].change(account)

    def let_go(self) -> None:
        """Stop those that were only kept for calls, and have none any more."""
        busy = self._busy()
        for trunk in [trunk for trunk in self._retiring if trunk.name not in busy]:
            self._retiring.remove(trunk)
            trunk.stop()

    def stop(self) -> None:
        """Stop every trunk."""
        for trunk in [*self._trunks.values(), *self._retiring]:
            trunk.stop()
        self._trunks.clear()
        self._retiring.clear()

    def trial(
        self,
        account: TrunkAccount,
        targets: Sequence[Target],
        echo_number: str,
        *,
        tell: Callable[[Told], None],
    ) -> Trial:
        """An account to be tried beside those that are set, which do not notice it."""
        return Trial(
            account,
            self._stack,
            targets=targets,
            echo_number=echo_number,
            rivals=lambda: self.listed,
            tell=tell,
        )

    def _retire(self, trunk: SipTrunk) -> None:
        trunk.retire()
        self._retiring.append(trunk)
        self._stack.loop.post(self.let_go)

    def _start(self, account: TrunkAccount) -> SipTrunk:
        trunk = SipTrunk(
            account,
            self._stack,
            on_incoming=self._on_incoming,
            on_stray=self._adopted,
            on_messages=self._on_messages,
            on_change=self._on_change,
        )
        trunk.start()
        return trunk

    def _adopted(self, trunk: SipTrunk, leg: TrunkLeg, source: str, message: str) -> bool:
        """Whether another trunk takes a call that the engine gave to this one."""
        others = [other for other in self.listed if other is not trunk]
        return any(other.adopt(leg, source, message, trunk.account) for other in others)
