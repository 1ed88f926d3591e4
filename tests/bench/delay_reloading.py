"""The worst one-way delay of a long call while the page is reloaded without pause."""

import sys
from pathlib import Path

from tests.bench import scene
from tests.bench.conversation import Delays, talk
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home
from tests.bench.visitor import page_of
from tests.support.box import ROOT
from tests.support.process import Program

LINE_TO_RTP = Measure(
    "worst delay while the page is reloaded, line to RTP",
    "ms",
    "as above, in one call of a minute (`--long`: ten), both sides speaking, while somebody who is signed in fetches "
    "the page and its files over and over; the largest value counts",
)
RTP_TO_LINE = Measure("worst delay while the page is reloaded, RTP to line", "ms", "likewise")
SHORT_S = 60.0
_FIRST_S = 20.0


def run(home: Home, folder: Path, times: int, seconds: float = SHORT_S) -> list[Figure]:
    """`times` calls of `seconds` each; of each, the worst counts."""
    up: list[float] = []
    down: list[float] = []
    notes: tuple[str, str] = ("", "")
    url = page_of(home.box)
    for seed in range(times):
        scene.call_out(home.box, home.far)
        log = folder / f"reload{seed}.log"
        with Program([sys.executable, "-m", "tests.bench.reload", url], log, folder=ROOT) as reloading:
            reloading.wait_until_ready(log.read_text, _FIRST_S)
            result = talk(home.box, home.far, folder, seconds, seed=2 * seed)
            assert reloading.is_running, log.read_text()
        scene.hang_up(home.box, 1)
        up.append(max(result.line_to_rtp.values))
        down.append(max(result.rtp_to_line.values))
        pages = f"{log.read_text().split()[-1]} pages in a call of {seconds:.0f} s"
        notes = _words(result.line_to_rtp, pages), _words(result.rtp_to_line, pages)
    return [Figure(LINE_TO_RTP, tuple(up), notes[0]), Figure(RTP_TO_LINE, tuple(down), notes[1])]


def _words(delays: Delays, pages: str) -> str:
    ordered = sorted(delays.values)
    middle, high = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"{pages}; median {middle:.0f}, p99 {high:.0f}; {100 * delays.lost:.1f} % of the time not recognised"
