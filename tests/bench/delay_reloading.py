"""The worst one-way delay of a long call while the page is reloaded without pause."""

import sys
from pathlib import Path

from tests.bench import scene
from tests.bench.conversation import Delays, talk
from tests.bench.measure import Figure, Measure
from tests.support.box import ROOT
from tests.support.process import Program
from tests.support.waiting import until

LINE_TO_RTP = Measure(
    "worst delay while the page is reloaded, line to RTP",
    "ms",
    "as above, in one long call, both sides speaking, while the page and its files are fetched over and over; "
    "the largest value counts",
)
RTP_TO_LINE = Measure("worst delay while the page is reloaded, RTP to line", "ms", "likewise")


def run(folder: Path, times: int, seconds: float = 60.0) -> list[Figure]:
    """`times` calls of `seconds` each; of each, the worst counts."""
    up: list[float] = []
    down: list[float] = []
    notes: tuple[str, str] = ("", "")
    with scene.site(folder) as (box, far):
        address = box.folder / "run" / "web.url"
        until(address.exists, 20, "the page's address")
        url = address.read_text().strip()
        for seed in range(times):
            scene.call_out(box, far)
            log = folder / f"reload{seed}.log"
            with Program([sys.executable, "-m", "tests.bench.reload", url], log, folder=ROOT) as reloading:
                until(lambda log=log: log.read_text(), 20, "the first page")  # type: ignore[misc]
                result = talk(box, far, folder, seconds, seed=2 * seed)
                assert reloading.is_running, log.read_text()
            scene.hang_up(box, 1)
            up.append(max(result.line_to_rtp.values))
            down.append(max(result.rtp_to_line.values))
            pages = f"{log.read_text().split()[-1]} pages in {seconds:.0f} s"
            notes = _words(result.line_to_rtp, pages), _words(result.rtp_to_line, pages)
    return [Figure(LINE_TO_RTP, tuple(up), notes[0]), Figure(RTP_TO_LINE, tuple(down), notes[1])]


def _words(delays: Delays, pages: str) -> str:
    ordered = sorted(delays.values)
    middle, high = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"{pages}; median {middle:.0f}, p99 {high:.0f}; {100 * delays.lost:.1f} % of the time not recognised"
