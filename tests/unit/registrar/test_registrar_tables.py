"""The files that Kamailio reads."""

import os
import sqlite3
from pathlib import Path

import pytest

from firmware.registrar import tables

pytestmark = pytest.mark.skipif(not Path("/usr/share/kamailio/db_sqlite").is_dir(), reason="kamailio-sqlite-modules")


def test_accounts_are_written_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    tables.write_accounts(path, {"201": "a" * 32, "202": "b" * 32})
    tables.write_accounts(path, {"203": "c" * 32})
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT key_name, key_value FROM htable").fetchall() == [("203", "c" * 32)]
    assert os.stat(path).st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir()] == ["accounts.db"]


def test_registrations_that_cannot_be_read_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "places.db"
    path.write_bytes(b"noise" * 1000)
    tables.prepare_places(path)
    assert tables.keep_only(path, ["201"]) == set()


def test_registrations_are_kept_but_those_of_extensions_that_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "places.db"
    tables.prepare_places(path)
    with sqlite3.connect(path) as database:
        rows = [(f"r{name}", name) for name in ("201", "202", "203")]
        database.executemany("INSERT INTO location (ruid, username) VALUES (?, ?)", rows)
    tables.prepare_places(path)
    assert tables.keep_only(path, ["201", "203", "204"]) == {"201", "203"}
    assert tables.keep_only(path, ["202"]) == set()


def test_kamailios_processes_need_not_switch_the_file_of_registrations_as_they_start(tmp_path: Path) -> None:
    path = tmp_path / "places.db"
    tables.prepare_places(path)
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
