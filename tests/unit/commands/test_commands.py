"""The command line, as a person uses it: arguments in, words and an exit code out."""

import contextlib
import io
import json
import os
import pkgutil
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import firmware.commands
from firmware.commands import main
from firmware.commands.status import in_words
from firmware.control import ControlServer, Refused
from firmware.folder import Folder, FolderInUse
from firmware.settings import SettingsRefused, look_up, plain
from firmware.settings.documentation import markdown
from firmware.settings.store import Store

ROOT = Path(__file__).parents[3]
SECRET = "hunter2-canary"
STATUS = {
    "version": "0.1.0",
    "uptime_s": 200,
    "country": "DE",
    "is_simulated": True,
    "health": [{"severity": "error", "part": "trunk main", "text": "wrong password"}],
    "adapters": [{"id": "S1", "state": "ready", "reason": ""}],
    "lines": [
        {"kind": "fxs", "number": 1, "extension": "11", "name": "Kitchen", "state": "talking", "peer": "12"},
        {"kind": "fxo", "number": 1, "extension": "", "name": "", "state": "idle", "peer": ""},
    ],
    "trunks": [
        {"name": "main", "kind": "sip", "state": "waiting", "text": "wrong password", "retry_in_s": 29.6},
        {"name": "line:1", "kind": "line", "state": "ready", "text": "", "retry_in_s": None},
    ],
    "calls": [
        {
            "from": {"number": "11", "name": "Kitchen"},
            "to": {"number": "12", "name": ""},
            "state": "talking",
            "seconds": 62.4,
            "codec": "g722",
            "via": "",
        }
    ],
    "channels": {"used": 1, "limit": 2},
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "box")


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def twinline(*arguments: str) -> Result:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as exit:
            code = int(exit.code or 0)
    return Result(code, out.getvalue(), err.getvalue())


def on(folder: Folder, *arguments: str) -> Result:
    return twinline(*arguments, "--config", str(folder.path))


def process_on(folder: Folder, *arguments: str, typed: str = "") -> Result:
    result = subprocess.run(
        [sys.executable, "-m", "firmware", *arguments, "--config", str(folder.path)],
        cwd=ROOT,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,  # without a terminal, a password is read from stdin
    )
    return Result(result.returncode, result.stdout, result.stderr)


class Gateway:
    """What a gateway answers about settings and status, over a real store."""

    def __init__(self, folder: Folder) -> None:
        self.store = Store(folder.settings)
        self.changes: list[Mapping[str, object]] = []
        methods = {"status": lambda: STATUS, "settings.get": self._get, "settings.set": self._set}
        self.server = ControlServer(folder.gateway_socket, methods)

    def _get(self, path: str) -> object:
        return look_up(plain(self.store.load().settings), path)

    def _set(self, changes: Mapping[str, object]) -> object:
        self.changes.append(changes)
        try:
            self.store.update(changes)
        except SettingsRefused as refusal:
            raise Refused(str(refusal)) from refusal
        return {"errors": [], "warnings": ["that is unusual"]}


@pytest.fixture
def gateway(folder: Folder) -> Iterator[Gateway]:
    gateway = Gateway(folder)
    gateway.server.start()
    yield gateway
    gateway.server.stop()


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


def test_without_a_gateway_status_ends_in_3(folder: Folder) -> None:
    result = on(folder, "status")
    assert (result.returncode, result.stdout) == (3, "")
    assert "not running?" in result.stderr


def test_config_may_stand_before_and_after_the_command(folder: Folder, gateway: Gateway) -> None:
    for arguments in (
        ["--config", str(folder.path), "status", "--json"],
        ["status", f"--config={folder.path}", "--json"],
        ["status", "--json", "--config", str(folder.path)],
    ):
        result = twinline(*arguments)
        assert json.loads(result.stdout) == STATUS, result.stderr


def test_status_in_words_is_a_line_a_thing(folder: Folder, gateway: Gateway) -> None:
    result = on(folder, "status")
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "Twinline 0.1.0, up 3 min, DE, simulated",
        "error       trunk main  wrong password",
        "adapter     S1  ready",
        "telephone 1 11  Kitchen  talking  12",
        "line 1      idle",
        "trunk       main  waiting  wrong password  again in 30 s",
        "call        11 Kitchen to 12  talking  1:02  g722",
        "channels    1 of 2 in use",
    ]


def test_status_in_words_survives_a_gateway_that_says_little() -> None:
    assert list(in_words({})) == ["Twinline , up 0 s"]
    assert list(in_words({"calls": [{}], "lines": [{}], "trunks": [{}], "adapters": [{}], "health": [{}]}))


def test_settings_are_changed_without_a_gateway(folder: Folder) -> None:
    assert on(folder, "settings", "set", "country=DE", "telephones/1/extension=007").returncode == 0
    assert on(folder, "settings", "get", "country").stdout == "DE\n"
    assert on(folder, "settings", "get", "telephones/1/extension").stdout == "007\n"
    assert on(folder, "settings", "set", "--delete", "country").returncode == 0
    assert on(folder, "settings", "get", "country").stdout == "US\n"
    assert on(folder, "settings", "get", "telephones/2/name").stdout == "\n"
    assert on(folder, "settings", "get", "dialling").stdout.startswith('{\n  "digit_map": "",\n  "pause_s": 4.0,\n')


