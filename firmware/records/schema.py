"""The database of records: its tables, its versions, and how it is opened for writing. Knows no thread."""

import contextlib
import os
import sqlite3
import time
from pathlib import Path

FILE_NAME = "records.db"
"""In the configuration folder."""

_PAGE_CACHE_KIB = 4096
_WAL_MAX_BYTES = 4 << 20  # what a long reader made it grow to is given back
_BUSY_S = 5.0
_SET_ASIDE_MAX = 3  # a file that breaks again and again must not fill the card

_QUARTER_S = 900  # every time zone is some quarters of an hour off


def counted(row: str) -> str:
    """Where a call counts: quarter of an hour, direction, outcome. Released triggers hold it: never change it."""
    outcome = (
        f"CASE WHEN {row}.is_missed THEN 'missed' WHEN {row}.answered IS NULL THEN 'unanswered' ELSE 'answered' END"
    )
    return f"CAST({row}.started / {_QUARTER_S} AS INTEGER), {row}.direction, {outcome}"


def _add_one(row: str) -> str:
    return (
        f"INSERT INTO call_quarters VALUES ({counted(row)}, 1) "
        "ON CONFLICT (quarter, direction, outcome) DO UPDATE SET calls = calls + 1;"
    )


def _take_one(row: str) -> str:
    return (
        f"UPDATE call_quarters SET calls = calls - 1 WHERE (quarter, direction, outcome) = ({counted(row)}); "
        f"DELETE FROM call_quarters WHERE (quarter, direction, outcome) = ({counted(row)}) AND calls <= 0;"
    )


# Each entry leads from one version to the next; never change one that was released.
_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # One life of the writer. `alive_s` is by the monotonic clock: a jump of the other one makes no call longer.
        "CREATE TABLE runs (run INTEGER PRIMARY KEY, began REAL NOT NULL, alive_s REAL NOT NULL)",
        """CREATE TABLE calls (
            seq INTEGER PRIMARY KEY, run INTEGER NOT NULL, run_s REAL NOT NULL, id TEXT NOT NULL,
            started REAL NOT NULL, utc_offset_s INTEGER NOT NULL, answered REAL, ended REAL,
            source_number TEXT NOT NULL, source_name TEXT NOT NULL, is_withheld INTEGER NOT NULL,
            source_extension TEXT NOT NULL, source_address TEXT NOT NULL, source_trunk TEXT NOT NULL,
            dialled TEXT NOT NULL, destination_kind TEXT NOT NULL, destination_number TEXT NOT NULL,
            destination_address TEXT NOT NULL, trunk TEXT NOT NULL, answered_by TEXT NOT NULL,
            billed_s INTEGER NOT NULL, cause TEXT NOT NULL, q850 INTEGER NOT NULL,
            history TEXT NOT NULL, linked TEXT NOT NULL,
            source_codec TEXT, source_loss REAL, source_jitter REAL, source_round_trip REAL, source_mos REAL,
            destination_codec TEXT, destination_loss REAL, destination_jitter REAL, destination_round_trip REAL,
            destination_mos REAL,
            state TEXT NOT NULL, direction TEXT NOT NULL, is_missed INTEGER NOT NULL,
            UNIQUE (run, id))""",
        "CREATE INDEX calls_started ON calls (started)",
        "CREATE INDEX calls_up ON calls (run) WHERE state = 'up'",
        "CREATE INDEX calls_missed ON calls (started) WHERE is_missed = 1",
        # Most calls end normally: those are found as fast without an index, and the others are few.
        "CREATE INDEX calls_cause ON calls (cause, started) WHERE cause <> 'NORMAL'",
        """CREATE TABLE parties (number TEXT NOT NULL, started REAL NOT NULL, seq INTEGER NOT NULL,
            PRIMARY KEY (number, started, seq)) WITHOUT ROWID""",
        """CREATE TABLE security_events (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL,
            words TEXT NOT NULL, began REAL NOT NULL, last REAL NOT NULL, count INTEGER NOT NULL)""",
    ),
    (
        """CREATE TABLE trunk_states (seq INTEGER PRIMARY KEY, run INTEGER NOT NULL, run_s REAL NOT NULL,
            trunk TEXT NOT NULL, state TEXT NOT NULL, words TEXT NOT NULL, began REAL NOT NULL, ended REAL)""",
        "CREATE INDEX trunk_states_open ON trunk_states (trunk) WHERE ended IS NULL",
        """CREATE TABLE line_samples (seq INTEGER PRIMARY KEY, line TEXT NOT NULL, at REAL NOT NULL,
            erle REAL, depth REAL, slips INTEGER NOT NULL, drift REAL)""",
        "CREATE INDEX line_samples_at ON line_samples (at)",
        # A graph of a month must not read every call of it; whoever writes calls keeps this in step by triggers.
        "CREATE INDEX calls_quality ON calls (started) WHERE source_mos IS NOT NULL OR destination_mos IS NOT NULL",
        """CREATE TABLE call_quarters (quarter INTEGER NOT NULL, direction TEXT NOT NULL, outcome TEXT NOT NULL,
            calls INTEGER NOT NULL, PRIMARY KEY (quarter, direction, outcome)) WITHOUT ROWID""",
        f"INSERT INTO call_quarters SELECT {counted('calls')}, count(*) FROM calls GROUP BY 1, 2, 3",
        f"CREATE TRIGGER calls_counted AFTER INSERT ON calls BEGIN {_add_one('new')} END",
        f"CREATE TRIGGER calls_discounted AFTER DELETE ON calls BEGIN {_take_one('old')} END",
        f"""CREATE TRIGGER calls_recounted AFTER UPDATE ON calls
            WHEN old.answered IS NOT new.answered OR old.is_missed <> new.is_missed OR old.direction <> new.direction
            BEGIN {_take_one("old")} {_add_one("new")} END""",
    ),
)
VERSION = len(_MIGRATIONS)


