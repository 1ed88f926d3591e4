"""The transports under one trunk: the present one, and older ones for as long as calls need them."""

from collections.abc import Callable

from firmware.telephony.account import TrunkAccount
from firmware.telephony.loop import CallLoop
from firmware.telephony.sip import Engine, TlsOptions

_LINGER_S = 40.0  # longer than any transaction (RFC 3261 Timer B, F: 32 s) that still refers to a transport


class Way:
    """How a trunk's messages travel. Call thread only."""

    def __init__(self, engine: Engine, loop: CallLoop, is_needed: Callable[[], bool]) -> None:
        self._engine = engine
        self._loop = loop
        self._is_needed = is_needed
        self._kind: tuple[object, ...] = ()
        self._transport: int | None = None
        self._old: list[int] = []

    def transport(self, account: TrunkAccount) -> int:
        """The engine's transport for this account, made when it is first asked for. Raises pjsua2's Error."""
        if self._transport is None:
            self._transport, self._kind = self._open(account), account.way
        return self._transport

    def change(self, account: TrunkAccount) -> None:
        """Give up the transport when it does not suit the account any more."""
        if self._transport is not None and account.way != self._kind:
            self.close()

    def close(self) -> None:
        """Give up the transport; it is closed once nothing can refer to it."""
        if self._transport is not None and self._kind[0] != "udp":  # the UDP transport is everybody's
            self._old.append(self._transport)
            self._loop.call_later(_LINGER_S, self._close_old)
        self._transport = None

    def _open(self, account: TrunkAccount) -> int:
        if account.transport == "udp":
            return self._engine.udp_transport()
        if account.transport == "tcp":
            return self._engine.tcp_transport(account.keep_alive_s)
        tls = TlsOptions(account.expected_name, account.is_tls_verified, account.tls_ca_file)
        return self._engine.tls_transport(tls, account.keep_alive_s)

    def _close_old(self) -> None:
        if self._is_needed():
            self._loop.call_later(_LINGER_S, self._close_old)
            return
        for transport in self._old:
            self._engine.close_transport(transport)
        self._old.clear()
