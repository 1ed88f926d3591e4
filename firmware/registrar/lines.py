"""What Kamailio's own lines say to us, and what they make known. Pure."""

import re
from dataclasses import dataclass
from typing import Any

_EVENT = re.compile(r"security (flood|scanner|guessing|password|impersonation) ([0-9a-fA-F.:]{2,45}) (udp|tcp|tls)")
_CONTACT = re.compile(r"contact ([0-9]{1,20})")
_PLACE = re.compile(r"(?:sips?:(?:[^@]*@)?|(?:udp|tcp|tls):)([0-9.]{7,15}:[0-9]{1,5})")
_WORDS = {
    "flood": "too many requests: shut out",
    "scanner": "a scanner's request: shut out",
    "guessing": "too many wrong passwords: shut out",
    "password": "wrong password",
    "impersonation": "a telephone gave itself out for another extension",
}


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """`kind`: flood, scanner, guessing, password (the first wrong one), impersonation; `source` is an address."""

    kind: str
    source: str
    words: str

    @property
    def line(self) -> str:
        """The one line for the log, in a form that is kept: filters of fail2ban may rely on it."""
        return f"security event {self.kind} from {self.source}: {self.words}"


@dataclass(frozen=True, slots=True)
class ContactsChanged:
    """Devices of an extension came or went."""

    extension: str


def read_line(line: str, key: str) -> SecurityEvent | ContactsChanged | None:
    """What a line of Kamailio's log means; only those with `key`, which nobody outside knows, mean anything."""
    _, found, text = line.rstrip("\r\n").partition(f"{key} ")
    if not found:
        return None
    if match := _EVENT.fullmatch(text):
        kind, source, transport = match.groups()
        return SecurityEvent(kind, source, f"{_WORDS[kind]} ({transport})")
    if match := _CONTACT.fullmatch(text):
        return ContactsChanged(match.group(1))
    return None


def device_of(found: Any) -> tuple[str, str] | None:
    """(own address, "address:port" of the telephone) out of what `ul.lookup` answers; None where nobody is."""
    contacts = (found or {}).get("Contacts") or []
    if not contacts:
        return None
    contact = contacts[0].get("Contact", {})
    own = _PLACE.match(str(contact.get("Socket", "")))
    place = _PLACE.match(str(contact.get("Received", ""))) or _PLACE.match(str(contact.get("Address", "")))
    return own.group(1).partition(":")[0] if own else "", place.group(1) if place else ""
