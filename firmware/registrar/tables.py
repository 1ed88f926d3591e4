"""The two database files that Kamailio reads: who may register, and who is registered. Knows no process."""

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

_LOG = logging.getLogger(__name__)

# As Debian's kamailio-sqlite-modules brings them: their versions are what that Kamailio asks for.
_TABLES = Path("/usr/share/kamailio/db_sqlite")
_PLACES = ("standard", "usrloc", "presence")
_ACCOUNTS = ("standard", "htable")


def write_accounts(path: Path, accounts: Mapping[str, str]) -> None:
    """Write who may register anew, in one step: extension -> HA1."""
    fresh = path.with_suffix(".new")
    _make(fresh, _ACCOUNTS)
    with contextlib.closing(sqlite3.connect(fresh)) as database, database:
        database.executemany("INSERT INTO htable (key_name, key_value) VALUES (?, ?)", accounts.items())
    os.replace(fresh, path)


def prepare_places(path: Path) -> None:
    """Make the file of registrations, or make it anew when it cannot be read. Kamailio must not run."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            sound = database.execute("PRAGMA quick_check").fetchone() == ("ok",)
            if sound and {"location", "active_watchers"} <= _tables_of(database):
                return
    except sqlite3.Error as error:
        _LOG.warning("registrations of telephones could not be read and are forgotten: %s", error)
    _make(path, _PLACES)
    with contextlib.closing(sqlite3.connect(path)) as database:
        # Else each of Kamailio's processes does it as it starts; who finds the file locked by another ends them all.
        database.execute("PRAGMA journal_mode = WAL")


def keep_only(path: Path, extensions: Iterable[str]) -> set[str]:
    """Forget the registrations of others than `extensions`; returns who is registered. Kamailio must not run."""
    allowed = set(extensions)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        present = {str(row[0]) for row in database.execute("SELECT DISTINCT username FROM location")}
        database.executemany("DELETE FROM location WHERE username = ?", [(name,) for name in present - allowed])
    return present & allowed


def _make(path: Path, parts: Iterable[str]) -> None:
    for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        leftover.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with contextlib.closing(sqlite3.connect(path)) as database:
        for part in parts:
            database.executescript((_TABLES / f"{part}-create.sql").read_text())


def _tables_of(database: sqlite3.Connection) -> set[str]:
    return {str(row[0]) for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
