"""The page of past calls while a million of them are kept: what the box takes for it, and when a browser shows it."""

import time
from pathlib import Path

from firmware.records import Cursor
from tests.bench.archive import BEGIN, CALLS, DAY_S, DAYS
from tests.bench.browser import Browser
from tests.bench.first_paint import figures_of, sights
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Archive
from tests.bench.visitor import Visitor, page_of
from tests.support.box import Box
from tests.support.web import sign_in

_GOAL_MS = 300.0
_WAYS = {
    "the latest": "calls",
    "by the beginning of a number": "calls?q=%2B4930",
    "in the middle of ten years": f"calls?before={Cursor(BEGIN + DAYS * DAY_S / 2, CALLS // 2)}",
    "a telephone's": "calls?extension=17",
    "missed ones of a month": "calls?outcome=missed&from=2022-07-01&to=2022-07-31",
    "the graphs of 30 days": "statistics?range=30d",
    "with a cause and a number": "calls?cause=NO_ANSWER&q=%2B4930",
}


def run(archive: Archive, folder: Path, times: int) -> list[Figure]:
    """One box on that folder; each way so often."""
    with Box(archive.folder) as box:
        url = page_of(box)
        figures = _answers(url, times)
        with Browser(folder) as browser:
            sign_in(browser.driver, url)
            for way in ("the latest", "in the middle of ten years"):
                figures += figures_of(f"calls ({way} of {CALLS:,})", sights(browser, url + _WAYS[way], times))
    return figures


def _answers(url: str, times: int) -> list[Figure]:
    figures = []
    how = f"50 of {CALLS:,} calls: from asking for the page to its last byte, over HTTP on loopback, signed in"
    with Visitor(url).sign_in() as visitor:
        for way, path in _WAYS.items():
            visitor.get(f"/{path}")
            measure = Measure(f"page of calls answered, {way}", "ms", how, goal=_GOAL_MS)
            figures.append(Figure(measure, tuple(_taken_ms(visitor, f"/{path}") for _ in range(times))))
    return figures


def _taken_ms(visitor: Visitor, path: str) -> float:
    begun = time.perf_counter()
    visitor.get(path)
    return 1000 * (time.perf_counter() - begun)
