"""The cookies of the page: session, form and language. Knows no route."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

from firmware.webadmin.language import LANGUAGES

_ID = re.compile(r"[A-Za-z0-9_-]{22,64}")
_HEADER_MAX = 8192
LANGUAGE_KEPT_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from. `is_proxied`: from our own nginx, which says so in headers that it sets itself."""

    address: str
    is_https: bool
    is_local: bool

    @classmethod
    def of(cls, environ: Mapping[str, Any], is_proxied: bool) -> "Origin":
        """Read from a WSGI environment."""
        if is_proxied:
            address = str(environ.get("HTTP_X_REAL_IP", ""))
            return cls(address, environ.get("HTTP_X_FORWARDED_PROTO") == "https", False)
        address = str(environ.get("REMOTE_ADDR", ""))
        return cls(address, environ.get("wsgi.url_scheme") == "https", _is_loopback(address))


def session_name(origin: Origin) -> str:
    """The `__Host-` prefix binds a cookie to HTTPS and this host; plain HTTP is for this machine alone."""
    return "__Host-twinline" if origin.is_https else "twinline"


def form_name(origin: Origin) -> str:
    """The cookie of forms that are shown before anybody is signed in."""
    return "__Host-twinline-form" if origin.is_https else "twinline-form"


LANGUAGE_NAME = "twinline-language"


def id_in(environ: Mapping[str, Any], name: str) -> str:
    """The value of a cookie that holds an id of ours; "" when there is none that we could have made."""
    value = _value(environ, name)
    return value if _ID.fullmatch(value) else ""


def language_in(environ: Mapping[str, Any]) -> str:
    """The language that was chosen; "" when none was."""
    value = _value(environ, LANGUAGE_NAME)
    return value if value in LANGUAGES else ""


def set_header(name: str, value: str, origin: Origin, *, lifetime_s: int | None = None) -> str:
    """A Set-Cookie header; without `lifetime_s` it is gone when the browser closes, with 0 at once."""
    parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=Strict"]
    if origin.is_https:
        parts.append("Secure")
    if lifetime_s is not None:
        parts.append(f"Max-Age={lifetime_s}")
    return "; ".join(parts)


def _value(environ: Mapping[str, Any], name: str) -> str:
    try:
        cookie = SimpleCookie(str(environ.get("HTTP_COOKIE", ""))[:_HEADER_MAX]).get(name)
    except CookieError:
        return ""
    return cookie.value if cookie is not None else ""


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