class Unreadable(Exception):
    """The file is no database of ours, in words; it has to be set aside."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The database, made or migrated where needed; for the calling thread alone.

    Raises Unreadable, or sqlite3.Error and OSError for what may pass (a full card, a missing folder).
    """
    _make_file(path)
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete = ON")  # erased is gone, not only unlinked
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # WAL with NORMAL loses the last commits in a power cut
        connection.execute(f"PRAGMA cache_size = -{_PAGE_CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_MAX_BYTES}")
        _migrate(connection)
    except sqlite3.Error as error:
        connection.close()
        if is_broken(error):
            raise Unreadable(str(error)) from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def is_broken(error: sqlite3.Error) -> bool:
    """Whether the file itself is damaged, so that no retry helps."""
    primary = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    return primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def set_aside(path: Path) -> Path:
    """Rename the database (and its log) after the time; the first and the latest few are kept. Raises OSError."""
    kept = sorted(path.parent.glob(f"{path.name}.corrupt.*[0-9]"))
    for surplus in kept[1 : len(kept) - _SET_ASIDE_MAX + 2]:
        surplus.unlink(missing_ok=True)
        surplus.with_name(f"{surplus.name}-wal").unlink(missing_ok=True)
    target = _unused(path.with_name(f"{path.name}.corrupt.{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"))
    with contextlib.suppress(FileNotFoundError):
        os.replace(f"{path}-wal", f"{target}-wal")
    Path(f"{path}-shm").unlink(missing_ok=True)
    os.replace(path, target)
    _sync_folder(path.parent)
    return target


def _unused(path: Path) -> Path:
    number, candidate = 1, path
    while candidate.exists():
        number, candidate = number + 1, path.with_name(f"{path.name}-{number}")
    return candidate


def _make_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(file, 0o600)  # SQLite gives its log the mode of the file
    finally:
        os.close(file)
    if is_new:
        _sync_folder(path.parent)


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise Unreadable(f"it was written by a newer version ({version}, this one knows {VERSION})")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == 0 and tables:
        raise Unreadable("it is another program's")
    if version < VERSION:
        connection.execute("BEGIN IMMEDIATE")
        for statement in (statement for step in _MIGRATIONS[version:] for statement in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    for table in ("calls", "parties", "runs", "security_events", "trunk_states", "line_samples", "call_quarters"):
        connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
