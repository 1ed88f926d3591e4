"""The list of 10,000 extensions: what the box takes for a page of it, and what a call loses meanwhile."""

import time
from pathlib import Path

from tests.bench import scene
from tests.bench.losses import HOW, losses
from tests.bench.measure import Figure, Measure
from tests.bench.sites import EXTENSIONS, FIRST, Crowd
from tests.bench.visitor import Visitor, page_of

_GOAL_MS = 300.0
_LAST = FIRST + EXTENSIONS - 3
_WAYS = {
    "the first": "settings/extensions",
    "the last": "settings/extensions?page=200",
    "found by a number": f"settings/extensions?q={_LAST}",
    "found nowhere": "settings/extensions?q=nobody",
}
LOST = Measure(
    "audio lost while the list of extensions is searched",
    "blocks",
    f"{HOW}; in a call of the telephone with the far end, one page after the other",
    goal=0,
)


def run(crowd: Crowd, _: Path, times: int) -> list[Figure]:
    """Each way so often, in a call."""
    how = (
        f"50 of {EXTENSIONS:,} extensions: from asking for the page to its last byte, over HTTP on loopback, signed in"
    )
    figures = []
    with Visitor(page_of(crowd.box)).sign_in() as visitor:
        scene.call_out(crowd.box, crowd.far)
        before, begun = losses(crowd.box), time.monotonic()
        for way, path in _WAYS.items():
            measure = Measure(f"page of extensions answered, {way}", "ms", how, goal=_GOAL_MS)
            visitor.get(f"/{path}")
            figures.append(Figure(measure, tuple(_taken_ms(visitor, f"/{path}") for _ in range(times))))
        lost, meanwhile_s = losses(crowd.box).since(before), time.monotonic() - begun
        time.sleep(meanwhile_s)
        quiet = losses(crowd.box).since(before)
        scene.hang_up(crowd.box, 1)
    note = f"{lost}; {quiet.total - lost.total:.0f} in as long a time without pages"
    return [*figures, Figure(LOST, (lost.total,), note)]


def _taken_ms(visitor: Visitor, path: str) -> float:
    begun = time.perf_counter()
    visitor.get(path)
    return 1000 * (time.perf_counter() - begun)
