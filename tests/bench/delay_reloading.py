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

LONG_CALLS = 10  # several, not one long one: where packets fall between the bridge's beats is settled with each call
_CALL_S = 60.0
_FIRST_S = 20.0


def run(home: Home, folder: Path, times: int, calls: int = 1) -> list[Figure]:
    """`times` times so many calls of a minute, one after the other, while the page is reloaded."""
    talks: list[Talk] = []
    pages = []
    url = page_of(home.box)
    for turn in range(times):
        log = folder / f"reload{turn}.log"
        with Program([sys.executable, "-m", "tests.bench.reload", url], log, folder=ROOT) as reloading:
            reloading.wait_until_ready(log.read_text, _FIRST_S)
            talks += [_call(home, folder, seed=2 * number) for number in range(calls)]
            assert reloading.is_running, log.read_text()
        pages.append(log.read_text().split()[-1])
    length = "ten calls of a minute" if calls == LONG_CALLS else "a call of a minute (`--long`: ten calls)"
    how = f"as the one-way delay, in {length}, while somebody who is signed in fetches page and files over and over"
    note = f"{' and '.join(pages)} pages in {calls} min"
    up, down = [each.line_to_rtp for each in talks], [each.rtp_to_line for each in talks]
    return [
        _figure(Measure("delay while the page is reloaded, line to RTP", "ms", how, goal=40), up, note),
        _figure(Measure("delay while the page is reloaded, RTP to line", "ms", "likewise", goal=50), down, note),
    ]


def _call(home: Home, folder: Path, seed: int) -> Talk:
    scene.call_out(home.box, home.far)
    result = talk(home.box, home.far, folder, _CALL_S, seed=seed)
    scene.hang_up(home.box, 1)
    return result


def _figure(measure: Measure, taken: list[Delays], note: str) -> Figure:
    lost = sum(each.lost for each in taken) / len(taken)
    values = tuple(value for each in taken for value in each.values)
    return Figure(measure, values, f"{note}; {100 * lost:.1f} % of the time not recognised")
