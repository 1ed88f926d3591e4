"""What the registrar is made of, as plain values. Knows no settings and writes nothing."""

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

_REALM = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,38}[A-Za-z0-9])?")
_EXTENSION = re.compile(r"[0-9]{1,20}")
ANY_ADDRESS = "0.0.0.0"


class Unfit(Exception):
    """The registrar cannot run with these values, in words."""


@dataclass(frozen=True, slots=True)
class RegistrarOptions:
    """Where it listens and what it bears; ports may be 0 for none. Times are seconds. `emergency`: numbers that may be
    called from where nothing else may."""

    address: str = ANY_ADDRESS
    udp_port: int = 5060
    tls_port: int = 5061
    realm: str = "twinline"
    expires_min_s: int = 60
    expires_max_s: int = 3600
    contacts_max: int = 5
    requests_max: int = 60
    ban_s: int = 300
    guesses_max: int = 10
    emergency: frozenset[str] = frozenset()

    def check(self) -> None:
        """Raise Unfit unless every value may stand in Kamailio's configuration as it is."""
        try:
            ipaddress.IPv4Address(self.address)
        except ValueError as error:
            raise Unfit(f"{self.address!r} is no IPv4 address") from error
        if not _REALM.fullmatch(self.realm):
            raise Unfit("the realm may have letters, digits, dots and hyphens only")
        if not self.udp_port and not self.tls_port:
            raise Unfit("neither port 0 leaves any way to register")
        if any(type(number) is not int or number < 0 for number in self._numbers()):
            raise Unfit("ports and limits are whole numbers")
        if not all(map(is_extension, self.emergency)):
            raise Unfit("emergency numbers are digits")

    def _numbers(self) -> tuple[int, ...]:
        ports = (self.udp_port, self.tls_port)
        times = (self.expires_min_s, self.expires_max_s, self.ban_s)
        return (*ports, *times, self.contacts_max, self.requests_max, self.guesses_max)


@dataclass(frozen=True, slots=True)
class Inside:
    """How registrar and exchange meet on 127.0.0.1: a port each, and what only they know."""

    registrar_port: int
    exchange_port: int
    token: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where the registrar's files lie. `run` lives as long as the box runs; `keep` outlives it (the certificate).

    The registrations are written once a second while there are any: `run` had better be no card.
    """

    run: Path
    keep: Path

    @property
    def script(self) -> Path:
        return self.run / "kamailio.cfg"

    @property
    def tls_profile(self) -> Path:
        return self.run / "tls.cfg"

    @property
    def accounts(self) -> Path:
        """Who may register: written by us, read by Kamailio at its start."""
        return self.run / "accounts.db"

    @property
    def places(self) -> Path:
        """Who is registered and subscribed: written by Kamailio."""
        return self.run / "places.db"

    @property
    def rpc(self) -> Path:
        return self.run / "rpc.sock"

    @property
    def process(self) -> Path:
        """The process id, to find one that outlived its keeper."""
        return self.run / "kamailio.pid"

    @property
    def certificate(self) -> Path:
        return self.keep / "registrar.pem"

    @property
    def certificate_key(self) -> Path:
        return self.keep / "registrar.key"


def ha1(extension: str, realm: str, password: str) -> str:
    """RFC 2617 section 3.2.2.2: what proves the password without being it."""
    return hashlib.md5(f"{extension}:{realm}:{password}".encode(), usedforsecurity=False).hexdigest()


def is_extension(number: str) -> bool:
    """Whether this may be a user's name here."""
    return _EXTENSION.fullmatch(number) is not None
