"""A box for the page: its folder, and started pages before whatever else a test asks for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.webadmin.pages import Pages
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway, Simulator
from tests.unit.webadmin.wsgi_browser import Browser, pages_of


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


@pytest.fixture
def gateway(run: Path) -> Iterator[Gateway]:
    with Gateway(run) as box:
        yield box


@pytest.fixture
def simulator(run: Path) -> Iterator[Simulator]:
    with Simulator(run) as desk:
        yield desk


@pytest.fixture
def pages(run: Path, request: pytest.FixtureRequest) -> Iterator[Pages]:
    """Started after what the test starts, so that it is found at once."""
    for name in {"gateway", "simulator"} & set(request.fixturenames):
        request.getfixturevalue(name)
    served = pages_of(run)
    served.start()
    if "gateway" in request.fixturenames:
        until(lambda: Browser(served).get("/").status == 200, 10, "the page finds the gateway")
    yield served
    served.stop()


@pytest.fixture
def browser(pages: Pages) -> Browser:
    return Browser(pages)
