"""Which name servers the SIP engine asks: those that are set, else the system's, followed when they change.

Without any the engine would look names up by the C library, which blocks the call thread until it gives up.
"""

import ctypes
import ipaddress
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from firmware.telephony.sip.targets import split_place

Server = tuple[str, int]

_LOG = logging.getLogger(__name__)

_SYSTEM_FILE = Path("/etc/resolv.conf")
_FILE_MAX_BYTES = 1 << 16  # one is some hundred bytes long
_SERVERS_MAX = 3  # MAXNS of resolv.conf(5); the engine asks all of them at once
_PORT = 53
_LOOK_EVERY_S = 5.0
# Nobody answers there, which fails a look-up in a while; a list that is empty would have it block.
NOBODY: Server = ("127.0.0.1", _PORT)


class NameServers:
    """Tells `use` whom to ask, at first and whenever that changes. One thread's own."""

    def __init__(
        self,
        use: Callable[[list[Server]], None],
        system_file: Path = _SYSTEM_FILE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._use = use
        self._file = system_file
        self._clock = clock
        self._wanted: Sequence[str] = ()
        self._used: list[Server] = []
        self._seen: tuple[int, int, int] | None = None
        self._look_at = 0.0

    def set(self, wanted: Sequence[str]) -> None:
        """Ask these ("host" or "host:port") from now on; none means the system's."""
        self._wanted = wanted
        self._refresh()

    def look(self) -> None:
        """Notice other servers of the system. Costs nothing but every five seconds, and then one stat(2)."""
        if self._clock() < self._look_at:
            return
        self._look_at = self._clock() + _LOOK_EVERY_S
        if not self._wanted and self._seen != _stamp(self._file):
            self._refresh()

    def _refresh(self) -> None:
        self._seen = _stamp(self._file)
        servers = set_servers(self._wanted) or system_servers(self._file) or [NOBODY]
        if servers != self._used:
            self._used = servers
            self._use(servers)


def set_servers(places: Sequence[str]) -> list[Server]:
    """Those of `places` that are addresses; a name server that is a name cannot be asked for itself."""
    servers = [(_numeric(host), port or _PORT) for host, port in map(split_place, places)]
    return [(address, port) for address, port in servers if address][:_SERVERS_MAX]


def system_servers(file: Path = _SYSTEM_FILE) -> list[Server]:
    """The system's (resolv.conf(5)); none where there is no such file."""
    try:
        with file.open("rb") as opened:
            text = opened.read(_FILE_MAX_BYTES).decode(errors="replace")
    except OSError:
        return []
    return [(address, _PORT) for address in _in_text(text)][:_SERVERS_MAX]


def give_to_engine(library: str, servers: Sequence[Server]) -> None:
    """Have pjsip's resolver ask these. On the thread that polls it; pjsua2 itself takes no ports and no changes."""
    pjsip = ctypes.PyDLL(library)
    pjsip.pjsua_get_pjsip_endpt.restype = ctypes.c_void_p
    pjsip.pjsip_endpt_get_resolver.restype = ctypes.c_void_p
    resolver = pjsip.pjsip_endpt_get_resolver(ctypes.c_void_p(pjsip.pjsua_get_pjsip_endpt()))
    names = (_Text * len(servers))(*(_Text(host.encode(), len(host)) for host, _ in servers))
    ports = (ctypes.c_uint16 * len(servers))(*(port for _, port in servers))
    status = pjsip.pj_dns_resolver_set_ns(ctypes.c_void_p(resolver), len(servers), names, ports)
    if status:
        _LOG.error("the SIP engine took no name server: error %d", status)


class _Text(ctypes.Structure):
    """pj_str_t."""

    _fields_ = (("ptr", ctypes.c_char_p), ("slen", ctypes.c_ssize_t))


def _in_text(text: str) -> Iterator[str]:
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver" and _numeric(words[1]):
            yield words[1]


def _numeric(host: str) -> str:
    """The host where it is an address, else ""."""
    host = "127.0.0.1" if host == "localhost" else host
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return ""
    return host


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
