"""The kernel's list of interfaces and addresses, and word when it changes. Pure but for the socket; knows no mDNS."""

import errno
import ipaddress
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# linux/rtnetlink.h, linux/netlink.h
_NEWLINK, _GETLINK, _NEWADDR, _GETADDR = 16, 18, 20, 22
_GROUPS = 0x1 | 0x10 | 0x100  # RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
_REQUEST, _DUMP = 0x1, 0x300
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
_LINK = struct.Struct("=BxHiII")  # ifinfomsg: family, type, index, flags, change
_ADDRESS = struct.Struct("=BBBBI")  # ifaddrmsg: family, prefix length, flags, scope, index
_ATTRIBUTE = struct.Struct("=HH")  # rtattr: length, type
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8

# linux/if.h
_UP, _LOOPBACK, _POINT_TO_POINT, _RUNNING, _MULTICAST = 0x1, 0x8, 0x10, 0x40, 0x1000
# linux/if_addr.h: privacy addresses change every day, the others cannot be reached (yet, or for long)
_TEMPORARY, _DAD_FAILED, _DEPRECATED, _TENTATIVE = 0x01, 0x08, 0x20, 0x40
_UNFIT = _TEMPORARY | _DAD_FAILED | _DEPRECATED | _TENTATIVE

_TIMEOUT_S = 2.0
_READ_BYTES = 1 << 17
_ANSWER_MAX_BYTES = 1 << 22  # some 30,000 addresses: far above any box
_INTERFACES_MAX = 8  # LAN, WLAN and some VLANs; each costs sockets
_ADDRESSES_MAX = 4  # of one interface: all must fit into one mDNS packet


@dataclass(frozen=True, slots=True, order=True)
class LanAddress:
    """One address of an interface of ours."""

    interface: int
    address: Address


def lan_addresses(*, is_loopback_wanted: bool = False) -> tuple[LanAddress, ...]:
    """Addresses under which the LAN reaches this machine, in a fixed order. Raises OSError.

    Loopback is left out, and so are point-to-point interfaces: a VPN's far end is no neighbour.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE) as asking:
        asking.settimeout(_TIMEOUT_S)
        asking.bind((0, 0))
        links = _asked(asking, _GETLINK, _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0))
        addresses = _asked(asking, _GETADDR, _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0))
    return chosen(flags_of(links), addresses_in(addresses), is_loopback_wanted=is_loopback_wanted)


def open_watch() -> socket.socket:
    """A socket that becomes readable when an interface or address changes; see `drain`. Raises OSError."""
    watch = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE
    )
    try:
        watch.bind((0, _GROUPS))
    except OSError:
        watch.close()
        raise
    return watch


def drain(watch: socket.socket) -> None:
    """Forget what the socket has to tell: whoever hears that something changed looks at the whole again."""
    while True:
        try:
            watch.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.ENOBUFS:  # changes were lost; that there were some is all we need
                raise


def chosen(
    flags: dict[int, int], addresses: Iterator[LanAddress], *, is_loopback_wanted: bool
) -> tuple[LanAddress, ...]:
    """Those of the LAN, with caps on interfaces and addresses."""
    kept: dict[int, list[LanAddress]] = {}
    for one in sorted(addresses, key=lambda one: (one.interface, one.address.version, one.address.packed)):
        if not _is_lan(flags.get(one.interface, 0), is_loopback_wanted=is_loopback_wanted):
            continue
        if one.interface in kept or len(kept) < _INTERFACES_MAX:
            kept.setdefault(one.interface, []).append(one)
    return tuple(one for ours in kept.values() for one in ours[:_ADDRESSES_MAX])


def flags_of(data: bytes) -> dict[int, int]:
    """Flags by index, of an answer to RTM_GETLINK."""
    found = {}
    for kind, body in _messages(data):
        if kind == _NEWLINK and len(body) >= _LINK.size:
            _, _, index, flags, _ = _LINK.unpack_from(body)
            found[index] = flags
    return found


def addresses_in(data: bytes) -> Iterator[LanAddress]:
    """Addresses that can be told to others, of an answer to RTM_GETADDR."""
    for kind, body in _messages(data):
        if kind != _NEWADDR or len(body) < _ADDRESS.size:
            continue
        family, _, flags, _, index = _ADDRESS.unpack_from(body)
        attributes = dict(_attributes(body[_ADDRESS.size :]))
        long_flags = attributes.get(_IFA_FLAGS, b"")
        flags = struct.unpack("=I", long_flags)[0] if len(long_flags) == 4 else flags
        # IPv4 tells its own address as LOCAL (ADDRESS is the peer's on a link of two), IPv6 as ADDRESS.
        packed = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS, b"")
        if not flags & _UNFIT and len(packed) == {socket.AF_INET: 4, socket.AF_INET6: 16}.get(family):
            yield LanAddress(index, ipaddress.ip_address(packed))


def _is_lan(flags: int, *, is_loopback_wanted: bool) -> bool:
    if flags & _LOOPBACK:
        return is_loopback_wanted
    return flags & (_UP | _RUNNING | _MULTICAST) == _UP | _RUNNING | _MULTICAST and not flags & _POINT_TO_POINT


def _asked(asking: socket.socket, what: int, body: bytes) -> bytes:
    asking.sendto(_HEADER.pack(_HEADER.size + len(body), what, _REQUEST | _DUMP, what, 0) + body, (0, 0))
    answer = bytearray()
    while len(answer) < _ANSWER_MAX_BYTES:
        part = asking.recv(_READ_BYTES)
        kinds = [kind for kind, _ in _messages(part)]
        answer += part
        if _ERROR in kinds:
            raise OSError(errno.EPROTO, "the kernel does not tell its addresses")
        if _DONE in kinds or not part:
            return bytes(answer)
    raise OSError(errno.EMSGSIZE, "more addresses than any box has")


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size:
            return
        yield kind, data[at + _HEADER.size : at + length]
        at += _aligned(length)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size:
            return
        yield kind, data[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3  # NLMSG_ALIGNTO, RTA_ALIGNTO
