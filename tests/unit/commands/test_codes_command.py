"""`twinline codes`: the table as a person sees it, without a gateway."""

from pathlib import Path

import pytest

from firmware.commands import main
from firmware.judge import judge
from firmware.settings.store import Store


def codes(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["codes", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def line_of(table: str, name: str) -> str:
    return next((line for line in table.splitlines() if name in line.split()), "")


def test_a_box_without_settings_has_the_american_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, table, notes = codes(capsys, "--config", str(tmp_path))
    assert (code, notes) == (0, "")
    assert table.startswith("Feature codes, United States\n")
    assert line_of(table, "forward-always-on").startswith("*72 number ")
    assert all(len(line) <= 120 for line in table.splitlines())
    assert list(tmp_path.iterdir()) == []


def test_any_country_can_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, table, _ = codes(capsys, "--config", str(tmp_path), "--country", "DE")
    assert code == 0
    assert line_of(table, "forward-always-on").startswith("*21* number # ")
    assert line_of(table, "withhold-once").startswith("*31# number or #31# number ")
    code, table, words = codes(capsys, "--country", "de")
    assert (code, table) == (1, "")
    assert "did you mean DE" in words


def test_what_settings_change_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path / "settings.json", judge)
    store.update({"country": "DE", "codes/echo": "*99", "codes/redial": "", "codes/group-sales": "*61"})
    code, table, notes = codes(capsys, "--config", str(tmp_path))
    assert (code, notes) == (0, "")
    assert line_of(table, "echo").split() == ["*99", "Echo", "test", "echo", "(changed)"]
    assert "Call group sales" in line_of(table, "group-sales")
    assert table.endswith("Switched off: redial\n")
