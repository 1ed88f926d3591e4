"""The command line, as a person uses it: arguments in, words and an exit code out."""

import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import firmware.commands
from firmware.commands.run import Greeting
from firmware.folder import Folder, FolderInUse
from tests.unit.commands.command_line import ROOT, process_on, twinline


def test_without_a_command_the_help_is_printed() -> None:
    result = twinline()
    assert result.returncode == 2
    assert "settings" in result.stdout


def test_every_command_there_is_can_be_called_and_every_one_in_the_documents_is_there() -> None:
    root = Path(firmware.commands.__file__).parents[2]
    modules = {module.name for module in pkgutil.iter_modules(firmware.commands.__path__)} - {"say"}
    known = set(re.findall(r"^  ([a-z][a-z-]*) ", twinline("--help").stdout, re.MULTILINE))
    assert {name.replace("_", "-") for name in modules} == known
    documents = [root / "README.md", *(root / "docs").glob("*.md")]
    told = {name for path in documents for name in re.findall(r"(?:`|bin/)twinline ([a-z][a-z-]+)", path.read_text())}
    assert told <= known and "calls" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["stauts"], "did you mean status?"),
        (["status", "--nonsense"], "--nonsense"),
        (["settings"], "get|set|dump|docs"),
        (["settings", "set"], "nothing to set"),
        (["status", "--config"], "expected one argument"),
    ],
)
def test_wrong_usage_is_said_and_ends_in_2(arguments: list[str], words: str) -> None:
    result = twinline(*arguments)
    assert result.returncode == 2
    assert words in result.stderr


@pytest.mark.parametrize("arguments", [["settings", "set", "country=DE"], ["run"], ["check"]])
def test_a_folder_that_cannot_be_used_is_said_in_words(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "file").write_text("")
    result = process_on(Folder(tmp_path / "file"), *arguments)
    assert result.returncode == 1, result
    assert "Not a directory" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_a_second_run_on_the_same_folder_is_refused_in_words(folder: Folder) -> None:
    with folder.held():
        result = process_on(folder, "run", "--simulate")
    assert result.returncode == 1
    assert f"runs already on {folder.path} (process {os.getpid()})" in result.stderr


def test_a_folder_is_free_again_when_its_holder_is_gone(folder: Folder) -> None:
    with folder.held(), pytest.raises(FolderInUse), folder.held():
        pass
    with folder.held():
        pass


def test_a_folder_on_a_full_card_is_held_too(folder: Folder) -> None:
    folder.run.mkdir(parents=True)
    (folder.run / "lock").symlink_to("/dev/full")
    with folder.held(), pytest.raises(FolderInUse), folder.held():
        pass


def test_a_setup_code_that_cannot_be_kept_ends_no_box(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.run.mkdir(parents=True)
    folder.web_url.write_text("http://127.0.0.1:8080/")
    folder.run.joinpath("setup-code.json").mkdir()
    assert Greeting(folder, is_simulated=True).is_done()
    assert "There is no setup code for the first visit: it cannot be kept" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["sim", "status", "run"])
def test_light_commands_import_nothing_heavy(command: str) -> None:
    code = (
        "import importlib, sys, firmware.__main__;"
        f"importlib.import_module('firmware.commands.{command}');"
        "print([name for name in ('pydantic', 'tinydb', 'cffi', 'bottle', 'pjsua2') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
