"""What the box may say of itself on the LAN: a pure function of what is offered and what really listens."""

import ipaddress
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.appliance.netlink import Address

MODEL = "Twinline"
_OFFERS_MAX = 16  # of a file or a status: four kinds of service are known
_TXT_MAX_BYTES = 200  # RFC 6763 cl. 6.2: small enough to fit into one packet with everything else


@dataclass(frozen=True, slots=True, order=True)
class Offer:
    """A service that a part of ours says it offers."""

    kind: str  # "_http._tcp"
    port: int
    path: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Listener:
    """A socket that takes what comes to `address` (which may be "any") and `port`."""

    protocol: str  # "tcp", "udp"
    address: Address
    port: int


@dataclass(frozen=True, slots=True)
class Service:
    """One service to announce; `txt` as RFC 6763 cl. 6 has it."""

    kind: str
    port: int
    txt: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Announcement:
    """Everything to announce under one name, while there is something to announce."""

    name: str
    services: tuple[Service, ...] = ()


def announcement(
    *,
    name: str,
    offers: Iterable[Offer],
    listeners: Iterable[Listener],
    addresses: Iterable[Address],
    version: str,
    is_setup_due: bool,
) -> Announcement:
    """What is offered *and* listened to where the LAN can come. One service of each kind: the first."""
    reachable = {*addresses, ipaddress.ip_address("0.0.0.0"), ipaddress.ip_address("::")}
    open_ports = {(one.protocol, one.port) for one in listeners if one.address in reachable}
    services: dict[str, Service] = {}
    for offer in offers:
        if (offer.kind.rpartition("._")[2], offer.port) in open_ports and offer.kind not in services:
            services[offer.kind] = Service(offer.kind, offer.port, _txt(offer, version, is_setup_due))
    return Announcement(name, tuple(services[kind] for kind in sorted(services)))


def _txt(offer: Offer, version: str, is_setup_due: bool) -> tuple[tuple[str, str], ...]:
    values = {"model": MODEL, "version": version, "setup": "1" if is_setup_due else "0"}
    if offer.path:
        values["path"] = offer.path
    return tuple((key, value[:_TXT_MAX_BYTES]) for key, value in values.items())


def offers_of_page(urls: str) -> Iterator[Offer]:
    """The page's offers: its addresses, one a line."""
    for line in urls.splitlines()[:_OFFERS_MAX]:
        try:
            url = urllib.parse.urlsplit(line.strip())
            port = url.port
        except ValueError:
            continue
        if url.scheme in ("http", "https"):
            yield Offer(f"_{url.scheme}._tcp", port or {"http": 80, "https": 443}[url.scheme], url.path or "/")


def offers_of_registrar(settings: Mapping[str, Any]) -> Iterator[Offer]:
    """Where IP telephones register, from the settings of the registrar; 0 is "not at all"."""
    if not settings.get("is_enabled", True):
        return
    for key, kind in (("udp_port", "_sip._udp"), ("tls_port", "_sips._tcp")):
        port = settings.get(key)
        if isinstance(port, int) and 0 < port < 1 << 16:
            yield Offer(kind, port)


def listeners_in(protocol: str, table: str) -> Iterator[Listener]:
    """The listening sockets in /proc/net/tcp, tcp6, udp or udp6; see proc(5)."""
    # A listening TCP socket is in state 0A, a UDP socket without a peer in 07.
    state = {"tcp": "0A", "udp": "07"}[protocol]
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 3 and fields[3] == state and fields[2].endswith(":0000"):
            host, _, port = fields[1].partition(":")
            yield Listener(protocol, _address(host), int(port, 16))


def _address(words: str) -> Address:
    """Each 32 bits in the machine's byte order: a Pi is as little-endian as a PC."""
    packed = b"".join(bytes.fromhex(words[at : at + 8])[::-1] for at in range(0, len(words), 8))
    address = ipaddress.ip_address(packed)
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address
