"""What is seen of one call on its way, told as it happens to whoever watches it, such as a test. Plain values."""

from collections.abc import Callable
from dataclasses import dataclass

from firmware.telephony.events import Cause, Destination

__all__ = [
    "Alerted",
    "Answered",
    "Counted",
    "Failed",
    "LeftOut",
    "Lost",
    "Routed",
    "Sent",
    "Sight",
    "Tried",
    "Turned",
    "Witness",
    "unseen",
]


@dataclass(frozen=True, slots=True)
class Routed:
    """A call from outside was routed: by this inbound route, from 1; 0: as is usual for its trunk."""

    route: int
    destination: Destination


@dataclass(frozen=True, slots=True)
class Sent:
    """It was sent elsewhere: by a feature, by the forward of extension `of`, or since nobody took it."""

    destination: Destination
    feature: str
    of: str


@dataclass(frozen=True, slots=True)
class Turned:
    """A feature turned it away; `words` where it says more than the cause."""

    cause: Cause
    feature: str
    words: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One of a group is not rung."""

    extension: str
    cause: Cause
    words: str


@dataclass(frozen=True, slots=True)
class Counted:
    """It has a voice channel."""


@dataclass(frozen=True, slots=True)
class Tried:
    """These are being called, by their names for people; `via` is the trunk, "" inside."""

    names: tuple[str, ...]
    via: str


@dataclass(frozen=True, slots=True)
class Alerted:
    """One of them is being alerted."""

    name: str


@dataclass(frozen=True, slots=True)
class Lost:
    """One of them refused or failed."""

    name: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Answered:
    """One of them answered."""

    name: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Nobody is left who could take it."""

    cause: Cause


Sight = Routed | Sent | Turned | LeftOut | Counted | Tried | Alerted | Lost | Answered | Failed
Witness = Callable[[Sight], None]
"""Is told on the call thread, in the midst of things: it only notes, or ends the call."""


def unseen(sight: Sight) -> None:
    """Nobody watches."""
