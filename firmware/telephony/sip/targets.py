"""Where a SIP domain is served (RFC 3263): SRV in order of priority and weight, else its addresses.

Look-ups block, so they run on a thread of their own, never on the call thread.
"""

import ipaddress
import logging
import random
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dns.resolver

_LOG = logging.getLogger(__name__)

_LOOKUP_S = 5.0  # one look-up, all name servers together
_TARGETS_CAP = 16  # an SRV answer can hold hundreds; nobody serves a box from more places
_DEFAULT_PORT = {"udp": 5060, "tcp": 5060, "tls": 5061}
_SERVICE = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}


@dataclass(frozen=True, slots=True)
class Target:
    """One place to send to: a numeric address and a port; `host` is the name it came from."""

    host: str
    address: str
    port: int

    @property
    def remote(self) -> str:
        """As a connection's remote address is written."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class NotFound(Exception):
    """The name leads nowhere, said in words. Raised for whoever may try again later."""


class Lookup:
    """Finds targets; one of `nameservers` is "host" or "host:port", none means the system's."""

    def __init__(self, nameservers: Callable[[], Sequence[str]]) -> None:
        self._nameservers = nameservers

    def start(self, place: str, transport: str, on_done: Callable[[list[Target] | NotFound], None]) -> threading.Thread:
        """Look `place` ("host" or "host:port") up on a new thread; `on_done` is called there."""

        def work() -> None:
            try:
                on_done(self.find(place, transport))
            except NotFound as error:
                on_done(error)
            except Exception as error:
                _LOG.exception("look-up of a trunk's address failed")
                on_done(NotFound(str(error)))

        thread = threading.Thread(target=work, name="trunk-lookup", daemon=True)
        thread.start()
        return thread

    def find(self, place: str, transport: str) -> list[Target]:
        """Targets in the order in which to try them; raises NotFound."""
        host, port = split_place(place)
        if _is_numeric(host) or host == "localhost":
            address = "127.0.0.1" if host == "localhost" else _usable(host)
            return [Target(host, address, port or _DEFAULT_PORT[transport])]
        resolver = self._resolver()
        if port is not None:
            return _addresses(resolver, host, port)
        served = _services(resolver, f"{_SERVICE[transport]}.{host}")
        found: list[Target] = []
        for name, service_port in served:
            try:
                found += _addresses(resolver, name, service_port)
            except NotFound as error:
                _LOG.warning("%s", error)
        return found[:_TARGETS_CAP] or _addresses(resolver, host, _DEFAULT_PORT[transport])

    def _resolver(self) -> "dns.resolver.Resolver":
        import dns.resolver  # here and below: 0.05 s of the gateway's start otherwise

        nameservers = self._nameservers()
        if not nameservers:
            try:
                resolver = dns.resolver.Resolver()
            except dns.resolver.NoResolverConfiguration as error:
                raise NotFound("this box has no name server yet") from error
        else:
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers = [
                dns.nameserver.Do53Nameserver(host, port or 53) for host, port in map(split_place, nameservers)
            ]
        resolver.lifetime = _LOOKUP_S
        return resolver


class Servers:
    """A domain's targets, gone through one after the other; looked up again after the last. One thread's own, to
    which `post` leads back."""

    def __init__(self, lookup: Lookup, post: Callable[[Callable[[], None]], None]) -> None:
        self._lookup = lookup
        self._post = post
        self._targets: list[Target] = []
        self._current = 0
        self._lookups = 0
        self.addresses: frozenset[str] = frozenset()

    @property
    def current(self) -> Target | None:
        """The target whose turn it is; None before the look-up."""
        return self._targets[self._current] if self._targets else None

    @property
    def is_last(self) -> bool:
        """After the current target there is none that was not tried."""
        return self._current + 1 >= len(self._targets)

    @property
    def others(self) -> list[Target]:
        """The targets after the current one, in the order in which to try them; those before it come last."""
        return self._targets[self._current + 1 :] + self._targets[: self._current]

    def next(self) -> None:
        """On to the next target; after the last comes a new look-up."""
        self._current += 1
        if self._current >= len(self._targets):
            self._targets, self._current = [], 0

    def forget(self) -> None:
        """Look up anew next time; the answer to a look-up under way counts no more."""
        self._targets, self._current = [], 0
        self._lookups += 1

    def find(self, place: str, transport: str, on_done: Callable[[NotFound | None], None]) -> None:
        """Look `place` up; `on_done` comes later, unless `forget` was called or another look-up begun meanwhile."""
        self._lookups += 1
        number = self._lookups
        self._lookup.start(place, transport, lambda found: self._post(lambda: self._found(number, found, on_done)))

    def serves(self, remote: str) -> bool:
        """Whether this "address:port" is one of the targets."""
        return any(target.remote == remote for target in self._targets)

    def _found(self, number: int, found: list[Target] | NotFound, on_done: Callable[[NotFound | None], None]) -> None:
        if number != self._lookups:
            return
        if isinstance(found, NotFound):
            on_done(found)
            return
        self._targets, self._current = found, 0
        self.addresses = frozenset(target.address for target in found)
        on_done(None)


def split_place(place: str) -> tuple[str, int | None]:
    """ "host", "host:port", "[v6]:port" to host and port."""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, int(rest[1:]) if rest.startswith(":") else None
    host, separator, port = place.rpartition(":")
    if separator and port.isdigit() and ":" not in host:
        return host, int(port)
    return place, None


def source_address(towards: str) -> str:
    """The own address from which packets to `towards` leave; "" where no route leads there. Sends nothing."""
    family = socket.AF_INET6 if ":" in towards else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((towards, 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _services(resolver: "dns.resolver.Resolver", name: str) -> list[tuple[str, int]]:
    import dns.exception
    import dns.resolver

    try:
        records = list(resolver.resolve(name, "SRV"))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise NotFound(f"no name server answers for {name}") from error
    ordered: list[tuple[str, int]] = []
    for priority in sorted({record.priority for record in records}):
        group = [record for record in records if record.priority == priority]
        while group:  # RFC 2782: drawn by weight
            drawn = random.choices(group, [record.weight + 0.01 for record in group])[0]
            group.remove(drawn)
            ordered.append((drawn.target.to_text(omit_final_dot=True), drawn.port))
    return ordered


def _addresses(resolver: "dns.resolver.Resolver", host: str, port: int) -> list[Target]:
    import dns.exception
    import dns.resolver

    if _is_numeric(host):
        return [Target(host, _usable(host), port)]
    try:
        return [Target(host, record.address, port) for record in resolver.resolve(host, "A")][:_TARGETS_CAP]
    except dns.resolver.NXDOMAIN as error:
        raise NotFound(f"the name {host} does not exist") from error
    except dns.resolver.NoAnswer as error:
        raise NotFound(f"{host} has no IPv4 address, and this box speaks no SIP over IPv6") from error
    except dns.exception.DNSException as error:
        raise NotFound(f"no name server answers for {host}") from error


def _usable(address: str) -> str:
    if ":" in address:
        raise NotFound(f"{address} is an IPv6 address, and this box speaks no SIP over IPv6")
    return address
