"""One simulator for the tests of a file, and the host's side on it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from firmware.control import ControlClient, Refused
from firmware.fxs.line import (
    LineFound,
)
from tests.support.host import FXO1, FXS1, FXS2, Box, running, simulating
from tests.support.waiting import until


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, ControlClient]]:
    config = tmp_path_factory.mktemp("simulated")
    with simulating(config) as client:
        client.call("ping")
        yield config, client


@pytest.fixture
def simulator(simulated: tuple[Path, ControlClient]) -> Iterator[ControlClient]:
    """One for all, and after each test as it was before."""
    client = simulated[1]
    yield client
    client.call("fault.set", reset=True)
    for number in (1, 2):
        with suppress(Refused):  # it is down
            client.call("phone.hang_up", number=number)
    client.call("line.stop", number=1)
    until(lambda: client.call("line.state", number=1)["state"] == "idle", 10, "an idle line")  # type: ignore[index]


@pytest.fixture
def box(simulated: tuple[Path, ControlClient], simulator: ControlClient) -> Iterator[Box]:
    with running(Box(simulated[0])) as box:
        found = {LineFound(line, "SIM00000001") for line in (FXS1, FXS2, FXO1)}
        until(lambda: found <= set(box.events), 5, "all lines")
        box.events.clear()
        yield box
