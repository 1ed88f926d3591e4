"""A gateway and a simulator to look at: real control sockets with answers that a test may change."""

import base64
import copy
import math
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from firmware.control import ControlServer, Refused
from firmware.gateway.settings_desk import SettingsDesk
from firmware.judge import judge
from firmware.settings.store import Loaded, Store
from tests.unit.webadmin.snapshots import SNAPSHOT, STATE

EAR_HZ = 440.0


class Clock:
    """One that stands until a test moves it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Gateway:
    """Answers `status` with a snapshot that a test may change and publish, and keeps real settings."""

    def __init__(self, run: Path, port: int = 0, **more: Any) -> None:
        self.snapshot = copy.deepcopy(SNAPSHOT)
        self.store = Store(run.parent / "gateway-settings.json", judge)
        self.applied: list[Any] = []
        self.desk = SettingsDesk(self.store, Loaded(self.store.update({"web/port": port})), self.applied.append)
        methods = {"get": self.desk.get, "set": self.desk.set, "dump": self.desk.dump, "page": self.desk.page}
        self.server = ControlServer(
            run / "gateway.sock",
            {
                "status": lambda: self.snapshot,
                **{f"settings.{name}": method for name, method in methods.items()},
                **more,
            },
        )

    def publish(self) -> None:
        self.server.publish("status", self.snapshot)

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()


class Prober:
    """A gateway's `test.run` that tells a hop, waits until `go` is set, and fails at the next."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[dict[str, Any]] = []
        self.is_up = False
        self.refuses = ""

    def __call__(self, **asked: str) -> Iterator[dict[str, str] | None]:
        if self.refuses:
            raise Refused(self.refuses)
        self.asked.append(asked)
        self.is_up = True
        try:
            yield {"hop": "telephone", "state": "done", "text": "telephone 1 is on its adapter"}
            yield {"hop": "unheard of", "state": "done", "text": "of a newer gateway"}
            while not self.go.wait(0.05):
                yield None
            yield {"hop": "ring", "state": "failed", "text": "turned away: <b>do not disturb"}
            yield {"hop": "end", "state": "done", "text": "the call has ended"}
        finally:
            self.is_up = False


class Simulator:
    """Keeps what it was told to do in `done`; its telephones hear 440 Hz."""

    def __init__(self, run: Path) -> None:
        self.state = copy.deepcopy(STATE)
        self.done: list[tuple[str, dict[str, object]]] = []
        self.listeners = 0
        self.dial_may_end = threading.Event()
        self.dial_may_end.set()
        methods = ("phone.flash", "phone.play", "line.ring", "line.stop", "line.answer", "line.hang_up", "line.play")
        self.server = ControlServer(
            run / "simulator.sock",
            {
                "state": lambda: {**self.state, "now": time.monotonic()},
                "phone.lift": lambda number: self._hook("phone.lift", number, "off-hook"),
                "phone.hang_up": lambda number: self._hook("phone.hang_up", number, "on-hook"),
                "phone.dial": self._dial,
                "phone.listen": self._listen,
                "line.listen": self._listen,
                **{name: self._noted(name) for name in methods},
            },
            max_clients=64,
        )

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.dial_may_end.set()
        self.server.stop()

    def _noted(self, name: str) -> Any:
        return lambda **params: self.done.append((name, params))

    def _hook(self, name: str, number: int, hook: str) -> None:
        if self.state["phones"][number - 1]["hook"] == hook:
            raise Refused(f"telephone {number} is {hook} already")
        self.state["phones"][number - 1]["hook"] = hook
        self.done.append((name, {"number": number}))

    def _dial(self, number: int, digits: str, pulse: bool = False) -> None:
        self.done.append(("phone.dial", {"number": number, "digits": digits, "pulse": pulse}))
        self.dial_may_end.wait(20)

    def _listen(self, number: int) -> Iterator[str | None]:
        if number > 2:
            raise Refused(f"telephone {number} does not exist")
        self.listeners += 1
        try:
            yield from _sine_blocks()
        finally:
            self.listeners -= 1


def _sine_blocks() -> Iterator[str | None]:
    start = time.monotonic()
    for block in range(100_000):
        at = [2 * math.pi * EAR_HZ * n / 8000 for n in range(block * 160, block * 160 + 160)]
        yield base64.b64encode(struct.pack("<160h", *(int(8000 * math.sin(phase)) for phase in at))).decode()
        time.sleep(max(0.0, start + block * 0.02 - time.monotonic()))
