"""Who may ask, and who may change something: Host, Origin and form token. Knows no page."""

import hashlib
import hmac
import ipaddress
import re
import secrets
import socket
from collections.abc import Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

BODY_BYTES_MAX = 64 * 1024  # no form of this page comes near it
COOKIE = "twinline-form"

_COOKIE_FORM = re.compile(r"[A-Za-z0-9_-]{22,64}")
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

    `refuse(status, text)` makes the body of a refusal in words.
    """

    def __init__(
        self,
        app: Callable[[Environ, StartResponse], Iterable[bytes]],
        refuse: Callable[[int, str], bytes],
        own_names: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._own_names = frozenset(name.lower().rstrip(".") for name in own_names)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            given = {name.lower() for name, _ in headers}
            more = [(name, value) for name, value in _all_headers() if name.lower() not in given]
            return start_response(status, headers + more, *rest)

        objection = self._objection(environ)
        if objection is None:
            return self._app(environ, start)
        status, text = objection
        body = self._refuse(status, text)
        start(
            _STATUS_LINES[status],
            [("Content-Type", "text/html; charset=UTF-8"), ("Content-Length", str(len(body)))],
        )
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]

    def _objection(self, environ: Environ) -> tuple[int, str] | None:
        if not is_own_host(environ.get("HTTP_HOST", ""), self._own_names):
            return 421, "This box answers to its own name and addresses only."
        method = environ.get("REQUEST_METHOD", "GET")
        if method in ("GET", "HEAD"):
            return None
        if method != "POST":
            return 405, "This page knows GET and POST only."
        if not is_same_origin(environ):
            return 403, "Another website tried to operate this box. Nothing was done."
        if not _is_body_in_bounds(environ):
            return 413, f"More than {BODY_BYTES_MAX // 1024} KiB were sent. Nothing was done."
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


class FormTokens:
    """Double submit: the form's token is the cookie's value under a secret of this process."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def cookie_of(self, environ: Mapping[str, Any]) -> str:
        """The browser's cookie, or "" when it has none that we could have made."""
        try:
            cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(COOKIE)
        except CookieError:
            return ""
        return cookie.value if cookie is not None and _COOKIE_FORM.fullmatch(cookie.value) else ""

    def new_cookie(self) -> str:
        """A fresh value for a browser without one."""
        return secrets.token_urlsafe(24)

    def token(self, cookie: str) -> str:
        """What the forms shown to this browser carry."""
        return hmac.new(self._secret, cookie.encode(), hashlib.sha256).hexdigest()

    def is_valid(self, environ: Mapping[str, Any], token: str) -> bool:
        """Whether the form was shown by this process to this browser."""
        cookie = self.cookie_of(environ)
        expected = self.token(cookie).encode()
        return bool(cookie) and hmac.compare_digest(expected, token.encode("utf-8", "replace"))


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


def _all_headers() -> tuple[tuple[str, str], ...]:
    return (*_HEADERS, ("Cache-Control", "no-store"))


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


def _is_body_in_bounds(environ: Mapping[str, Any]) -> bool:
    length = environ.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and len(length) < 10 and int(length) <= BODY_BYTES_MAX
