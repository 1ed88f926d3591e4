"""Voice channels: which calls count, and which one gives way to an emergency call. Decides only."""

from collections.abc import Sequence
from dataclasses import dataclass

# What keeps two people, or a person and the outside, connected. Codes, services and prompts are answered by the box.
_COUNTED = frozenset({"extension", "group", "number", "intercom"})


@dataclass(frozen=True, slots=True)
class Conversation:
    """A call as channels see it; a higher `number` is a younger call."""

    number: int
    trunks: frozenset[str] = frozenset()
    is_counted: bool = True
    is_emergency: bool = False


def counts(kind: str) -> bool:
    """Whether a call to this kind of destination takes a voice channel."""
    return kind in _COUNTED


def used(conversations: Sequence[Conversation]) -> int:
    """Channels in use; an emergency call is never counted."""
    return sum(each.is_counted and not each.is_emergency for each in conversations)


def gives_way(conversations: Sequence[Conversation], limit: int, trunk: str = "") -> int | None:
    """The call that is ended so that an emergency call gets a channel, None where one is free.

    Whoever is on `trunk`, that the emergency call needs for itself, first; else the youngest.
    """
    if used(conversations) < limit:
        return None
    counted = [each for each in conversations if each.is_counted and not each.is_emergency]
    in_the_way = on_trunk(counted, trunk)
    return in_the_way if in_the_way is not None else max((each.number for each in counted), default=None)


def on_trunk(conversations: Sequence[Conversation], trunk: str) -> int | None:
    """The youngest call on the trunk that is no emergency call."""
    there = [each.number for each in conversations if trunk and trunk in each.trunks and not each.is_emergency]
    return max(there, default=None)
