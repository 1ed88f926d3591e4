"""Who may ask, and who may change something: Host and Origin; and how large that may be. Knows no page."""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from firmware.webadmin.language import N_

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

BODY_BYTES_MAX = 64 * 1024  # no form of this page comes near it
LARGE_BODY_BYTES_MAX = 2 * 1024 * 1024  # a backup, with the settings of a full box several times over
LARGE_PATHS = frozenset({"/system/restore"})
_API = "/api/v1/"
_HSTS = ("Strict-Transport-Security", "max-age=31536000")  # heard over HTTPS alone (RFC 6797 sect. 8.1)
_HEADERS = (
    ("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
     "frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),  # with no-referrer, browsers send "Origin: null" with our forms
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)  # fmt: skip


class Guard:
    """WSGI layer: refuses foreign hosts and changes asked for by foreign pages, sets the safe headers.

    `refuse(status, text, Accept-Language)` makes the body of a refusal in words. `is_proxied`: behind TLS.
    """

    def __init__(
        self,
        app: Callable[[Environ, StartResponse], Iterable[bytes]],
        refuse: Callable[[int, str, str], bytes],
        own_names: Iterable[str] = (),
        *,
        is_proxied: bool = False,
    ) -> None:
        self._more = (("Cache-Control", "no-store"), *((_HSTS,) if is_proxied else ()))
        self._app = app
        self._refuse = refuse
        self._own_names = frozenset(name.lower().rstrip(".") for name in own_names)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            given = {name.lower() for name, _ in headers}
            more = [(name, value) for name, value in (*_HEADERS, *self._more) if name.lower() not in given]
            return start_response(status, headers + more, *rest)

        objection = self._objection(environ)
        if objection is None:
            return self._app(environ, start)
        status, text = objection
        body = self._refuse(status, text, str(environ.get("HTTP_ACCEPT_LANGUAGE", "")))
        start(
            _STATUS_LINES[status],
            [("Content-Type", "text/html; charset=UTF-8"), ("Content-Length", str(len(body)))],
        )
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]

    def _objection(self, environ: Environ) -> tuple[int, str] | None:
        if not is_own_host(environ.get("HTTP_HOST", ""), self._own_names):
            return 421, N_("This box answers to its own name and addresses only.")
        method, path = environ.get("REQUEST_METHOD", "GET"), environ.get("PATH_INFO", "")
        if method in ("GET", "HEAD"):
            return None
        if method != "POST" and not (method == "PATCH" and path.startswith(_API)):
            return 405, N_("This page knows GET and POST only.")
        if not is_same_origin(environ):
            return 403, N_("Another website tried to operate this box. Nothing was done.")
        if not _is_body_in_bounds(environ, LARGE_BODY_BYTES_MAX if path in LARGE_PATHS else BODY_BYTES_MAX):
            return 413, N_("More was sent than this page takes. Nothing was done.")
        return None


def is_own_host(host: str, own_names: frozenset[str]) -> bool:
    """Whether a Host header names this box: a loopback name, one of `own_names`, or an address of its own.

    A foreign name that resolves to this box (DNS rebinding) is none of them.
    """
    name, address = _split_host(host)
    if address is not None:
        return address.is_loopback or _is_own_address(address)
    return name == "localhost" or name.endswith(".localhost") or name in own_names


def is_same_origin(environ: Mapping[str, Any]) -> bool:
    """Whether the asking page is ours, by Sec-Fetch-Site and Origin. A token is needed besides."""
    if environ.get("HTTP_SEC_FETCH_SITE", "same-origin") != "same-origin":
        return False
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return True
    scheme, _, host = origin.partition("://")
    return scheme in ("http", "https") and host.lower() == str(environ.get("HTTP_HOST", "")).lower()


def own_names() -> frozenset[str]:
    """The names of this box: its host name, alone and under `.local`."""
    name = socket.gethostname().lower()
    return frozenset({name, name.split(".")[0], f"{name.split('.')[0]}.local"})


_STATUS_LINES = {
    403: "403 Forbidden",
    405: "405 Method Not Allowed",
    413: "413 Content Too Large",
    421: "421 Misdirected Request",
}


def _split_host(host: str) -> tuple[str, ipaddress.IPv4Address | ipaddress.IPv6Address | None]:
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{1,5})?", host[:300])
    if match is None:
        return "", None
    name = (match[1] or match[2]).lower().rstrip(".")
    try:
        return name, ipaddress.ip_address(name)
    except ValueError:
        return name, None


def _is_own_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """An address that we may bind to is ours; no list of interfaces to keep fresh."""
    if address.is_multicast or address.is_unspecified:
        return False
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _is_body_in_bounds(environ: Mapping[str, Any], limit: int) -> bool:
    length = environ.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and len(length) < 10 and int(length) <= limit
