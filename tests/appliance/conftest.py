"""A cable with our box on one end and a neighbour on the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.announcing import Announcer
from tests.support.lan import Avahi, Lan


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan() as lan:
        yield lan


@pytest.fixture
def ours(lan: Lan, tmp_path: Path) -> Iterator[Announcer]:
    announcer = Announcer(lan.box, tmp_path / "ours")
    yield announcer
    announcer.stop()


@pytest.fixture
def avahi(lan: Lan, tmp_path: Path) -> Iterator[Avahi]:
    with Avahi(lan.neighbour, tmp_path / "avahi") as avahi:
        yield avahi
