"""A whole box with its simulated adapter, as `twinline run --simulate` starts it: driven and read by its sockets."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from firmware.control import ControlClient, Refused, Unreachable
from firmware.settings.store import Store
from tests.support.process import Program
from tests.support.running import Running
from tests.support.sound import Samples, read_wav, write_wav
from tests.support.waiting import until

# Tests dial numbers that nobody has, the same ones again and again; the fence has tests of its own.
_EVERY_CLASS = ["national", "mobile", "international", "premium"]
_NO_FENCE: dict[str, object] = {
    "extensions/101": {"permissions": _EVERY_CLASS},
    "extensions/102": {"permissions": _EVERY_CLASS},
    "fence/hour_calls_max": 10_000,
    "fence/same_number_hour_max": 10_000,
    "fence/day_minutes_max": 100_000,
}
ROOT = Path(__file__).resolve().parents[2]
START_S = 20.0  # two cores may be shared with other boxes
CALL_S = 10.0


class Box(Running):
    """One box in `folder`; `settings` are changes by path to what a new box has.

    IP telephones may register where the settings say how: the usual ports belong to no test.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object] | None = None) -> None:
        self.folder = folder
        has_phones = any(path.startswith("registrar") for path in settings or ())
        self.settings = {"web/port": 0, "registrar/is_enabled": has_phones} | _NO_FENCE | dict(settings or {})
        self._program = Program(self.command("run", "--simulate"), folder.with_suffix(".log"), folder=ROOT)
        self.gateway = ControlClient(folder / "run" / "gateway.sock")
        self.simulator = ControlClient(folder / "run" / "simulator.sock", timeout_s=60)

    def command(self, *words: str) -> list[str]:
        """A `twinline` command on this box."""
        return [sys.executable, "-m", "firmware", *words, "--config", str(self.folder)]

    def start(self) -> Self:
        """Start it; returns when its lines are there."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._store_settings()
        self._program.start()
        until(self.is_ready, START_S, f"the box is ready (log: {self._program.log})")
        return self

    def stop(self) -> None:
        """Stop it; nothing of it is left."""
        self.gateway.close()
        self.simulator.close()
        self._program.stop()

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._program.log.read_text(errors="replace")

    # ---- reading -------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """The gateway's snapshot."""
        status = self.gateway.call("status")
        assert isinstance(status, dict)
        return status

    def is_ready(self) -> bool:
        """Lines are found and idle."""
        try:
            states = [line["state"] for line in self.status()["lines"]]
        except (Unreachable, KeyError):
            return False
        return len(states) == 3 and "lost" not in states

    def line(self, name: str) -> dict[str, Any]:
        """A line of the snapshot: "fxs1", "fxs2", "fxo1"."""
        return next((line for line in self.status()["lines"] if line["line"] == name), {"state": "missing"})

    def trunk(self, name: str) -> dict[str, Any]:
        """A trunk of the snapshot."""
        return next((trunk for trunk in self.status()["trunks"] if trunk["name"] == name), {"state": "missing"})

    def calls(self) -> list[dict[str, Any]]:
        """Calls that are up."""
        return list(self.status()["calls"])

    def wait_line(self, name: str, state: str, within_s: float = CALL_S) -> None:
        """Until the line is in that state."""
        until(lambda: self.line(name)["state"] == state, within_s, f"{name} is {state}, now {self.line(name)['state']}")

    def wait_trunk(self, name: str, state: str, within_s: float = CALL_S) -> dict[str, Any]:
        """Until the trunk is in that state; returns it."""
        until(lambda: self.trunk(name)["state"] == state, within_s, f"trunk {name} is {state}: {self.trunk(name)}")
        return self.trunk(name)

    def wait_idle(self, within_s: float = CALL_S) -> None:
        """Until no call is up and every voice channel is free."""
        until(lambda: not self.calls() and self.status()["channels"]["used"] == 0, within_s, "no call is left")

    def set(self, **changes: object) -> None:
        """Change settings on the run; `__` stands for `/` in a path."""
        self.gateway.call("settings.set", changes={path.replace("__", "/"): value for path, value in changes.items()})

    # ---- telephones and lines ------------------------------------------------------------------------

    def phone(self, number: int) -> "Phone":
        """Telephone 1 or 2."""
        return Phone(self, "phone", number)

    @property
    def outside(self) -> "Phone":
        """The far end of the outside line."""
        return Phone(self, "line", 1)

    def fault(self, **switches: object) -> None:
        """Set fault switches of the simulator."""
        self.simulator.call("fault.set", **switches)

    def _store_settings(self) -> None:
        Store(self.folder / "settings.json").update(self.settings)


class Phone:
    """What a person does with a telephone (or at the far end of the outside line), through the simulator."""

    def __init__(self, box: Box, kind: str, number: int) -> None:
        self._box = box
        self._kind = kind
        self._number = number

    def do(self, what: str, **params: object) -> dict[str, Any]:
        """Any method of the simulator on this telephone."""
        answer = self._box.simulator.call(f"{self._kind}.{what}", number=self._number, **params)
        return answer if isinstance(answer, dict) else {}

    @property
    def state(self) -> dict[str, Any]:
        """What can be seen and heard of it."""
        return self.do("state")

    def lift(self) -> dict[str, Any]:
        """Lift the handset."""
        return self.do("lift")

    def hang_up(self, **params: object) -> dict[str, Any]:
        """Put the handset down."""
        return self.do("hang_up", **params)

    def dial(self, digits: str, **params: object) -> None:
        """Dial; returns when the last digit is out."""
        self.do("dial", digits=digits, **params)

    def lift_and_dial(self, digits: str, **params: object) -> None:
        """Lift, wait for dial tone, dial."""
        self.lift()
        self.wait_tone("dial")
        self.dial(digits, **params)

    def flash(self) -> None:
        """Hook flash."""
        self.do("flash")

    def wait(self, what: str, value: object, within_s: float = CALL_S) -> None:
        """Until a field of the state has that value."""
        until(lambda: self.state.get(what) == value, within_s, f"{what} is {value!r}: {self.state}")

    def wait_tone(self, name: str, within_s: float = CALL_S) -> None:
        """Until that tone is heard now."""

        def is_heard() -> bool:
            tone = self.state.get("tone")
            return bool(tone) and tone["name"] == name and tone["is_on"]

        until(is_heard, within_s, f"tone {name}: {self.state.get('tone')}")

    def play(self, samples: Samples, folder: Path, *, background: bool = True) -> dict[str, Any]:
        """Speak into the handset."""
        path = write_wav(folder / f"{self._kind}{self._number}-plays.wav", samples)
        return self.do("play", path=str(path), background=background)

    def record(self, seconds: float, folder: Path) -> Samples:
        """What the ear hears in the next seconds."""
        path = folder / f"{self._kind}{self._number}-hears.wav"
        path.unlink(missing_ok=True)
        self.do("record", seconds=seconds, path=str(path))
        return read_wav(path)[0]


__all__ = ["Box", "Phone", "Refused"]
