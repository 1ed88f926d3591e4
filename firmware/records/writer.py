"""The one writer of records: a thread of its own, to which others only post. Knows no telephony."""

import logging
import math
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from firmware.records.backlog import Backlog, Batch
from firmware.records.database import Database
from firmware.records.keeping import Retention, SteadyClock
from firmware.records.rows import UP, CallRecord, LineSample
from firmware.records.schema import Unreadable, is_broken

_LOG = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
"""While calls are up; so well is the length of a call known that a power cut ends."""

IDLE_HEARTBEAT_S = 60.0
"""While only trunks are watched; so well is it known since when the box is off. A page a minute wears out no card."""

_RETRY_S = 5.0
_GATHER_S = 1.0  # security events alone are written once a second: a flood must not wear out the card
_KEEPING_S = 60.0
_STOP_S = 5.0
_FOREVER = Retention()
_FULL_BYTES = 64 * 1024  # a page of the index file beside the database does not fit: SQLite calls that an I/O error
_WORDS = {
    sqlite3.SQLITE_FULL: "the card is full",
    sqlite3.SQLITE_IOERR: "the card gives errors",
    sqlite3.SQLITE_READONLY: "the card cannot be written",
    sqlite3.SQLITE_BUSY: "another program holds the records",
    sqlite3.SQLITE_LOCKED: "another program holds the records",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
}


