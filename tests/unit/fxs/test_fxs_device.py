"""The serial device: exclusive, never waiting, lost when unplugged."""

import os
import threading
import time
import tty
from collections.abc import Iterator

import pytest

from firmware.fxs.device import WRITE_MAX, DeviceLost, SerialDevice


class Pty:
    """The adapter's end of a pair of ttys."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)

    def unplug(self) -> None:
        if self.master >= 0:
            os.close(self.master)
            self.master = -1


@pytest.fixture
def pty() -> Iterator[Pty]:
    pair = Pty()
    yield pair
    pair.unplug()


@pytest.fixture
def device(pty: Pty) -> Iterator[SerialDevice]:
    opened = SerialDevice(pty.path)
    yield opened
    opened.close()


def open_files() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


def test_every_byte_value_goes_both_ways(pty: Pty, device: SerialDevice) -> None:
    every = bytes(range(256))
    device.write(every)
    assert os.read(pty.master, 1000) == every
    os.write(pty.master, every)
    assert device.read(2) == every


def test_a_read_ends_when_its_time_is_over(device: SerialDevice) -> None:
    begin = time.monotonic()
    assert device.read(0.05) == b""
    assert 0.04 < time.monotonic() - begin < 1


def test_a_waiting_read_is_woken_from_another_thread(device: SerialDevice) -> None:
    begin = time.monotonic()
    waker = threading.Timer(0.05, device.wake)
    waker.start()
    assert device.read(30) == b""
    assert time.monotonic() - begin < 5
    waker.join()


def test_an_unplugged_adapter_is_noticed_while_waiting(pty: Pty, device: SerialDevice) -> None:
    puller = threading.Timer(0.05, pty.unplug)
    puller.start()
    begin = time.monotonic()
    with pytest.raises(DeviceLost, match="unplugged"):
        device.read(30)
    assert time.monotonic() - begin < 5
    puller.join()


def test_writing_to_an_unplugged_adapter_loses_it(pty: Pty, device: SerialDevice) -> None:
    pty.unplug()
    with pytest.raises(DeviceLost):
        for _ in range(3):
            device.write(b"x" * WRITE_MAX)


def test_an_adapter_that_does_not_read_blocks_nobody_and_is_lost_at_a_limit(device: SerialDevice) -> None:
    begin = time.monotonic()
    with pytest.raises(DeviceLost, match="does not take our data"):
        for _ in range(1000):
            device.write(bytes(4096))
    assert time.monotonic() - begin < 5


def test_what_could_not_be_sent_at_once_is_sent_later_in_order(pty: Pty, device: SerialDevice) -> None:
    sent = bytes(range(256)) * 128
    device.write(sent)
    got = b""
    while len(got) < len(sent):
        got += os.read(pty.master, 1000)
        device.read(0.01)
    assert got == sent


def test_only_one_program_may_have_the_adapter(pty: Pty, device: SerialDevice) -> None:
    with pytest.raises(DeviceLost, match="in use by another program"):
        SerialDevice(pty.path)


@pytest.mark.parametrize("path", ["/dev/does-not-exist", "/proc/version"])
def test_what_cannot_be_opened_is_said_in_words(path: str) -> None:
    with pytest.raises(DeviceLost, match="device"):
        SerialDevice(path)


def test_nothing_is_left_open(pty: Pty) -> None:
    before = open_files()
    for _ in range(3):
        device = SerialDevice(pty.path)
        device.close()
        device.close()
        device.wake()
    with pytest.raises(DeviceLost):
        SerialDevice("/dev/does-not-exist")
    assert open_files() == before
