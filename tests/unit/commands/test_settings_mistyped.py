"""`twinline settings` where somebody mistypes, a script types, or the file is broken."""

import subprocess
import sys
from pathlib import Path

import pytest

from firmware.folder import Folder
from firmware.settings.store import Store

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "box")


def settings(folder: Folder, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    """Exit code, output and complaints of `twinline settings`, without a terminal."""
    result = subprocess.run(
        [sys.executable, "-m", "firmware", "settings", *arguments, "--config", str(folder.path)],
        cwd=ROOT,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )
    return result.returncode, result.stdout, result.stderr


def test_a_value_is_asked_for_only_where_a_setting_can_be(folder: Folder) -> None:
    code, said, complaint = settings(folder, "set", "extensions/201/pasword", typed="SECRET\n")
    assert (code, said) == (1, "")
    assert complaint == 'twinline: extensions/201/pasword: there is no such setting; did you mean "password"?\n'


def test_a_script_types_the_value_and_who_types_nothing_is_told(folder: Folder) -> None:
    code, _, complaint = settings(folder, "set", "extensions/201/password")
    assert (code, complaint) == (
        1,
        "twinline: extensions/201/password: no value was given: write extensions/201/password=VALUE, "
        "or type it when asked\n",
    )
    assert settings(folder, "set", "extensions/201/password", typed="Long-Enough-1\n") == (0, "", "")
    password = Store(folder.settings).load().settings.extensions["201"].password
    assert password.get_secret_value() == "Long-Enough-1"


def test_a_change_to_a_broken_file_says_what_became_of_it(folder: Folder) -> None:
    settings(folder, "set", "country=DE")
    folder.settings.write_bytes(b"{")
    code, _, complaint = settings(folder, "set", "calls/voice_channels=3")
    assert code == 0
    assert complaint.startswith(
        "twinline: note: settings.json is broken: it is not whole JSON; the defaults are in use"
    )
    assert "kept as settings.json.corrupt.1" in complaint


def test_get_shows_what_would_be_in_use_not_what_is_wrong_in_the_file(folder: Folder) -> None:
    folder.path.mkdir()
    folder.settings.write_text('{"settings": {"1": {"schema": 2, "values": {"country": "XX"}}}}')
    note = 'twinline: note: country: "XX" is not one of DE, UK, US\n'
    assert settings(folder, "get", "country") == (0, "US\n", note)


@pytest.mark.parametrize("words", [("get", "country"), ("dump",)])
def test_who_only_reads_settings_is_told_that_they_are_not_those_stored(folder: Folder, words: tuple[str, ...]) -> None:
    folder.path.mkdir(parents=True)
    folder.settings.write_text('{"settings": {"1": {"schema": 99, "values": {"country": "DE"}}}}')
    code, said, complaint = settings(folder, *words)
    assert (code, "US" in said) == (0, True)
    assert complaint.startswith("twinline: note: settings.json is of a newer version of Twinline (schema 99, ")
