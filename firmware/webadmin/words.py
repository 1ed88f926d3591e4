"""States in words for people. Knows no snapshot and no HTML."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from firmware.webadmin.language import N_, _, ngettext
from firmware.webadmin.said import retold

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")  # bidi tricks too
_TEXT_MAX = 120  # a name from outside must not push the page out of shape


class Said(NamedTuple):
    """A state in words, and its tone: good, busy, warn, bad or idle (a class of the style sheet)."""

    words: str
    tone: str


_LINE = {
    "on-hook": Said(N_("Ready"), "idle"),
    "idle": Said(N_("Ready"), "idle"),
    "dial-tone": Said(N_("Lifted, hears dial tone"), "busy"),
    "dialling": Said(N_("Dialling"), "busy"),
    "recall": Said(N_("Dialling"), "busy"),
    "calling": Said(N_("Calling"), "busy"),
    "ringing": Said(N_("Rings"), "busy"),
    "talking": Said(N_("Talking"), "good"),
    "held": Said(N_("On hold"), "busy"),
    "busy-tone": Said(N_("Hears busy tone"), "warn"),
    "failure-tone": Said(N_("The call could not be made"), "warn"),
    "silent": Said(N_("Off the hook"), "warn"),
    "ringing-wait": Said(N_("Rings, waits for the caller's number"), "busy"),
    "guard": Said(N_("Ready in a moment"), "idle"),
    "congestion-tone": Said(N_("Hears congestion tone: the call could not be made"), "warn"),
    "howler": Said(N_("Left off the hook: please put it down"), "warn"),
    "seized": Said(N_("In use"), "good"),
    "lost": Said(N_("Gone: its adapter is not connected"), "bad"),
}

_LINE_WITH_PEER = {
    "calling": N_("Calling {}"),
    "ringing": N_("Rings: {} calls"),
    "talking": N_("Talking with {}"),
    "held": N_("On hold with {}"),
    "seized": N_("In use with {}"),
}

_CALL = {
    "calling": Said(N_("Calling"), "busy"),
    "ringing": Said(N_("Ringing"), "busy"),
    "talking": Said(N_("Talking"), "good"),
    "held": Said(N_("On hold"), "busy"),
}

_ADAPTER = {
    "ready": Said(N_("Ready"), "good"),
    "connecting": Said(N_("Connecting"), "busy"),
    "lost": Said(N_("Gone: check its USB cable. The box takes it up again by itself."), "bad"),
    "refused": Said(N_("Cannot be used"), "bad"),
}

_TRUNK = {
    "registered": Said(N_("Registered"), "good"),
    "ready": Said(N_("Ready"), "good"),
    "in-use": Said(N_("In use"), "good"),
    "registering": Said(N_("Registering"), "busy"),
    "waiting": Said(N_("Not connected"), "warn"),
    "refused": Said(N_("Refused"), "bad"),
    "lost": Said(N_("Not connected"), "bad"),
    "off": Said(N_("Switched off"), "idle"),
}

_TRUNK_HINT = {
    ("sip", "waiting"): N_("The box tries again by itself. Check the network and the name of the provider."),
    ("sip", "refused"): N_("Check the user name and the password of this account."),
    ("sip", "lost"): N_("Check the network cable and the router."),
    ("sip", "off"): N_("Switch it on in the settings to use it."),
    ("line", "lost"): N_("Check that the telephone line is plugged into the adapter."),
}


def clean(value: object, limit: int = _TEXT_MAX) -> str:
    """Any value as one short line without control or direction characters; "" for None."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = _UNPRINTABLE.sub("", str(value)).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def of_line(state: str, peer: str) -> Said:
    """A telephone or outside line; a state that this page does not know is shown as it is."""
    with_peer = _LINE_WITH_PEER.get(state)
    if with_peer and peer:
        return Said(_(with_peer).format(peer), _LINE[state].tone)
    return _spoken(_LINE, state)


def of_call(state: str) -> Said:
    """A call now."""
    return _spoken(_CALL, state)


def of_adapter(state: str) -> Said:
    """An adapter."""
    return _spoken(_ADAPTER, state)


def of_trunk(state: str) -> Said:
    """A trunk."""
    return _spoken(_TRUNK, state)


def trunk_hint(kind: str, state: str) -> str:
    """What a person can do about a trunk's state; "" when nothing need be done."""
    return _(_TRUNK_HINT.get((kind, state), ""))


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
        return _("less than a minute")
    if minutes < 120:
        return _("{} min").format(minutes)
    if minutes < 2880:
        return _("{} h").format(minutes // 60)
    return ngettext("{} day", "{} days", minutes // 1440).format(minutes // 1440)


def as_sentence(text: str) -> str:
    """What another process says, told in the visitor's language as a whole sentence."""
    told = sentence(retold(text))
    return told + ("" if told.endswith((".", "!", "?")) else ".")


def _spoken(table: Mapping[str, Said], state: str) -> Said:
    said = table.get(state)
    return Said(_(said.words), said.tone) if said else Said(state or _("Unknown"), "idle")
