"""One box and one Asterisk for all tests of this folder. `make interop` runs them."""

from collections.abc import Iterator

import pytest

from tests.support.hosted import Hosted


@pytest.fixture(scope="session")
def running_hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWINLINE_LOG", "info")  # who reads about causes needs more than warnings
        hosted = Hosted(tmp_path_factory.mktemp("hosted"))
    with hosted:
        yield hosted


@pytest.fixture
def hosted(running_hosted: Hosted) -> Iterator[Hosted]:
    """Box and Asterisk with nobody in a call; every test ends so."""
    running_hosted.tidy()
    yield running_hosted
    running_hosted.tidy()
