"""The database while one process writes it: transactions, the run, erasure. Belongs to the writer's thread."""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.records import course, keeping, tables
from firmware.records.backlog import Batch, WaitingCall
from firmware.records.keeping import Retention
from firmware.records.schema import open_for_writing, set_aside
from firmware.records.security import SecurityTable

_LOG = logging.getLogger(__name__)


class Database:
    """Opened when it is asked to, as often as needed; all opening of one process is one run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._run: int | None = None
        self._began_s = time.monotonic()
        self._security = SecurityTable()
        self.has_open_states = False

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    def open(self) -> int:
        """Open it; how many calls of earlier runs were up. Raises Unreadable, sqlite3.Error, OSError."""
        connection = open_for_writing(self._path)
        interrupted = 0
        try:
            if self._run is None:
                with _transaction(connection):
                    course.end_states(connection)
                    run, interrupted = tables.begin_run(connection, time.time())
                self._run = run
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return interrupted

    def close(self) -> None:
        """Nothing is lost: what was written was committed."""
        connection, self._connection = self._connection, None
        self._security.forget()
        if connection is not None:
            connection.close()

    def set_aside(self) -> Path:
        """Rename the file; the next `open` begins a new one. Raises OSError."""
        self.close()
        self._run = None
        return set_aside(self._path)

    def write(self, batch: Batch) -> None:
        """All of it is on the card when this returns; nothing where it raises sqlite3.Error."""
        connection = self._opened()
        try:
            with _transaction(connection):
                for waiting in batch.calls.values():
                    self._put(connection, waiting)
                self._security.put(connection, batch.events, time.monotonic())
                course.put_states(connection, self._run or 0, self._began_s, batch.states)
                course.put_samples(connection, batch.samples)
                connection.execute("UPDATE runs SET alive_s = ?", (time.monotonic() - self._began_s,))
        except sqlite3.Error:
            self._security.forget()
            raise
        if batch.states:
            self.has_open_states = course.has_open_states(connection)
        for number in batch.erasures:
            self._erase(connection, number)
        if batch.erasures:
            self._security.forget()
            # What was erased is still in the log
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def keep(self, retention: Retention, by_time_s: float | None) -> bool:
        """One step of deleting; whether there may be more. Without `by_time_s` only the number of calls counts."""
        connection = self._opened()
        with _transaction(connection):
            deleted = keeping.delete_surplus(connection, retention)
            if by_time_s is not None:
                deleted += keeping.delete_expired(connection, retention, by_time_s)
        return deleted > 0

    def _erase(self, connection: sqlite3.Connection, number: str) -> None:
        while True:
            with _transaction(connection):
                if not keeping.erase(connection, number):
                    return

    def _put(self, connection: sqlite3.Connection, waiting: WaitingCall) -> None:
        """A record that the database refuses must not keep the others from being written."""
        run_s = max(0.0, waiting.posted_s - self._began_s)
        try:
            tables.put_call(connection, self._run or 0, run_s, waiting.record)
        except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, ValueError, OverflowError):
            _LOG.exception("a call record was refused")

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.OperationalError("the database is not open")
        return self._connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
