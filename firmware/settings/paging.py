"""A few entries of a long table or list: searched and cut without making JSON of the rest. Knows no store.

For the process that carries calls: what is searched of 10,000 extensions is put together once after a change, with
a rest every half millisecond, so that no media thread waits for the interpreter; after that a search takes 1 ms.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from firmware.settings.check import SettingError, SettingsRefused
from firmware.settings.declaration import Settings
from firmware.settings.paths import look_up, plain_value

COUNT_MAX = 200  # entries of one answer: each has half a kilobyte and more
QUERY_MAX = 60  # characters; names are shorter
_BATCH = 100  # entries between two rests: 0.4 ms here, 4 ms on a Pi Zero
_REST_S = 0.001
_BETWEEN = "\n"  # texts of one entry; a query has none

_Table = Mapping[str, object] | list[object]


@dataclass(frozen=True, slots=True)
class Page:
    """`total` entries fit; these are some of them, by key or index, secrets masked."""

    total: int
    entries: tuple[tuple[str, object], ...]


def rest() -> None:
    """Let others have the interpreter."""
    time.sleep(_REST_S)


class Pages:
    """Cuts pages out of settings, and remembers what is searched of the table that was asked for last. Any thread."""

    def __init__(self, rest: Callable[[], None] = rest) -> None:
        self._rest = rest
        self._known: tuple[_Table, list[str]] | None = None

    def page(self, settings: Settings, path: str, query: str, start: int, count: int) -> Page:
        """The entries at `path` of which the key, a text or a number contains `query`, `count` from `start` on.

        Raises SettingsRefused for what is no table.
        """
        table = look_up(settings, path)
        if not isinstance(table, (dict, list)):
            raise SettingsRefused(SettingError(path, "is no table"))
        start, count = max(0, start), max(0, min(count, COUNT_MAX))
        wanted = query[:QUERY_MAX].replace(_BETWEEN, " ").casefold()
        if not wanted:
            return Page(len(table), _plain(itertools.islice(_entries(table), start, start + count)))
        found = [number for number, text in enumerate(self._texts(table)) if wanted in text]
        chosen = set(found[start : start + count])
        entries = (entry for number, entry in enumerate(_entries(table)) if number in chosen) if chosen else ()
        return Page(len(found), _plain(entries))

    def _texts(self, table: _Table) -> list[str]:
        known = self._known
        if known is not None and known[0] is table:  # changed settings are other objects
            return known[1]
        texts = []
        for key, entry in _entries(table):
            texts.append(_BETWEEN.join((key, *_written(entry))).casefold())
            if len(texts) % _BATCH == 0:
                self._rest()
        self._known = table, texts
        return texts


def _entries(table: _Table) -> Iterator[tuple[str, object]]:
    pairs: Iterable[tuple[object, object]] = table.items() if isinstance(table, Mapping) else enumerate(table)
    return ((str(key), entry) for key, entry in pairs)


def _written(entry: object) -> Iterator[str]:
    """What people write into an entry. A secret is no str: nobody finds out a password by searching."""
    for value in entry.__dict__.values() if isinstance(entry, BaseModel) else (entry,):
        if value and isinstance(value, str):
            yield value
        elif isinstance(value, int) and not isinstance(value, bool):
            yield str(value)


def _plain(entries: Iterable[tuple[str, object]]) -> tuple[tuple[str, object], ...]:
    return tuple((key, plain_value(entry)) for key, entry in entries)
