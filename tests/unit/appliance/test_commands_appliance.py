"""`twinline setup-code`, as somebody at the box uses it."""

import argparse
from pathlib import Path

import pytest

from firmware.commands import setup_code
from firmware.setup_code import SetupCodes


def said(config: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    parser = argparse.ArgumentParser()
    setup_code.configure(parser)
    arguments = parser.parse_args(words)
    arguments.config = config
    assert setup_code.run(arguments) == 0
    return capsys.readouterr().out


def test_it_prints_a_code_that_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(tmp_path, capsys)
    code = text.removeprefix("Setup code: ").split()[0]
    assert "good for 30 minutes" in text
    assert SetupCodes(tmp_path).take(code)


def test_showing_makes_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no setup code now" in said(tmp_path, capsys, "--show")
    made = said(tmp_path, capsys)
    assert said(tmp_path, capsys, "--show").split()[2] == made.split()[2]
