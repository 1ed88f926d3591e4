"""When a browser shows the list of extensions of a box that has 10,000 of them."""

from pathlib import Path

from tests.bench.browser import Browser
from tests.bench.first_paint import figures_of, sights
from tests.bench.measure import Figure
from tests.bench.sites import EXTENSIONS, Crowd
from tests.bench.visitor import page_of
from tests.support.web import sign_in

_PAGES = {"the first": "settings/extensions", "the last": "settings/extensions?page=200"}


def run(crowd: Crowd, folder: Path, times: int) -> list[Figure]:
    """Both ends of the list so often."""
    url, figures = page_of(crowd.box), []
    with Browser(folder) as browser:
        sign_in(browser.driver, url)
        for place, path in _PAGES.items():
            figures += figures_of(f"extensions ({place} of {EXTENSIONS:,})", sights(browser, url + path, times))
    return figures
