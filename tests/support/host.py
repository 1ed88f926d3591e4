"""The host's side on the simulator's device: real bytes, real time; the simulator in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from firmware.control import ControlClient
from firmware.fxs.hotplug import PathWatcher
from firmware.fxs.line import LineEvent, LineId, LineKind
from firmware.fxs.lines import Adapters
from firmware.fxs.profile import HookTimings, LineProfile
from firmware.fxs.simulator import device_path, socket_path
from tests.support.waiting import until

FXS1, FXS2, FXO1 = LineId(LineKind.FXS, 1), LineId(LineKind.FXS, 2), LineId(LineKind.FXO, 1)
ROOT = Path(__file__).parents[2]
QUICK = LineProfile(hooks=HookTimings(flash_min_ms=50, flash_max_ms=150, on_hook_min_ms=300))


class Loopback:
    """Plays what it hears, and writes down both."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def exchange(self, block: bytes, played: bytes) -> bytes:
        self.heard.append(block)
        return block


@dataclass
class Box:
    """The host's side on a folder, and what it posted."""

    config: Path
    profile: LineProfile = QUICK
    block_ms: int = 10
    events: list[LineEvent] = field(default_factory=list)
    adapters: Adapters = field(init=False)

    def __post_init__(self) -> None:
        watchers = [PathWatcher(device_path(self.config / name), poll_s=0.05) for name in ("", "a", "b")]
        self.adapters = Adapters(
            watchers=watchers,
            post=self.events.append,
            profile=lambda line: self.profile,
            block_ms=lambda: self.block_ms,
        )

    def wait(self, *events: LineEvent, within_s: float = 5.0) -> None:
        """Until all of these have been posted, in this order; forgets what was before the last."""
        for event in events:
            until(lambda event=event: event in self.events, within_s, f"{event} (so far {self.events})")
            del self.events[: self.events.index(event) + 1]

    def adapter(self) -> dict[str, object]:
        return self.adapters.snapshot()[0]


_SIMULATOR = """
import sys
from pathlib import Path
from firmware.fxs.simulator import Equipment, main
sys.exit(main(Path(sys.argv[1]), Equipment(2, 1, sys.argv[2], 1)))
"""


@contextmanager
def simulating(config: Path, serial: str = "SIM00000001") -> Iterator[ControlClient]:
    """The simulator in a process of its own, as on the box: its work must not hold up our audio."""
    process = subprocess.Popen([sys.executable, "-c", _SIMULATOR, str(config), serial], cwd=ROOT)
    try:
        until(lambda: socket_path(config).exists() and device_path(config).exists(), 20, "the simulator")
        with ControlClient(socket_path(config), timeout_s=30) as client:
            yield client
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def running(box: Box) -> Iterator[Box]:
    box.adapters.start()
    try:
        yield box
    finally:
        box.adapters.stop()
