"""Our presence on a LAN of namespaces: told what to announce, and asked what came of it."""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.lan import ROOT, Machine
from tests.support.process import Program
from tests.support.waiting import until

SETTLED_S = 15.0  # two machines quarrel about a name: avahi takes its time
TXT = {"model": "Twinline", "version": "1.2.3", "setup": "1"}
SERVICES = [
    ("_http._tcp", 80, TXT | {"path": "/"}),
    ("_https._tcp", 443, TXT | {"path": "/"}),
    ("_sip._udp", 5060, TXT),
    ("_sips._tcp", 5061, TXT),
]


class Announcer:
    """Our side, on a machine of its own."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        words = machine.words(sys.executable, "-m", "tests.support.announcer", str(folder))
        self._program = Program(words, folder / "announcer.log", folder=ROOT)
        self.say(SERVICES)

    def say(self, services: list[tuple[str, int, dict[str, str]]], name: str = "twinline") -> None:
        new = self.folder / "wanted.new"
        new.write_text(json.dumps({"name": name, "services": services}))
        new.rename(self.folder / "wanted.json")

    def start(self) -> float:
        """The moment it was started."""
        (self.folder / "state.json").unlink(missing_ok=True)
        self._program.start()
        return time.monotonic()

    def stop(self) -> None:
        self._program.stop()

    def kill(self) -> None:
        """Without a goodbye."""
        os.killpg(self._program.pid, signal.SIGKILL)
        self._program.stop()

    @property
    def state(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / "state.json").read_text()))
        except FileNotFoundError:
            return {}

    @property
    def log(self) -> str:
        return self._program.tail(100_000)

    def wait_named(self, name: str, within_s: float = SETTLED_S) -> None:
        try:
            until(lambda: self.state.get("name") == name, within_s, f"is called {name}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.state}\n{self.log}") from None

    def peak_bytes(self) -> int:
        """The most memory that it ever had."""
        status = Path(f"/proc/{self._program.pid}/status").read_text()  # `ip netns exec` became what it runs
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
