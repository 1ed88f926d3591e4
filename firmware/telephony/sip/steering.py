"""A trunk's account on the engine, steered to one server of its domain. Knows no registration."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from firmware.telephony.sip.account import TrunkAccount
from firmware.telephony.sip.targets import Target
from firmware.telephony.sip.transports import Lease
from firmware.telephony.sip.trunk_account import NextHop, SipAccount, account_config


class Steering:
    """One account. `create` makes its object, `source_address` is the own address towards another. Call thread only."""

    def __init__(self, create: Callable[[], SipAccount], lease: Lease, source_address: Callable[[str], str]) -> None:
        self.account: SipAccount | None = None
        self._create = create
        self._lease = lease
        self._source_address = source_address
        self._known: tuple[TrunkAccount, NextHop, bool] | None = None

    @property
    def target(self) -> Target | None:
        """Where requests go now."""
        return self._known[1].target if self._known is not None else None

    def steer(self, account: TrunkAccount, target: Target | None, *, is_idle: bool = False) -> None:
        """Have the account be so, and its requests go to `target` (None: nowhere). One that is idle takes no call that
        another would. Raises Unusable."""
        hop = self._next_hop(account, target)
        if self._known != (account, hop, is_idle):  # each time would cost the engine memory
            self._set(account, hop, is_idle)

    @contextmanager
    def aside(self, target: Target) -> Iterator[None]:
        """A call that is begun meanwhile goes to `target`. Raises Unusable."""
        assert self._known is not None, "it has called before"
        account, hop, is_idle = self._known
        self._set(account, self._next_hop(account, target), is_idle)
        try:
            yield
        finally:
            self._set(account, hop, is_idle)

    def close(self) -> None:
        """Forget the account; its calls must be over."""
        if self.account is not None:
            self.account.close()
            self.account = None
        self._lease.close()

    def _next_hop(self, account: TrunkAccount, target: Target | None) -> NextHop:
        address = self._source_address(target.address) if target else ""
        return NextHop(target, self._lease.transport(account), address)

    def _set(self, account: TrunkAccount, hop: NextHop, is_idle: bool) -> None:
        config = account_config(account, hop, is_retired=is_idle)
        if self.account is None:
            self.account = self._create()
            self.account.create(config)
        else:
            self.account.modify(config)
        self._known = account, hop, is_idle
