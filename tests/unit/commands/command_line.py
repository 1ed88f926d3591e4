"""The command line as a person uses it, and a gateway that answers it over a real store."""

import contextlib
import io
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware.commands import main
from firmware.control import ControlServer, Refused
from firmware.folder import Folder
from firmware.settings import SettingsRefused, look_up, plain
from firmware.settings.store import Store

ROOT = Path(__file__).parents[3]
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
