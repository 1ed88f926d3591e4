"""What a SIP trunk is made of, as plain values. Knows no SIP stack and no settings."""

from dataclasses import dataclass

from firmware.telephony.events import Destination
from firmware.telephony.sip.targets import split_place


@dataclass(frozen=True, slots=True)
class SipIdentity:
    """How a call shows its caller outside: what is asserted, From with its display name ("": the account's own),
    whether all that is withheld."""

    uri: str
    address: str = ""
    number: str = ""
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class TrunkAccount:
    """All that a SIP trunk is made of. `srtp`: off, optional, required; `session_timer`: off, supported, required;
    `has_mailbox`: somebody wants to know what waits there."""

    name: str
    username: str
    password: str
    domain: str
    auth_username: str = ""
    outbound_proxy: str = ""
    transport: str = "tls"
    tls_name: str = ""
    is_tls_verified: bool = True
    tls_ca_file: str = ""
    srtp: str = "optional"
    is_registering: bool = True
    expires_s: int = 300
    caller_number: str = ""
    caller_name: str = ""
    is_number_withheld: bool = False
    session_timer: str = "supported"
    destination: Destination = Destination("group", "all")
    keep_alive_s: int = 30
    has_mailbox: bool = False
    rtp_port_min: int = 16384
    rtp_port_max: int = 16484

    @property
    def own_uri(self) -> str:
        """The account's address."""
        return f"sip:{self.username}@{self.domain}" if self.username else f"sip:{self.domain}"

    @property
    def place(self) -> str:
        """Where requests go: the outbound proxy, else the domain."""
        return self.outbound_proxy or self.domain

    @property
    def expected_name(self) -> str:
        """What the certificate must bear (RFC 5922 section 7.3): the domain that was looked up. Only what the settings
        name may be a wildcard, which that RFC does not allow."""
        return self.tls_name or split_place(self.place)[0]

    @property
    def server_name(self) -> str:
        """Whom the server is told that we want (RFC 6066 section 3): a host, and no wildcard."""
        return split_place(self.place)[0] if self.tls_name.startswith("*") else self.expected_name

    @property
    def transport_key(self) -> tuple[object, ...]:
        """What a transport depends on: accounts that are alike in it may share one."""
        names = (self.expected_name, self.server_name)
        tls = (*names, self.is_tls_verified, self.tls_ca_file) if self.transport == "tls" else ()
        return (self.transport, self.keep_alive_s, *tls)

    @property
    def binding(self) -> tuple[object, ...]:
        """What the registrar knows of us: a change of it has to be unregistered first."""
        return (self.username, self.domain, self.place, self.is_registering, *self.transport_key)

    @property
    def registered(self) -> tuple[object, ...]:
        """All that a REGISTER depends on: a change of anything else needs no new one."""
        return (*self.binding, self.auth_username, self.password, self.expires_s)

    def identity(self, *, is_withheld: bool = False) -> SipIdentity:
        """How a call through this account shows its caller."""
        display = self.caller_name.replace("\\", "").replace('"', "")
        return SipIdentity(
            address=f'"{display}" <{self.own_uri}>' if display else "",
            uri=f"sip:{self.caller_number or self.username}@{split_place(self.domain)[0]}",
            number=self.caller_number,
            is_withheld=is_withheld or self.is_number_withheld,
        )


@dataclass(frozen=True, slots=True)
class TrunkState:
    """For status and page."""

    name: str
    phase: str
    text: str
    retry_in_s: float | None
