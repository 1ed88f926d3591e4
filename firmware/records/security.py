"""Security events on their way into the table: equal ones within a minute are one row. Knows no thread."""

import sqlite3
from collections.abc import Mapping

from firmware.records.backlog import EventKey, WaitingEvent
from firmware.records.keeping import delete_surplus_events

_FOLD_S = 60.0
_RECENT_MAX = 1000  # different ones in a minute that are remembered; the rest make rows of their own


class SecurityTable:
    """Writes them; remembers which rows are younger than a minute."""

    def __init__(self) -> None:
        self._recent: dict[EventKey, tuple[int, float]] = {}

    def put(self, connection: sqlite3.Connection, events: Mapping[EventKey, WaitingEvent], now_s: float) -> None:
        """Count or insert within the caller's transaction; `now_s` is monotonic."""
        self._recent = {key: row for key, row in self._recent.items() if 0 <= now_s - row[1] < _FOLD_S}
        for key, event in events.items():
            if key in self._recent and self._count(connection, self._recent[key][0], event):
                continue
            seq = connection.execute(
                "INSERT INTO security_events (kind, source, words, began, last, count) VALUES (?, ?, ?, ?, ?, ?)",
                (*key, event.began_at, event.last_at, event.count),
            ).lastrowid
            if seq is not None and len(self._recent) < _RECENT_MAX:
                self._recent[key] = (seq, now_s)
        if events:
            delete_surplus_events(connection)

    def forget(self) -> None:
        """The rows may not be there: the transaction was rolled back, or the file is another."""
        self._recent.clear()

    def _count(self, connection: sqlite3.Connection, seq: int, event: WaitingEvent) -> bool:
        change = "UPDATE security_events SET count = count + ?, last = max(last, ?) WHERE seq = ?"
        return connection.execute(change, (event.count, event.last_at, seq)).rowcount == 1
