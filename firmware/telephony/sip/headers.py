"""What an INVITE's text says of who calls and who is called. Pure; knows no SIP stack."""

import re
from urllib.parse import unquote

from firmware.telephony.events import Caller

_ADDRESS = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|([^"<]*?))\s*<?(?:sips?:([^@>\s]*)@|tel:([^;>\s]*))', re.IGNORECASE)
_CALLED = re.compile(r"INVITE\s+(?:sips?:([^@\s]*)@|tel:([^;\s]*))", re.IGNORECASE)
_RETRY_AFTER = re.compile(r"[ \t]*(\d{1,7})")
_URI = re.compile(r"<?\s*sips?:([^@>\s]*)@(\[[^\]>\s]*\]|[^:;?>\s]*)", re.IGNORECASE)
_FOLDED = re.compile(r"\r?\n[ \t]+")  # RFC 3261 section 7.3.1
_ANONYMOUS = frozenset({"anonymous", "restricted", "unavailable"})
_WITHHOLDING = frozenset({"id", "user", "header"})  # RFC 3323 section 4.2, RFC 3325 section 9.3
_NAME_CAP = 64  # characters of a display name that anything here shows; SIP sets no limit
_NUMBER_CAP = 32


def caller_of(message: str) -> Caller:
    """Who calls: P-Asserted-Identity before From (RFC 3325), Privacy (RFC 3323) kept."""
    asserted = header(message, "P-Asserted-Identity")
    caller = _parse_address(asserted or header(message, "From", "f"))
    privacy = {token.strip().lower() for token in header(message, "Privacy").split(";")}
    if privacy & _WITHHOLDING or caller.number.lower() in _ANONYMOUS:
        return Caller(withheld=True)
    return caller


def called_of(message: str) -> str:
    """The user part of the Request-URI, "" where there is none."""
    match = _CALLED.match(message)
    return _number(match.group(1) or match.group(2) or "") if match else ""


def retry_after_s(message: str) -> float | None:
    """When a response says to ask again (RFC 3261 section 20.33)."""
    match = _RETRY_AFTER.match(header(message, "Retry-After"))
    return float(match.group(1)) if match else None


def number_at(uri: str) -> tuple[str, str]:
    """The user part of a SIP URI and its host, in lower case; both "" where it has no user."""
    match = _URI.match(uri)
    return (_number(match.group(1)), match.group(2).lower()) if match else ("", "")


def header(message: str, *names: str) -> str:
    """The first header field that has one of these names, unfolded; "" without one."""
    head = _FOLDED.sub(" ", message.split("\r\n\r\n", 1)[0])
    for name in names:
        match = re.search(rf"^{name}[ \t]*:[ \t]*(.*)$", head, re.IGNORECASE | re.MULTILINE)
        if match:
            return match.group(1).strip()
    return ""


def _parse_address(value: str) -> Caller:
    match = _ADDRESS.match(value)
    if match is None:
        return Caller()
    name = re.sub(r"\\(.)", r"\1", match.group(1) or match.group(2) or "")
    number = _number(match.group(3) or match.group(4) or "")
    return Caller(number=number, name=_shown(name)[:_NAME_CAP].strip())


def _number(user: str) -> str:
    """The user part of an address without password (RFC 3261 section 19.1.1) and parameters (RFC 3966)."""
    return _shown(unquote(user.partition(":")[0].partition(";")[0]))[:_NUMBER_CAP]


def _shown(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
