"""The mDNS responder: claims a host name and announces services under it. The only user of zeroconf."""

import asyncio
import collections
import contextlib
import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from zeroconf import (  # type: ignore[attr-defined]  # it re-exports them "for backwards compatibility"
    DNSAddress,
    DNSOutgoing,
    DNSQuestion,
    DNSRecord,
    DNSService,
    Error,
    RecordUpdate,
    RecordUpdateListener,
    ServiceInfo,
    Zeroconf,
    const,
)
from zeroconf.asyncio import AsyncZeroconf

from firmware.appliance.announcements import Announcement, Service
from firmware.appliance.netlink import LanAddress

_LOG = logging.getLogger(__name__)
# What a stranger's broken packet makes it say is of no use to anybody, and there may be a million of them.
logging.getLogger("zeroconf").setLevel(logging.CRITICAL)

ERRORS = (Error, OSError, RuntimeError)
"""What a responder raises when the network is not, or no longer, as it was told."""

_PROBES = 3  # RFC 6762 cl. 8.1
_PROBE_EVERY_S = 0.25  # ibid.
_PROBE_DELAY_MAX_S = 0.25  # ibid.: not every box at once when the power comes back
_DEFEND_EVERY_S = 1.0  # RFC 6762 cl. 6: nothing is multicast more often
_TIDY_EVERY_S = 2.0
_YIELDS_MAX, _YIELDS_WITHIN_S = 5, 600.0  # who makes us move on more often means no good
_CLOSE_S = 2.0


class Responder:
    """Speaks on `addresses` for one host name, until closed. All of it on the event loop that made it.

    `on_conflict` is called when another machine has a better right to the name that was claimed.
    Methods raise what is in ERRORS.
    """

    def __init__(self, addresses: Sequence[LanAddress], on_conflict: Callable[[], None], yields: "Yields") -> None:
        self._packed = [one.address.packed for one in addresses]
        self._on_conflict = on_conflict
        self._yields = yields
        self._own = AsyncZeroconf(interfaces=list(_interfaces(addresses)))
        self._ears = _Ears(self._own.zeroconf, self._packed, self._contested)
        self._own.zeroconf.async_add_listener(self._ears, None)
        self._infos: dict[str, ServiceInfo] = {}
        self._broadcasts: set[asyncio.Future[Any]] = set()
        self._is_probing = False
        self._is_taken = asyncio.Event()
        self._defended_at = 0.0
        self._tidying = asyncio.get_running_loop().call_later(_TIDY_EVERY_S, self._tidy)

    async def claim(self, name: str, services: Iterable[Service]) -> bool:
        """Whether nobody else answers to the name, and to its services'; about a second."""
        host, infos = _host(name), [self._info(name, service) for service in services]
        await self._own.zeroconf.async_wait_for_start()
        self._ears.listen(host, infos)
        self._is_taken.clear()
        self._is_probing = True
        try:
            await asyncio.sleep(random.uniform(0, _PROBE_DELAY_MAX_S))
            for _ in range(_PROBES):
                self._own.zeroconf.async_send(_probe(host, infos))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._is_taken.wait(), _PROBE_EVERY_S)
                    return False
            return True
        finally:
            self._is_probing = False

    async def say(self, announcement: Announcement) -> None:
        """Announce what is new, change what is different, withdraw what is no longer there."""
        wanted = {service.kind: self._info(announcement.name, service) for service in announcement.services}
        self._ears.listen(_host(announcement.name), list(wanted.values()))
        for kind in self._infos.keys() - wanted.keys():
            await self._own.async_unregister_service(self._infos.pop(kind))
        for kind, info in wanted.items():
            if kind not in self._infos:
                self._keep(await self._own.async_register_service(info, cooperating_responders=True))
            elif (info.port, info.text) != (self._infos[kind].port, self._infos[kind].text):
                self._keep(await self._own.async_update_service(info))
            self._infos[kind] = info

    async def close(self) -> None:
        """Say goodbye and be gone; an interface that is gone already cannot keep us."""
        self._tidying.cancel()
        with contextlib.suppress(*ERRORS, TimeoutError):
            await asyncio.wait_for(self._own.async_close(), _CLOSE_S)
        for broadcast in list(self._broadcasts):
            broadcast.cancel()

    def _contested(self, theirs: bytes, ours: bytes) -> None:
        """Another one answers to our name. RFC 6762 cl. 8.2: while both are there, the greater data wins."""
        if self._is_probing:
            self._is_taken.set()
        elif theirs > ours and self._yields.may_yield():
            self._on_conflict()
        elif time.monotonic() - self._defended_at >= _DEFEND_EVERY_S:
            self._defended_at = time.monotonic()
            for info in self._infos.values():
                self._own.zeroconf.async_send(self._own.zeroconf.generate_service_broadcast(info, None))

    def _info(self, name: str, service: Service) -> ServiceInfo:
        kind = f"{service.kind}.local."
        return ServiceInfo(
            kind,
            f"{name}.{kind}",
            service.port,
            properties=dict(service.txt),
            server=_host(name),
            addresses=self._packed,
        )

    def _keep(self, broadcast: Any) -> None:
        future = asyncio.ensure_future(broadcast)
        self._broadcasts.add(future)
        future.add_done_callback(self._broadcast_done)

    def _broadcast_done(self, future: "asyncio.Future[Any]") -> None:
        self._broadcasts.discard(future)
        if not future.cancelled() and future.exception() is not None:
            _LOG.debug("announcing: %s", future.exception())

    def _tidy(self) -> None:
        """Questions of others are kept for a second's use (RFC 6762 cl. 7.3), and by zeroconf for ten."""
        self._own.zeroconf.question_history.clear()
        self._tidying = asyncio.get_running_loop().call_later(_TIDY_EVERY_S, self._tidy)


