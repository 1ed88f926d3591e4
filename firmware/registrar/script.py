"""Kamailio's configuration out of plain values, as text. Starts nothing."""

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from importlib.resources import files

from firmware.registrar.options import Inside, Places, RegistrarOptions, Unfit

# With room for two bodies of the largest SDP that the engine takes (8192).
MESSAGE_MAX = 9000
_TCP_MAX = 4096  # connections: 2,000 telephones, each a second time while it reconnects
_GUESSES_S = 3600  # after so long without one, wrong passwords are forgotten
_RESCUES_MAX = 5  # wrong passwords for emergency calls of an address that is shut out
_HELPED_S = 4 * 3600  # so long the connection of its emergency call is left alone
_ADDRESSES_MAX = 16
_SAFE_PATH = re.compile(r"/[A-Za-z0-9_./+~-]*")
_NAME = re.compile(r"@([A-Z_]+)@")


def script(
    options: RegistrarOptions, inside: Inside, places: Places, *, addresses: Sequence[str], modules: str, key: str
) -> str:
    """The whole configuration; `addresses` are those to listen at, `key` begins each line that is meant for us.

    Raises Unfit when a value must not stand in it.
    """
    options.check()
    for text in (inside.token, key):
        if not re.fullmatch(r"[A-Za-z0-9]+", text):
            raise Unfit("tokens are letters and digits")
    values = _numbers(options) | {
        "LISTEN": "\n".join(_listen(options, inside, addresses)),
        "TLS": _tls(options, places),
        "MODULES": _path(modules),
        "RPC": places.rpc.name,
        "PLACES": _path(str(places.places)),
        "ACCOUNTS": _path(str(places.accounts)),
        "REALM": options.realm,
        "EMERGENCY": "|".join(sorted(options.emergency)) or "none",
        "TOKEN": inside.token,
        "SECRET": _derived(inside.token, "nonces"),
        "NOBODY": _derived(inside.token, "nobody"),
        "KEY": key,
        "INSIDE": f"udp:127.0.0.1:{inside.registrar_port}",
        "INSIDE_PORT": str(int(inside.registrar_port)),
        "EXCHANGE_PORT": str(int(inside.exchange_port)),
    }
    template = files(__package__).joinpath("kamailio.cfg").read_text()
    return "#!KAMAILIO\n" + _NAME.sub(lambda match: values[match.group(1)], template)


def tls_profile(places: Places) -> str:
    """The configuration of Kamailio's TLS: 1.2 and above, telephones need no certificate."""
    return "\n".join(
        [
            "[server:default]",
            "method = TLSv1.2+",
            "verify_certificate = no",
            "require_certificate = no",
            f"private_key = {_path(str(places.certificate_key))}",
            f"certificate = {_path(str(places.certificate))}",
            "[client:default]",
            "method = TLSv1.2+",
            "verify_certificate = no",
            "require_certificate = no",
            "",
        ]
    )


def _numbers(options: RegistrarOptions) -> dict[str, str]:
    numbers = {
        "EXPIRES_MIN_S": options.expires_min_s,
        "EXPIRES_MAX_S": max(options.expires_min_s, options.expires_max_s),
        "TCP_LIFETIME_S": options.expires_max_s + 60,
        "TCP_MAX": _TCP_MAX,
        "CONTACTS_MAX": options.contacts_max,
        "REQUESTS_MAX": options.requests_max,
        "BAN_S": options.ban_s,
        "GUESSES_MAX": options.guesses_max,
        "GUESSES_S": _GUESSES_S,
        "RESCUES_MAX": _RESCUES_MAX,
        "HELPED_S": _HELPED_S,
        "MESSAGE_MAX": MESSAGE_MAX,
    }
    return {name: str(int(number)) for name, number in numbers.items()}


def _listen(options: RegistrarOptions, inside: Inside, addresses: Sequence[str]) -> list[str]:
    lines = [f"listen=udp:127.0.0.1:{int(inside.registrar_port)}"]
    for address in list(addresses)[:_ADDRESSES_MAX]:
        own = str(ipaddress.IPv4Address(address))
        if options.udp_port:
            lines += [f"listen=udp:{own}:{options.udp_port}", f"listen=tcp:{own}:{options.udp_port}"]
        if options.tls_port:
            lines.append(f"listen=tls:{own}:{options.tls_port}")
    return lines


def _tls(options: RegistrarOptions, places: Places) -> str:
    if not options.tls_port:
        return ""
    lines = ["enable_tls=yes", 'loadmodule "tls.so"', f'modparam("tls", "config", "{_path(str(places.tls_profile))}")']
    return "\n".join(lines)


def _path(path: str) -> str:
    if not _SAFE_PATH.fullmatch(path):
        raise Unfit(f"the path {path!r} has characters that Kamailio's configuration does not bear")
    return path


def _derived(token: str, purpose: str) -> str:
    """32 hexadecimal digits that stay the same over a restart of Kamailio."""
    return hashlib.sha256(f"{purpose}:{token}".encode()).hexdigest()[:32]
