"""States in words for people. Knows no snapshot and no HTML."""

import re
from typing import NamedTuple

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")  # bidi tricks too
_TEXT_MAX = 120  # a name from outside must not push the page out of shape


class Said(NamedTuple):
    """A state in words, and its tone: good, busy, warn, bad or idle (a class of the style sheet)."""

    words: str
    tone: str


_LINE = {
    "on-hook": Said("Ready", "idle"),
    "idle": Said("Ready", "idle"),
    "dial-tone": Said("Lifted, hears dial tone", "busy"),
    "dialling": Said("Dialling", "busy"),
    "calling": Said("Calling", "busy"),
    "ringing": Said("Rings", "busy"),
    "talking": Said("Talking", "good"),
    "held": Said("On hold", "busy"),
    "busy-tone": Said("Hears busy tone", "warn"),
    "failure-tone": Said("The call could not be made", "warn"),
    "silent": Said("Off the hook", "warn"),
    "ringing-wait": Said("Rings, waits for the caller's number", "busy"),
    "guard": Said("Ready in a moment", "idle"),
    "congestion-tone": Said("Hears congestion tone: the call could not be made", "warn"),
    "howler": Said("Left off the hook: please put it down", "warn"),
    "seized": Said("In use", "good"),
    "lost": Said("Gone: its adapter is not connected", "bad"),
}

_LINE_WITH_PEER = {
    "calling": "Calling {}",
    "ringing": "Rings: {} calls",
    "talking": "Talking with {}",
    "held": "On hold with {}",
    "seized": "In use with {}",
}

_CALL = {
    "calling": Said("Calling", "busy"),
    "ringing": Said("Ringing", "busy"),
    "talking": Said("Talking", "good"),
    "held": Said("On hold", "busy"),
}

_ADAPTER = {
    "ready": Said("Ready", "good"),
    "connecting": Said("Connecting", "busy"),
    "lost": Said("Gone: check its USB cable. The box takes it up again by itself.", "bad"),
    "refused": Said("Cannot be used", "bad"),
}

_TRUNK = {
    "registered": Said("Registered", "good"),
    "ready": Said("Ready", "good"),
    "in-use": Said("In use", "good"),
    "registering": Said("Registering", "busy"),
    "waiting": Said("Not connected", "warn"),
    "refused": Said("Refused", "bad"),
    "lost": Said("Not connected", "bad"),
    "off": Said("Switched off", "idle"),
}

_TRUNK_HINT = {
    ("sip", "waiting"): "The box tries again by itself. Check the network and the name of the provider.",
    ("sip", "refused"): "Check the user name and the password of this account.",
    ("sip", "lost"): "Check the network cable and the router.",
    ("sip", "off"): "Switch it on in the settings to use it.",
    ("line", "lost"): "Check that the telephone line is plugged into the adapter.",
}


def clean(value: object, limit: int = _TEXT_MAX) -> str:
    """Any value as one short line without control or direction characters; "" for None."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = _UNPRINTABLE.sub("", str(value)).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def of_line(state: str, peer: str) -> Said:
    """A telephone or outside line; a state that this page does not know is shown as it is."""
    said = _LINE.get(state, Said(state or "Unknown", "idle"))
    with_peer = _LINE_WITH_PEER.get(state)
    return said._replace(words=with_peer.format(peer)) if with_peer and peer else said


def of_call(state: str) -> Said:
    """A call now."""
    return _CALL.get(state, Said(state or "Unknown", "idle"))


def of_adapter(state: str) -> Said:
    """An adapter."""
    return _ADAPTER.get(state, Said(state or "Unknown", "idle"))


def of_trunk(state: str) -> Said:
    """A trunk."""
    return _TRUNK.get(state, Said(state or "Unknown", "idle"))


def trunk_hint(kind: str, state: str) -> str:
    """What a person can do about a trunk's state; "" when nothing need be done."""
    return _TRUNK_HINT.get((kind, state), "")


def sentence(text: str) -> str:
    """With a capital in front, but for a host name or the like."""
    return text if "." in text.partition(" ")[0] else text[:1].upper() + text[1:]


def duration(seconds: float) -> str:
    """0:07, 12:34 or 1:02:03."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def about(seconds: float) -> str:
    """A long time, roughly: the page need not change every second for it."""
    minutes = max(0, int(seconds)) // 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def count(number: int, one: str, many: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number} {one if number == 1 else many}"
