"""Audio that a call lost on its way through the box, from the counters of each stage."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.bench.far_end import FarEnd
from tests.support.box import Box

_SNAPSHOT_S = 2.1  # it is taken once a second, and so often the adapter tells its counters
_ADAPTER = ("lost_audio", "starved")  # on the way from it; not there in time for its line
HOW = "blocks between adapter and box that came not or too late, slips of the elastic buffers"


@dataclass(frozen=True, slots=True)
class Losses:
    """Blocks of the adapter, slips of the elastic buffers, packets that never reached the far end."""

    adapter: int
    slips: int
    packets: int = 0

    def since(self, before: "Losses") -> "Losses":
        """What has come on top; packets are counted from the far end's last `forget` anyway."""
        return Losses(self.adapter - before.adapter, self.slips - before.slips, self.packets)

    @property
    def total(self) -> float:
        """All of them."""
        return float(self.adapter + self.slips + self.packets)

    def __str__(self) -> str:
        return f"{self.adapter} blocks of the adapter, {self.slips} slips, {self.packets} packets"


def losses(box: Box, far: FarEnd | None = None) -> Losses:
    """Of telephone 1's call so far, and of what the far end got since its last `forget`."""
    time.sleep(_SNAPSHOT_S)
    audio: Any = box.line("fxs1")["audio"]
    slips = int(audio["up"]["slips"]) + int(audio["down"]["slips"])
    frames: list[Any] = [each["frames"] for each in box.status()["adapters"]]
    adapter = sum(int(each[name]) for each in frames for name in _ADAPTER)
    return Losses(adapter, slips, 0 if far is None else int(np.isnan(far.heard().arrived).sum()))
