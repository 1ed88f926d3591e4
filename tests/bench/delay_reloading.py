"""One-way delay in a long call while the page is reloaded without pause."""

import sys
from pathlib import Path

from tests.bench import scene
from tests.bench.conversation import Delays, Talk, talk
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home
from tests.bench.visitor import page_of
from tests.support.box import ROOT
from tests.support.process import Program

LONG_S = 600.0
_SHORT_S = 60.0
_TALK_S = 60.0  # what is said in one go: it is sent to the far end whole, and looked for whole
_FIRST_S = 20.0


def run(home: Home, folder: Path, times: int, seconds: float = _SHORT_S) -> list[Figure]:
    """`times` calls of `seconds` each."""
    talks: list[Talk] = []
    pages = []
    url = page_of(home.box)
    for seed in range(times):
        scene.call_out(home.box, home.far)
        log = folder / f"reload{seed}.log"
        with Program([sys.executable, "-m", "tests.bench.reload", url], log, folder=ROOT) as reloading:
            reloading.wait_until_ready(log.read_text, _FIRST_S)
            for _ in range(round(seconds / _TALK_S)):
                talks.append(talk(home.box, home.far, folder, _TALK_S, seed=2 * len(talks)))
            assert reloading.is_running, log.read_text()
        scene.hang_up(home.box, 1)
        pages.append(log.read_text().split()[-1])
    length = "one call of ten minutes" if seconds == LONG_S else "one call of a minute (`--long`: ten)"
    how = f"as the one-way delay, in {length}, while somebody who is signed in fetches page and files over and over"
    note = f"{' and '.join(pages)} pages in a call of {round(seconds / _TALK_S)} min"
    return [
        _figure(
            Measure("delay while the page is reloaded, line to RTP", "ms", how, goal=40),
            [each.line_to_rtp for each in talks],
            note,
        ),
        _figure(
            Measure("delay while the page is reloaded, RTP to line", "ms", "likewise", goal=50),
            [each.rtp_to_line for each in talks],
            note,
        ),
    ]


def _figure(measure: Measure, taken: list[Delays], note: str) -> Figure:
    lost = sum(each.lost for each in taken) / len(taken)
    values = tuple(value for each in taken for value in each.values)
    return Figure(measure, values, f"{note}; {100 * lost:.1f} % of the time not recognised")