class Yields:
    """How often a name was given up: somebody who contests every name does not make the box run through them."""

    def __init__(self) -> None:
        self._times: collections.deque[float] = collections.deque(maxlen=_YIELDS_MAX)

    def may_yield(self) -> bool:
        """Whether this one is still to be taken seriously; counts it."""
        now = time.monotonic()
        if len(self._times) == _YIELDS_MAX and now - self._times[0] < _YIELDS_WITHIN_S:
            return False
        self._times.append(now)
        return True


class _Ears(RecordUpdateListener):
    """Hears who else uses our names, and forgets everything else: we look for nobody, so nothing needs keeping."""

    def __init__(self, own: Zeroconf, addresses: Sequence[bytes], contested: Callable[[bytes, bytes], None]) -> None:
        super().__init__()
        self._own = own
        self._addresses = set(addresses)
        self._contested = contested
        self._host = ""
        self._services: dict[str, bytes] = {}
        self._kept: set[DNSRecord] = set()

    def listen(self, host: str, infos: Sequence[ServiceInfo]) -> None:
        """From now on for these."""
        self._host = host.lower()
        self._services = {info.key: _data(info.dns_service()) for info in infos}
        self._kept = {record for info in infos for record in _records(info)}

    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:
        """Called by zeroconf before it keeps them."""
        for update in records:
            record = update.new
            if record.ttl <= 1:  # a goodbye
                continue
            if isinstance(record, DNSAddress) and record.key == self._host and record.address not in self._addresses:
                ours = [one for one in self._addresses if len(one) == len(record.address)]
                self._contested(record.address, max(ours, default=b""))
            elif isinstance(record, DNSService) and record.key in self._services:
                theirs, ours_of_it = _data(record), self._services[record.key]
                if theirs != ours_of_it:
                    self._contested(theirs, ours_of_it)

    def async_update_records_complete(self) -> None:
        """Called by zeroconf after it kept them."""
        cache = self._own.cache
        for name in cache.names():
            others = [record for record in cache.async_entries_with_name(name) if record not in self._kept]
            if others:
                cache.async_remove_records(others)


def _host(name: str) -> str:
    return f"{name}.local."


def _data(record: DNSService) -> bytes:
    """What two SRV records are compared by."""
    return f"{record.server.lower()} {record.port}".encode()


def _records(info: ServiceInfo) -> list[DNSRecord]:
    return [info.dns_pointer(), info.dns_service(), info.dns_text(), *info.dns_addresses()]


def _probe(host: str, infos: Sequence[ServiceInfo]) -> DNSOutgoing:
    """RFC 6762 cl. 8.1: asks for anything of these names, to be told to us alone, and says what we want to make them.

    What we want to make them is needed by another one who probes at the same time (cl. 8.2).
    """
    out = DNSOutgoing(const._FLAGS_QR_QUERY)
    for name in [host, *(info.name for info in infos)]:
        out.add_question(DNSQuestion(name, const._TYPE_ANY, const._CLASS_IN | const._CLASS_UNIQUE))
    authorities: list[Any] = out.authorities  # declared as pointers, which is what zeroconf itself puts there
    authorities += [*(infos[0].dns_addresses() if infos else []), *(info.dns_service() for info in infos)]
    return out


def _interfaces(addresses: Sequence[LanAddress]) -> Iterator[str]:
    """One address of each family for each interface: they say where to speak, not what to say."""
    chosen: dict[tuple[int, int], str] = {}
    for one in addresses:
        if one.address.version == 4 or not one.address.is_loopback:
            chosen.setdefault((one.interface, one.address.version), str(one.address))
    return iter(chosen.values())
