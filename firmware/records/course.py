"""How trunks and lines fared, in their tables: states with beginning and end, samples. Knows no thread."""

import sqlite3
from collections.abc import Iterable

from firmware.records.backlog import WaitingState
from firmware.records.rows import LineSample

STATES_MAX = 10_000  # an uplink that comes and goes every five minutes for a month; 2 MB
SAMPLES_MAX = 50_000  # two lines that talk 14 hours a day for a month, one a minute; 3 MB


def put_states(connection: sqlite3.Connection, run: int, began_s: float, states: Iterable[WaitingState]) -> None:
    """Close what was before and open what is new, within the caller's transaction; `began_s`: of the run, monotonic."""
    is_new = False
    for waiting in states:
        shown = waiting.state
        found = connection.execute(
            "SELECT seq, state, words, began FROM trunk_states WHERE trunk = ? AND ended IS NULL", (shown.trunk,)
        ).fetchone()
        if found is not None:
            seq, state, words, began = found
            if (state, words) == (shown.state, shown.words):
                continue
            connection.execute("UPDATE trunk_states SET ended = ? WHERE seq = ?", (max(began, shown.began_at), seq))
        if shown.state:
            is_new = True
            connection.execute(
                "INSERT INTO trunk_states (run, run_s, trunk, state, words, began) VALUES (?, ?, ?, ?, ?, ?)",
                (run, max(0.0, waiting.posted_s - began_s), shown.trunk, shown.state, shown.words, shown.began_at),
            )
    if is_new:
        _keep_latest(connection, "trunk_states", STATES_MAX)


def put_samples(connection: sqlite3.Connection, samples: Iterable[LineSample]) -> None:
    """Insert them within the caller's transaction."""
    rows = [
        (sample.line, sample.at, sample.erle_db, sample.depth_ms, sample.slips, sample.drift_ppm) for sample in samples
    ]
    if rows:
        connection.executemany(
            "INSERT INTO line_samples (line, at, erle, depth, slips, drift) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
        _keep_latest(connection, "line_samples", SAMPLES_MAX)


def has_open_states(connection: sqlite3.Connection) -> bool:
    """Whether a trunk is watched: then the run has to be told alive, that its end is known."""
    return connection.execute("SELECT 1 FROM trunk_states WHERE ended IS NULL LIMIT 1").fetchone() is not None


def end_states(connection: sqlite3.Connection) -> None:
    """Close what earlier runs left open when each was last alive, by its own monotonic clock. Before `begin_run`."""
    connection.execute(
        "UPDATE trunk_states SET ended = began + max(0.0, coalesce((SELECT alive_s FROM runs "
        "WHERE runs.run = trunk_states.run) - run_s, 0.0)) WHERE ended IS NULL"
    )


def delete_expired_course(connection: sqlite3.Connection, before_s: float) -> None:
    """Delete what ended before, within the caller's transaction: as much as a day of it, so little."""
    connection.execute("DELETE FROM trunk_states WHERE ended < ?", (before_s,))
    connection.execute("DELETE FROM line_samples WHERE at < ?", (before_s,))


def _keep_latest(connection: sqlite3.Connection, table: str, most: int) -> None:
    connection.execute(f"DELETE FROM {table} WHERE seq <= (SELECT max(seq) FROM {table}) - ?", (most,))
