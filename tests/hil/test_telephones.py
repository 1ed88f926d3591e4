"""Two telephones of a whole box: dialling, ringing, talking, hanging up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.box import Box
from tests.support.sound import fingerprint, likeness


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with Box(tmp_path / "box") as box:
        yield box
        box.wait_idle()


def connect(box: Box) -> None:
    """Telephone 1 calls telephone 2, which answers."""
    box.phone(1).lift_and_dial("102")
    box.phone(2).wait("ringing", True)
    box.phone(2).lift()
    box.wait_line("fxs1", "talking")
    box.wait_line("fxs2", "talking")


def test_two_telephones_hear_each_other(box: Box, tmp_path: Path) -> None:
    connect(box)
    for speaker, listener, seed in ((1, 2, 1), (2, 1, 2)):
        said = fingerprint(seed, 2.0)
        box.phone(speaker).play(said, tmp_path)
        heard = box.phone(listener).record(2.0, tmp_path)
        assert likeness(said, heard).correlation > 0.9
    box.phone(1).hang_up()
    box.phone(2).wait_tone("busy")
    box.phone(2).hang_up()
