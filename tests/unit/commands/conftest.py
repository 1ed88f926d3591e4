"""A box's folder, and a gateway that answers beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.folder import Folder
from tests.unit.commands.command_line import Gateway


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "box")


@pytest.fixture
def gateway(folder: Folder) -> Iterator[Gateway]:
    gateway = Gateway(folder)
    gateway.server.start()
    yield gateway
    gateway.server.stop()
