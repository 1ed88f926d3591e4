"""The transports of trunks: accounts share one where all it depends on is alike. Knows no registration."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from firmware.telephony.sip.account import TrunkAccount
from firmware.telephony.sip.engine import Engine, TlsOptions

# Longer than any transaction that may still refer to a transport (RFC 3261 Timer B, F: 32 s).
_LINGER_S = 40.0


class Unusable(Exception):
    """No transport can be had for an account, said in words."""


@dataclass(slots=True)
class _Shared:
    transport: int
    users: int = 0
    idle_since: float = 0.0


class Transports:
    """By what they depend on, for as long as somebody uses them. Call thread only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._shared: dict[tuple[object, ...], _Shared] = {}

    def acquire(self, account: TrunkAccount) -> int:
        """The engine's transport for this account; each call is matched by a `release`. Raises Unusable."""
        shared = self._shared.get(account.transport_key)
        if shared is None:
            self._close_idle(_LINGER_S)
            shared = self._shared[account.transport_key] = _Shared(self._open(account))
        shared.users += 1
        return shared.transport

    def release(self, key: tuple[object, ...]) -> None:
        """One user less; an idle transport is kept for a while, for it may be wanted again."""
        shared = self._shared[key]
        shared.users -= 1
        shared.idle_since = time.monotonic()

    def _open(self, account: TrunkAccount) -> int:
        if account.transport == "tls" and account.tls_ca_file and not os.access(account.tls_ca_file, os.R_OK):
            raise Unusable(f"the file of certificate authorities {account.tls_ca_file} cannot be read")
        try:
            return self._open_now(account)
        except pj.Error as error:  # the engine has room for eight
            if not self._close_idle(0.0):
                raise Unusable(error.reason) from error
        try:
            return self._open_now(account)
        except pj.Error as error:
            raise Unusable(error.reason) from error

    def _open_now(self, account: TrunkAccount) -> int:
        if account.transport == "udp":
            return self._engine.udp_transport()
        if account.transport == "tcp":
            return self._engine.tcp_transport(account.keep_alive_s)
        name = account.expected_name
        tls = TlsOptions(account.server_name, account.is_tls_verified, account.tls_ca_file, certificate_name=name)
        return self._engine.tls_transport(tls, account.keep_alive_s)

    def _close_idle(self, idle_for_s: float) -> bool:
        before = time.monotonic() - idle_for_s
        idle = [key for key, shared in self._shared.items() if not shared.users and shared.idle_since <= before]
        for key in idle:
            transport = self._shared.pop(key).transport
            if key[0] != "udp":  # the engine's own, and everybody's
                self._engine.close_transport(transport)
        return bool(idle)


class Lease:
    """The transport of one trunk; those that it used before stay as long as its calls need them."""

    def __init__(self, transports: Transports, is_needed: Callable[[], bool]) -> None:
        self._transports = transports
        self._is_needed = is_needed
        self._taken: dict[tuple[object, ...], int] = {}

    def transport(self, account: TrunkAccount) -> int:
        """The engine's transport that suits the account now. Raises Unusable."""
        if account.transport_key not in self._taken:
            self._taken[account.transport_key] = self._transports.acquire(account)
        if not self._is_needed():
            self._release([key for key in self._taken if key != account.transport_key])
        return self._taken[account.transport_key]

    def close(self) -> None:
        """No call is left and none will come."""
        self._release(list(self._taken))

    def _release(self, keys: list[tuple[object, ...]]) -> None:
        for key in keys:
            del self._taken[key]
            self._transports.release(key)
