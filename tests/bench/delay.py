"""One-way delay between the analogue line and RTP, both ways, the 20 ms packet included."""

from pathlib import Path

from tests.bench import scene
from tests.bench.conversation import talk
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home

LINE_TO_RTP = Measure(
    "one-way delay, line to RTP",
    "ms",
    "noise into the line, found again by correlation in what the far end gets: for each packet from when its first "
    "sample was spoken to its arrival, by the kernel's stamp; the 20 ms of the packet are in it",
    goal=40,
)
RTP_TO_LINE = Measure(
    "one-way delay, RTP to line",
    "ms",
    "noise from the far end, found again in the ear: from when a sample was spoken (the first of a packet 20 ms before "
    "that leaves) to when it sounds in the ear, by the adapter's sample clock",
    goal=50,
)
_TALK_S = 4.0


def run(home: Home, folder: Path, times: int) -> list[Figure]:
    """A call each time: the clocks of bridge, far end and line stand differently in each."""
    up: list[float] = []
    down: list[float] = []
    late_ms = 0.0
    for seed in range(times):
        scene.call_out(home.box, home.far)
        result = talk(home.box, home.far, folder, _TALK_S, seed=2 * seed)
        up += result.line_to_rtp.values
        down += result.rtp_to_line.values
        late_ms = max(late_ms, result.far_late_ms)
        scene.hang_up(home.box, 1)
    note = f"{times} calls of {_TALK_S:.0f} s; the far end itself sent up to {late_ms:.1f} ms late"
    return [Figure(LINE_TO_RTP, tuple(up)), Figure(RTP_TO_LINE, tuple(down), note)]
