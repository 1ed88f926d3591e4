"""How many messages wait for each extension, told by several sources whose counts add up. Call thread only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

COUNT_MAX = 9999  # more than any display shows
_EXTENSIONS_MAX = 10_000  # as many as can be set
_SOURCES_MAX = 32  # every trunk, and some more

OnMessages = Callable[[str, "Waiting"], None]
"""`on_messages(extension, waiting)`: it is that from now on."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages nobody has heard yet, and heard ones that are kept."""

    new: int = 0
    old: int = 0

    @classmethod
    def of(cls, new: int, old: int) -> "Waiting":
        """Whatever was told, within what can be shown."""
        return cls(_capped(new), _capped(old))


class MessageCounts:
    """`on_change` is told what is shown of an extension from now on, `save` gets the state for JSON and only hands it
    on. A source ("trunk:main", "told") says what it knows with `tell`; the last word of each counts, after a restart
    too."""

    def __init__(
        self, *, on_change: OnMessages, save: Callable[[dict[str, Any]], None], saved: Mapping[str, Any] | None = None
    ) -> None:
        self._on_change = on_change
        self._save = save
        self._told = _read(saved or {})

    def of(self, extension: str) -> Waiting:
        """What waits for an extension."""
        told = self._told.get(extension, {}).values()
        return Waiting.of(sum(waiting.new for waiting in told), sum(waiting.old for waiting in told))

    def every(self) -> Mapping[str, Waiting]:
        """Every extension for which anything waits."""
        return {extension: self.of(extension) for extension in self._told}

    def tell(self, source: str, extension: str, waiting: Waiting) -> None:
        """A source says what it has for an extension. Of more extensions than there can be nothing is kept."""
        before = self.of(extension)
        told = {**self._told.pop(extension, {}), source: waiting}
        self._put(extension, told)
        self._changed({extension: before})

    def keep(self, is_kept: Callable[[str, str], bool]) -> None:
        """Forget what a source said of an extension where `is_kept(source, extension)` is not true any more."""
        before = {extension: self.of(extension) for extension in self._told}
        for extension, told in list(self._told.items()):
            del self._told[extension]
            self._put(extension, {source: each for source, each in told.items() if is_kept(source, extension)})
        self._changed(before)

    def _put(self, extension: str, told: Mapping[str, Waiting]) -> None:
        left = {source: each for source, each in told.items() if each != Waiting()}
        if left and len(self._told) < _EXTENSIONS_MAX and len(left) <= _SOURCES_MAX:
            self._told[extension] = left

    def _changed(self, before: Mapping[str, Waiting]) -> None:
        changed = {extension: self.of(extension) for extension, was in before.items() if self.of(extension) != was}
        for extension, waiting in changed.items():
            self._on_change(extension, waiting)
        if changed:
            self._save(
                {
                    extension: {source: [each.new, each.old] for source, each in told.items()}
                    for extension, told in self._told.items()
                }
            )


def _read(saved: Mapping[str, Any]) -> dict[str, dict[str, Waiting]]:
    read: dict[str, dict[str, Waiting]] = {}
    for extension, told in list(saved.items())[:_EXTENSIONS_MAX]:
        if isinstance(told, dict):
            for source, counts in list(told.items())[:_SOURCES_MAX]:
                match counts:
                    case [int(new), int(old)]:
                        read.setdefault(extension, {})[source] = Waiting.of(new, old)
    return read


def _capped(count: int) -> int:
    return max(0, min(count, COUNT_MAX))
