"""The serial node of an adapter as a stream of bytes. The only user of pyserial; knows no frame."""

import contextlib
import os
import select
import threading
from typing import Protocol

import serial

READ_MAX = 4096  # several blocks of every line; small enough that no line waits for another's flood
WRITE_MAX = 64 * 1024  # unsent bytes; at the rate of 16 lines that is 200 ms without the adapter reading


class DeviceLost(Exception):
    """The device cannot be opened, or went away, in words."""


class Device(Protocol):
    """Bytes both ways. All but `wake` belong to one thread."""

    def read(self, timeout_s: float) -> bytes:
        """What has arrived, at most READ_MAX; b"" after the time or a `wake`. Raises DeviceLost."""
        ...

    def write(self, data: bytes) -> None:
        """Send, without waiting. Raises DeviceLost."""
        ...

    def wake(self) -> None:
        """End a `read` that waits, from any thread."""
        ...

    def close(self) -> None:
        """Let go of the device. Again: nothing."""
        ...


class SerialDevice:
    """A tty opened for us alone, without waiting in reads and writes. Raises DeviceLost."""

    def __init__(self, path: str) -> None:
        self._serial = _open(path)
        self._fd: int = self._serial.fileno()
        self._unsent = bytearray()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self._poll.register(self._wake_read, select.POLLIN)
        self._is_closed = False
        self._closing = threading.Lock()

    def read(self, timeout_s: float) -> bytes:
        """What has arrived; see Device."""
        data = b""
        for fd, events in self._poll.poll(max(0.0, timeout_s) * 1000):
            if fd == self._wake_read:
                os.read(self._wake_read, 4096)
                continue
            if events & select.POLLOUT:
                self._send()
            if events & ~select.POLLOUT:
                data = self._receive()
        return data

    def write(self, data: bytes) -> None:
        """Send, or keep for when the adapter reads again; see Device."""
        if len(self._unsent) + len(data) > WRITE_MAX:
            raise DeviceLost("the adapter does not take our data")
        is_waiting = bool(self._unsent)
        self._unsent += data
        if not is_waiting:
            self._send()

    def wake(self) -> None:
        """End a `read` that waits; see Device."""
        with self._closing, contextlib.suppress(BlockingIOError):  # a full pipe wakes as well
            if not self._is_closed:
                os.write(self._wake_write, b"\0")

    def close(self) -> None:
        """Let go; see Device."""
        with self._closing:  # the pipe's number may be another file's at once
            if self._is_closed:
                return
            self._is_closed = True
            os.close(self._wake_read)
            os.close(self._wake_write)
        self._serial.close()

    def _receive(self) -> bytes:
        try:
            data = os.read(self._fd, READ_MAX)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise DeviceLost("the adapter was unplugged") from error
        if not data:
            raise DeviceLost("the adapter was unplugged")
        return data

    def _send(self) -> None:
        try:
            sent = os.write(self._fd, self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise DeviceLost("the adapter was unplugged") from error
        del self._unsent[:sent]
        self._poll.modify(self._fd, select.POLLIN | (select.POLLOUT if self._unsent else 0))


def _open(path: str) -> serial.Serial:
    try:
        return serial.Serial(path, timeout=0, write_timeout=0, exclusive=True)
    except (serial.SerialException, OSError, ValueError) as error:
        raise DeviceLost(_in_words(error)) from error


def _in_words(error: Exception) -> str:
    text = str(error)
    if isinstance(error, PermissionError) or "Permission denied" in text:
        return "the adapter's device may not be opened: permission denied"
    if "exclusively lock" in text or "busy" in text:
        return "the adapter is in use by another program"
    if "No such file" in text or "No such device" in text:
        return "the adapter's device is not there"
    return f"the adapter's device cannot be opened: {text[:120]}"