class RecordWriter:
    """Writes to the database at `path`. `post` and the other telling methods from any thread, never waiting.

    `on_health` is called on the writer's thread when `health` changed.
    """

    def __init__(
        self, path: Path, *, retention: Retention = _FOREVER, on_health: Callable[[], None] | None = None
    ) -> None:
        self.path = path
        self._database = Database(path)
        self._retention = retention
        self._on_health = on_health
        self._backlog = Backlog()
        self._up: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="records", daemon=True)
        self._stopping = threading.Event()
        self._has_overflowed = False
        self._trouble = ""
        self._notes: tuple[str, ...] = ()
        self._beat_at = self._kept_at = 0.0
        self._clock = SteadyClock(time.time(), time.monotonic())

    def start(self) -> None:
        """Begin; what was posted before is written too."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, for 5 s at the most, and end."""
        self._stopping.set()
        self._backlog.wake.set()
        if self._thread.ident is not None:
            self._thread.join(_STOP_S)

    def post(self, record: CallRecord) -> None:
        """The newest of a call: at its start, when it changes, and once with a state that is not "up"."""
        if not self._backlog.put_call(record) and not self._has_overflowed:
            self._has_overflowed = True
            _LOG.error("records wait to be written and are too many: states of calls that are up are dropped")

    def security_event(self, kind: str, source: str, words: str) -> None:
        """Something that may be an attack; equal ones within a minute are counted."""
        self._backlog.put_event(kind, source, words)

    def trunk_state(self, trunk: str, state: str, words: str) -> None:
        """A trunk is so from now on; a state of "": it is not watched any more."""
        self._backlog.put_state(trunk, state, words)

    def line_sample(self, sample: LineSample) -> None:
        """What a line's audio was like."""
        self._backlog.put_sample(sample)

    def erase(self, number: str) -> bool:
        """Delete all calls that `number` took part in, soon; False where too many such wishes wait."""
        return self._backlog.put_erasure(number)

    def set_retention(self, retention: Retention) -> None:
        """From now on; deleting begins within a minute."""
        self._retention = retention

    def is_written(self, timeout_s: float) -> bool:
        """Wait until nothing waits; for tests and shutdown, never for the call thread."""
        return self._backlog.wait_written(timeout_s)

    @property
    def dropped(self) -> int:
        """States that were dropped since the start."""
        return self._backlog.dropped

    @property
    def health(self) -> tuple[str, ...]:
        """What is wrong, in words; empty: nothing."""
        lost = (f"{self.dropped} states of calls could not be kept",) if self.dropped else ()
        return (*filter(None, [self._trouble]), *self._notes, *lost)

    # ---- the writer's thread -------------------------------------------------------------------------

    def _run(self) -> None:
        while not (self._stopping.is_set() and self._is_over()):
            try:
                self._turn()
            except Exception:  # the thread's top
                _LOG.exception("record writer")
                self._pause()
        self._database.close()

    def _is_over(self) -> bool:
        """One try is made for what is left; a card that failed before is not waited for."""
        if self._trouble or (self._database.is_open and self._backlog.is_empty):
            return True
        return not self._write(self._backlog.take(), is_last=True) or self._backlog.is_empty

    def _turn(self) -> None:
        self._backlog.wake.wait(self._wait_s())
        if self._stopping.is_set():
            return
        batch = self._backlog.take()
        if batch.may_wait:
            self._backlog.put_back(batch)
            self._backlog.wake.wait(_GATHER_S)
            batch = self._backlog.take()
        if self._write(batch) and not self._stopping.is_set():
            self._keep()

    def _wait_s(self) -> float:
        now = time.monotonic()
        if not self._database.is_open:
            return 0.0
        due = self._kept_at + _KEEPING_S
        return max(0.0, min(due, self._beat_due_at()) - now)

    def _write(self, batch: Batch, *, is_last: bool = False) -> bool:
        """In one transaction; where that fails it waits, and this says so."""
        try:
            self._open()
            if not batch.is_empty or self._is_beat_due():
                self._database.write(batch)
                self._beat_at = time.monotonic()
        except Unreadable as error:
            self._backlog.put_back(batch)
            self._set_aside(str(error))
            return False
        except (sqlite3.Error, OSError) as error:
            self._backlog.put_back(batch)
            if isinstance(error, sqlite3.Error) and is_broken(error):
                self._set_aside(str(error))
            else:
                self._troubled(error)
                if not is_last:
                    self._pause()
            return False
        self._written(batch)
        return True

    def _is_beat_due(self) -> bool:
        return time.monotonic() >= self._beat_due_at()

    def _beat_due_at(self) -> float:
        if self._up:
            return self._beat_at + HEARTBEAT_S
        return self._beat_at + IDLE_HEARTBEAT_S if self._database.has_open_states else math.inf

    def _open(self) -> None:
        if not self._database.is_open and (interrupted := self._database.open()):
            _LOG.warning("%d calls were up when the gateway ended; they are recorded as interrupted", interrupted)

    def _written(self, batch: Batch) -> None:
        for id, waiting in batch.calls.items():
            (self._up.add if waiting.record.state == UP else self._up.discard)(id)
        if self._trouble:
            _LOG.info("records are written again")
            self._trouble, self._has_overflowed = "", False
            self._tell()
        self._backlog.written(batch)

    def _set_aside(self, reason: str) -> None:
        """A damaged file is kept for whoever can read it, and a new one begun."""
        self._database.close()
        try:
            name = self._database.set_aside().name
        except OSError as error:
            self._troubled(error)
            self._pause()
            return
        _LOG.error("the records cannot be read (%s); they were set aside as %s", reason, name)
        note = f"the call records could not be read ({reason}) and were set aside as {name}; new ones were begun"
        self._notes = (note,)
        self._tell()

    def _troubled(self, error: sqlite3.Error | OSError) -> None:
        words = f"call records cannot be written: {_in_words(error, self.path.parent)}; trying again"
        self._database.close()
        if words != self._trouble:
            _LOG.error("%s (%s)", words, error)
            self._trouble = words
            self._tell()

    def _pause(self) -> None:
        self._stopping.wait(_RETRY_S)

    def _tell(self) -> None:
        if self._on_health is not None:
            self._on_health()

    # ---- retention -----------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Delete what is due, a step at a time, and let a call that ends meanwhile go first."""
        now = time.monotonic()
        if now < self._kept_at + _KEEPING_S:
            return
        wall_s = time.time()
        by_time_s = wall_s if self._clock.is_steady(wall_s, now) else None
        try:
            while self._database.keep(self._retention, by_time_s):
                if self._stopping.is_set() or self._backlog.wake.is_set() or self._is_beat_due():
                    return
            self._kept_at = now
        except sqlite3.Error as error:
            self._kept_at = now
            if is_broken(error):
                self._set_aside(str(error))
            else:
                self._troubled(error)


def _in_words(error: sqlite3.Error | OSError, folder: Path) -> str:
    if isinstance(error, OSError):
        return error.strerror or "the file cannot be opened"
    code = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    if code == sqlite3.SQLITE_IOERR and _is_full(folder):
        code = sqlite3.SQLITE_FULL
    return _WORDS.get(code, str(error))


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _FULL_BYTES
    except OSError:
        return False
