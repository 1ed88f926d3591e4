"""The simulated USB plug: a pty whose slave a host opens as the adapter's device. Knows no frame."""

import contextlib
import errno
import os
import select
import termios
import tty
from pathlib import Path

_READ_BYTES = 65536


class PtyDevice:
    """`link` leads to the pty's slave while plugged in. A host that has it open stands for DTR."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._master: int | None = None
        self._slave = ""

    @property
    def is_plugged(self) -> bool:
        """Whether the device exists."""
        return self._master is not None

    def fileno(self) -> int:
        """For select; raises ValueError while unplugged."""
        if self._master is None:
            raise ValueError("the adapter is unplugged")
        return self._master

    def plug(self) -> None:
        """Make the device; nothing when it is there. Raises OSError."""
        if self._master is not None:
            return
        master, slave = os.openpty()
        try:
            tty.setraw(slave)
            self._slave = os.ttyname(slave)
        finally:
            os.close(slave)
        os.set_blocking(master, False)
        self._master = master
        self._link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._link.with_name(f".{self._link.name}.new")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(self._slave)
        temporary.replace(self._link)

    def unplug(self) -> None:
        """Take it away; whoever has it open reads its end."""
        if self._master is None:
            return
        with contextlib.suppress(FileNotFoundError):
            self._link.unlink()
        os.close(self._master)
        self._master = None

    def is_host_there(self) -> bool:
        """Whether somebody has the device open."""
        if self._master is None:
            return False
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        return not any(events & select.POLLHUP for _, events in poll.poll(0))

    def read(self) -> bytes | None:
        """What has arrived; None when the host has closed the device."""
        if self._master is None:
            return None
        try:
            return os.read(self._master, _READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno != errno.EIO:  # a pty's way to say that no slave is open
                raise
            return None

    def write(self, data: bytes) -> int:
        """Send what fits now; the number of bytes taken."""
        if self._master is None:
            return len(data)
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return len(data)

    def discard(self) -> None:
        """Forget what a host left unread, as a tty does that is closed; a pty keeps it for the next."""
        if self._master is None:
            return
        with contextlib.suppress(OSError, termios.error):
            slave = os.open(self._slave, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                termios.tcflush(slave, termios.TCIOFLUSH)
            finally:
                os.close(slave)