def test_settings_are_changed_through_the_gateway_when_it_runs(folder: Folder, gateway: Gateway) -> None:
    result = on(folder, "settings", "set", "trunks/-/name=main", "calls/voice_channels=3", "trunks/-/domain=a.org")
    assert result.returncode == 1
    assert result.stderr == "twinline: trunks/0/username: is missing: a trunk that registers needs one\n"
    result = on(folder, "settings", "set", 'trunks/-={"name": "main", "domain": "a.org", "username": "u"}')
    assert (result.returncode, result.stderr) == (0, "twinline: note: that is unusual\n")
    assert gateway.changes[1] == {"trunks/-": {"name": "main", "domain": "a.org", "username": "u"}}
    assert on(folder, "settings", "get", "trunks/0/domain").stdout == "a.org\n"


def test_a_wrong_change_is_refused_with_every_error(folder: Folder) -> None:
    result = on(folder, "settings", "set", "country=Germany", "calls/voice_chanels=3")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        'twinline: country: "Germany" is not a country code of two capital letters',
        'twinline: calls/voice_chanels: there is no such setting; did you mean "voice_channels"?',
    ]
    assert not folder.settings.exists()


def test_a_secret_is_never_printed_and_can_be_typed_unseen(folder: Folder) -> None:
    trunk = ["trunks/-/name=main", "trunks/-/domain=a.org", "trunks/-/username=u"]
    results = [
        process_on(folder, "settings", "set", *trunk, "trunks/-/password", typed=f"{SECRET}\n"),
        on(folder, "settings", "set", "trunks/0/domain=", f"trunks/0/password={SECRET}"),
        on(folder, "settings", "set", f"trunks/0/passwort={SECRET}"),
        on(folder, "settings", "get", "trunks/0/password"),
        on(folder, "settings", "get"),
        on(folder, "settings", "dump"),
        on(folder, "check"),
    ]
    assert [result.returncode for result in results] == [0, 1, 1, 0, 0, 0, 0], results
    assert Store(folder.settings).load().settings.trunks[0].password.get_secret_value() == SECRET
    assert results[3].stdout == "********\n"
    for result in results:
        assert SECRET not in result.stdout + result.stderr


def test_check_prints_every_error_and_touches_nothing(folder: Folder) -> None:
    result = on(folder, "check")
    assert (result.returncode, folder.path.exists()) == (0, False)
    on(folder, "settings", "set", "country=DE")
    assert on(folder, "check").returncode == 0
    values = {"calls": {"voice_channels": 99}, "telephones": {"1": {"extension": "x"}}}
    folder.settings.write_text(json.dumps({"settings": {"1": {"schema": 1, "values": values}}}))
    result = on(folder, "check")
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        'telephones/1/extension: "x" is not 2 to 6 digits',
        "calls/voice_channels: 99 is not a whole number from 1 to 32",
    ]
    folder.settings.write_text("{")
    result = on(folder, "check")
    assert (result.returncode, result.stdout) == (1, "settings.json is broken: it is not whole JSON\n")
    assert folder.settings.read_text() == "{"


def test_a_change_waits_for_the_gateway_of_a_box_that_runs(folder: Folder) -> None:
    gateway = Gateway(folder)
    timer = threading.Timer(1.0, gateway.server.start)
    with folder.held():
        timer.start()
        result = on(folder, "settings", "set", "country=DE")
        timer.join()
    gateway.server.stop()
    assert result.returncode == 0, result.stderr
    assert gateway.changes == [{"country": "DE"}]


def test_a_change_to_a_box_whose_gateway_never_answers_ends_in_3(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware.commands.settings._GATEWAY_RETURNS_S", 0.3)
    with folder.held():
        result = on(folder, "settings", "set", "country=DE")
    assert result.returncode == 3
    assert not folder.settings.exists()


@pytest.mark.parametrize("arguments", [["settings", "set", "country=DE"], ["run"], ["check"]])
def test_a_folder_that_cannot_be_used_is_said_in_words(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "file").write_text("")
    result = process_on(Folder(tmp_path / "file"), *arguments)
    assert result.returncode == 1, result
    assert "Not a directory" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_the_documentation_of_settings_is_up_to_date() -> None:
    written = (ROOT / "docs" / "settings.md").read_text()
    assert written == markdown() + "\n", "make it anew: twinline settings docs > docs/settings.md"


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


@pytest.mark.parametrize("command", ["sim", "status", "run"])
def test_light_commands_import_nothing_heavy(command: str) -> None:
    code = (
        "import importlib, sys, firmware.__main__;"
        f"importlib.import_module('firmware.commands.{command}');"
        "print([name for name in ('pydantic', 'tinydb', 'cffi', 'bottle', 'pjsua2') if name in sys.modules])"
    )
    if not (ROOT / "firmware" / "commands" / f"{command}.py").exists():
        pytest.skip("not there yet")
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
