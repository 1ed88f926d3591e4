"""How soon a browser shows something of the page, and how much it fetches for that."""

from pathlib import Path

from tests.bench.browser import Browser, Sight
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home
from tests.bench.visitor import page_of
from tests.support.web import sign_in

_PAGES = {"overview": "", "settings of a telephone": "settings/telephones/1"}


def paint(page: str) -> Measure:
    """First paint of that page."""
    how = "first contentful paint (PerformancePaintTiming) in Chromium over HTTP on loopback, its cache empty"
    return Measure(f"first paint, {page}", "ms", how, goal=300)


def fetched(page: str) -> Measure:
    """All that the page needs."""
    how = "all that Chromium fetches for it, headers included, by its Network events; the cache is empty"
    return Measure(f"fetched, {page}", "kB", how, goal=150)


def run(home: Home, folder: Path, times: int) -> list[Figure]:
    """Each page so often, after once for the box to have made its templates."""
    url = page_of(home.box)
    with Browser(folder) as browser:
        figures = figures_of("sign-in", sights(browser, f"{url}sign-in", times))
        sign_in(browser.driver, url)
        for page, path in _PAGES.items():
            figures += figures_of(page, sights(browser, url + path, times))
    return figures


def sights(browser: Browser, url: str, times: int) -> list[Sight]:
    """Of `times` visits after a first one."""
    browser.see(url)
    return [browser.see(url) for _ in range(times)]


def figures_of(page: str, seen: list[Sight]) -> list[Figure]:
    """Both figures of a page."""
    files = f"{seen[-1].files} files"
    return [
        Figure(paint(page), tuple(sight.painted_ms for sight in seen)),
        Figure(fetched(page), tuple(sight.kilobytes for sight in seen), files),
    ]
