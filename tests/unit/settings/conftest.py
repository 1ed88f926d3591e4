"""Where settings are kept, and a store on it."""

from pathlib import Path

import pytest

from firmware.settings.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


@pytest.fixture
def store(path: Path) -> Store:
    return Store(path)
