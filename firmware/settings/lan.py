"""Settings of IP telephones on the LAN: where they register, and what protects that."""

from firmware.settings.formats import ADDRESS, setting
from firmware.settings.section import Section


class Registrar(Section):
    """Where IP telephones register."""

    is_enabled: bool = setting("IP telephones", "May register with the box.", True)
    address: str = setting(
        "Listen address",
        "0.0.0.0 is every IPv4 network of the box.",
        "0.0.0.0",
        words="an IP address",
        pattern=ADDRESS,
        max_length=45,
    )
    udp_port: int = setting("UDP and TCP port", "0: none.", 5060, ge=0, le=65535)
    tls_port: int = setting("TLS port", "0: none.", 5061, ge=0, le=65535)
    realm: str = setting(
        "Realm",
        "What IP telephones show when they ask for the password.",
        "twinline",
        words="1 to 40 of letters, digits, dots and hyphens",
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,38}[A-Za-z0-9])?$",
    )
    expires_min_s: int = setting(
        "Registration lasts at least, s", "Telephones behind a router want it short.", 60, ge=30, le=3600
    )
    expires_max_s: int = setting(
        "Registration lasts at most, s", "What a telephone asks for beyond that is cut.", 3600, ge=60, le=86400
    )
    contacts_max: int = setting("Devices on an extension", "At most.", 5, ge=1, le=10)
    requests_max: int = setting("Requests of one address", "In 2 s; who sends more is shut out.", 60, ge=10, le=1000)
    ban_s: int = setting("Shut out for, s", "After a flood or guessed passwords.", 300, ge=10, le=86400)
    guesses_max: int = setting("Wrong passwords", "Of one address before it is shut out.", 10, ge=3, le=100)
