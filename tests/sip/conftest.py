"""One box for all tests of trunks and media in this process; a module that needs its own has a `running_house`."""

from collections.abc import Iterator

import pytest

from tests.support.house import House
from tests.support.site import Site


@pytest.fixture(scope="session")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site(running_site: Site) -> Iterator[Site]:
    """The box with nobody in a call; every test ends so."""
    running_site.new_log()
    yield running_site
    running_site.tidy()


@pytest.fixture
def house(running_house: House) -> Iterator[House]:
    """The module's own box with nobody in a call; every test ends so."""
    running_house.new_log()
    yield running_house
    running_house.tidy()
