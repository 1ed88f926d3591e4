"""Who hears whom: each owner says which pairs it wants; the bridge is told what differs. Knows no call and no leg."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

Pair = tuple[Any | None, Any | None]
_Key = frozenset[int]


class Bridge(Protocol):
    """Joins and parts media."""

    def join(self, one: Any, other: Any) -> None: ...

    def part(self, one: Any, other: Any) -> None: ...


@dataclass(slots=True)
class _Joined:
    one: Any
    other: Any
    owners: set[int] = field(default_factory=set)


class Wiring:
    """Joins a pair once however many owners want it, and parts it when none does any more."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._joined: dict[_Key, _Joined] = {}

    @property
    def pairs(self) -> int:
        """How many are joined."""
        return len(self._joined)

    def want(self, owner: object, pairs: Iterable[Pair]) -> None:
        """`owner` wants exactly these pairs; one with a medium that is not there, or with itself, is passed over."""
        wanted = {_key(*pair): pair for pair in pairs if None not in pair and pair[0] is not pair[1]}
        mine = [key for key, joined in self._joined.items() if id(owner) in joined.owners]
        for key in mine:
            if key not in wanted:
                self._let_go(owner, key)
        for key, (one, other) in wanted.items():
            if key not in self._joined:
                self._bridge.join(one, other)
                self._joined[key] = _Joined(one, other)
            self._joined[key].owners.add(id(owner))

    def renew(self, medium: Any | None) -> None:
        """The medium is the same object but new on the bridge: join anew what it is joined with."""
        for joined in self._joined.values():
            if medium is not None and (joined.one is medium or joined.other is medium):
                self._bridge.part(joined.one, joined.other)
                self._bridge.join(joined.one, joined.other)

    def _let_go(self, owner: object, key: _Key) -> None:
        joined = self._joined[key]
        joined.owners.discard(id(owner))
        if not joined.owners:
            del self._joined[key]
            self._bridge.part(joined.one, joined.other)


def _key(one: object, other: object) -> _Key:
    return frozenset({id(one), id(other)})
