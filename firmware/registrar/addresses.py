"""The IPv4 addresses of this machine, as the kernel lists them, and what is free there. Knows no interface."""

import contextlib
import errno
import ipaddress
import itertools
import socket
from collections.abc import Iterable
from pathlib import Path

_TRIE = Path("/proc/net/fib_trie")


def own_addresses(trie: str | None = None) -> tuple[str, ...]:
    """Every address but those of loopback and link-local, sorted; `trie` is the kernel's text where it is given."""
    lines = (_TRIE.read_text() if trie is None else trie).splitlines()
    found = set()
    for line, following in itertools.pairwise(lines):
        if "/32 host LOCAL" in following and "|--" in line:
            found.add(ipaddress.IPv4Address(line.rpartition("|--")[2].strip()))
    return tuple(str(address) for address in sorted(found) if not address.is_loopback and not address.is_link_local)


def is_taken(port: int, addresses: Iterable[str]) -> bool:
    """Whether another program has this port at one of the addresses, by UDP or by TCP."""
    return any(
        _is_taken(kind, (address, port)) for address in addresses for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)
    )


def _is_taken(kind: socket.SocketKind, place: tuple[str, int]) -> bool:
    with contextlib.closing(socket.socket(socket.AF_INET, kind)) as probe:
        # Connections that ended just now hold no listener up; by UDP the option would let two programs have one port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
        try:
            probe.bind(place)
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
