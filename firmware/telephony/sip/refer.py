"""A REFER's words: where it points, and how its end is told. Pure; knows no SIP stack."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

_TARGET = re.compile(r"<?\s*(?:sips?:([^@>\s?]+)@[^>\s?]*|tel:([^;>\s?]+)[^>\s?]*)(?:\?([^>\s]*))?", re.IGNORECASE)
_REASONS = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 486: "Busy Here", 603: "Decline"}
_LENGTH_MAX = 1000  # a URI with Call-ID and two tags; more is none


@dataclass(frozen=True, slots=True)
class ReferTo:
    """`number` as dialled; `replaces` is the Call-ID of the call whose place is to be taken, "" for none (RFC 3891)."""

    number: str
    replaces: str = ""


def parse_refer_to(value: str) -> ReferTo | None:
    """What Refer-To names; None when that is no number at all. Whether it may be dialled is for others to say."""
    match = _TARGET.search(value) if len(value) <= _LENGTH_MAX else None
    if match is None:
        return None
    number = unquote((match.group(1) or match.group(2)).partition(":")[0].partition(";")[0])
    return ReferTo(number, _replaced(match.group(3) or ""))


def sipfrag(status: int) -> str:
    """The body of the NOTIFY that tells how a transfer gets on (RFC 3515 section 2.4.5)."""
    return f"SIP/2.0 {status} {_REASONS.get(status, 'Ringing' if status < 200 else 'Ended')}\r\n"


def subscription_state(status: int) -> str:
    """RFC 3515 section 2.4.7: the subscription ends with the final status."""
    return "active;expires=180" if status < 200 else "terminated;reason=noresource"


def _replaced(headers: str) -> str:
    for header in headers.split("&"):
        name, _, value = header.partition("=")
        if name.lower() == "replaces":
            return unquote(value).partition(";")[0].strip()
    return ""
