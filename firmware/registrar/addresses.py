"""The IPv4 addresses of this machine, as the kernel lists them. Knows no interface."""

import ipaddress
import itertools
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
