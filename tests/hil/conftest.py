"""A box for each module, calm before and after each test."""

from collections.abc import Iterator, Mapping

import pytest

from tests.support.box import Box
from tests.support.scenes import calm


@pytest.fixture(scope="module")
def module_box(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A whole box with its log of every call; the module's SETTINGS are changes by path to what a new box has."""
    settings: Mapping[str, object] = getattr(request.module, "SETTINGS", {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWINLINE_LOG", "info")  # who reads about causes needs more than warnings
        box = Box(tmp_path_factory.mktemp("box") / "box", settings)
    with box:
        box.simulator.call("ping")  # connects now: what a test opens it has to close
        yield box


@pytest.fixture
def box(module_box: Box) -> Iterator[Box]:
    """The module's box, with every handset down, no fault and no call."""
    calm(module_box)
    yield module_box
    calm(module_box)
