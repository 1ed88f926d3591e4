"""A control server with methods for tests, and a client."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.control import ControlClient, ControlServer
from tests.unit.control.control_methods import Methods, until


@pytest.fixture
def methods() -> Iterator[Methods]:
    methods = Methods()
    yield methods
    methods.release.set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "test.sock"


@pytest.fixture
def server(path: Path, methods: Methods) -> Iterator[ControlServer]:
    before = threading.active_count()
    server = ControlServer(path, methods.table(), max_clients=4)
    server.start()
    yield server
    methods.release.set()
    server.stop()
    until(lambda: threading.active_count() <= before)


@pytest.fixture
def client(path: Path, server: ControlServer) -> Iterator[ControlClient]:
    with ControlClient(path) as client:
        yield client
