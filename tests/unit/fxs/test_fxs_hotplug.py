"""Adapters that are plugged in and out, by udev and by a fixed path."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.fxs.hotplug import PathWatcher, Place
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(shutil.which("umockdev-wrapper") is None, reason="umockdev is not installed")
def test_udev_tells_of_our_adapters_only_and_of_their_comings_and_goings() -> None:
    command = ["umockdev-wrapper", sys.executable, "-m", "tests.unit.fxs.fxs_udev_probe"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    at_start, told = (json.loads(line) for line in done.stdout.splitlines())
    first = ["/dev/ttyACM0", "pci-0000:00:14.0-usb-0:0:1.0"]
    assert at_start == {"at start": [first]}
    assert told == [
        first,
        ["/dev/ttyACM2", "pci-0000:00:14.0-usb-0:2:1.0"],
        ["/dev/ttyACM0", "gone"],
        first,
    ]


class Told:
    """What a watcher said."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def found(self, place: Place) -> None:
        self.words.append(f"found {Path(place.path).name}")

    def gone(self, path: str) -> None:
        self.words.append(f"gone {Path(path).name}")


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def link(tmp_path: Path, told: Told) -> Iterator[Path]:
    """A path that is watched."""
    link = tmp_path / "adapter"
    watcher = PathWatcher(link, poll_s=0.02)
    watcher.start(told.found, told.gone)
    yield link
    watcher.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "hotplug"]


def test_a_device_at_the_path_is_told_of_before_start_returns(tmp_path: Path, told: Told) -> None:
    (tmp_path / "adapter").symlink_to("/dev/null")
    watcher = PathWatcher(tmp_path / "adapter")
    watcher.start(told.found, told.gone)
    assert told.words == ["found adapter"]
    watcher.stop()


def test_a_device_that_comes_and_goes_is_told_of(link: Path, told: Told) -> None:
    for round_ in range(1, 4):
        link.symlink_to("/dev/null")
        until(lambda expected=round_ * 2 - 1: len(told.words) == expected, 5, "found")
        link.unlink()
        until(lambda expected=round_ * 2: len(told.words) == expected, 5, "gone")
    assert told.words == ["found adapter", "gone adapter"] * 3


def test_a_link_to_nothing_is_no_device(link: Path, told: Told) -> None:
    link.symlink_to("/dev/does-not-exist")
    os.symlink("/dev/null", f"{link}.new")
    assert told.words == []
    os.replace(f"{link}.new", link)
    until(lambda: told.words == ["found adapter"], 5, "found")


def test_a_device_that_was_swapped_between_two_looks_is_another(link: Path, told: Told) -> None:
    link.symlink_to("/dev/null")
    until(lambda: told.words, 5, "found")
    os.symlink("/dev/zero", f"{link}.new")
    os.replace(f"{link}.new", link)
    until(lambda: told.words == ["found adapter", "gone adapter", "found adapter"], 5, "the swap")
