"""Which adapters are plugged in, and when that changes. The only user of pyudev; opens no device."""

import logging
import os
import select
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyudev

ADAPTER_USB_IDS = frozenset({("1209", "0001")})  # vendor, product: pid.codes' number for prototypes
ADAPTER_PROPERTY = "TWINLINE_ADAPTER"  # set to 1 by a udev rule for adapters of other makers
PATH_POLL_S = 0.2

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A device node and the socket it is plugged into, which keeps its name when the node's changes."""

    path: str
    location: str


Found = Callable[[Place], None]
Gone = Callable[[str], None]  # gets the path


class Watcher(Protocol):
    """Tells of adapters until stopped."""

    def start(self, found: Found, gone: Gone) -> None:
        """Tell of all that are there, then return, then tell of changes from another thread."""
        ...

    def stop(self) -> None:
        """No more calls once this returns."""
        ...


class UdevWatcher:
    """Adapters among the machine's ttys, by USB id or udev property."""

    def __init__(self, usb_ids: frozenset[tuple[str, str]] = ADAPTER_USB_IDS) -> None:
        self._usb_ids = usb_ids
        self._thread: threading.Thread | None = None
        self._known: set[str] = set()
        self._stop_read, self._stop_write = -1, -1

    def start(self, found: Found, gone: Gone) -> None:
        """See Watcher."""
        context = pyudev.Context()
        monitor = pyudev.Monitor.from_netlink(context)
        monitor.filter_by("tty")
        monitor.start()  # before the look round: what comes between is told twice rather than never
        for device in context.list_devices(subsystem="tty"):
            self._add(device, found)
        self._stop_read, self._stop_write = os.pipe2(os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._watch, args=(monitor, found, gone), name="hotplug", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """See Watcher."""
        if self._thread is None:
            return
        os.write(self._stop_write, b"\0")
        self._thread.join()
        self._thread = None
        os.close(self._stop_read)
        os.close(self._stop_write)

    def _watch(self, monitor: pyudev.Monitor, found: Found, gone: Gone) -> None:
        poll = select.poll()
        poll.register(monitor.fileno(), select.POLLIN)
        poll.register(self._stop_read, select.POLLIN)
        while self._stop_read not in (fd for fd, _ in poll.poll()):
            try:
                device = monitor.poll(timeout=0)
                if device is not None:
                    self._on_change(device, found, gone)
            except Exception:
                _log.exception("A change of devices was not understood")

    def _on_change(self, device: pyudev.Device, found: Found, gone: Gone) -> None:
        if device.action == "remove":
            path = device.device_node or ""
            if path in self._known:
                self._known.discard(path)
                gone(path)
        elif device.action in ("add", "change"):
            self._add(device, found)

    def _add(self, device: pyudev.Device, found: Found) -> None:
        path = device.device_node
        if path and path not in self._known and self._is_adapter(device):
            self._known.add(path)
            found(Place(path, device.properties.get("ID_PATH", path)))

    def _is_adapter(self, device: pyudev.Device) -> bool:
        properties = device.properties
        usb_id = (properties.get("ID_VENDOR_ID", "").lower(), properties.get("ID_MODEL_ID", "").lower())
        return properties.get(ADAPTER_PROPERTY) == "1" or usb_id in self._usb_ids


class PathWatcher:
    """One fixed path: a link to a device that comes and goes, such as the simulator's."""

    def __init__(self, path: Path, poll_s: float = PATH_POLL_S) -> None:
        self._path = path
        self._poll_s = poll_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._present: tuple[str, int, int] | None = None

    def start(self, found: Found, gone: Gone) -> None:
        """See Watcher."""
        self._look(found, gone)
        self._thread = threading.Thread(target=self._watch, args=(found, gone), name="hotplug", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """See Watcher."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _watch(self, found: Found, gone: Gone) -> None:
        while not self._stopping.wait(self._poll_s):
            try:
                self._look(found, gone)
            except Exception:
                _log.exception("%s could not be watched", self._path)

    def _look(self, found: Found, gone: Gone) -> None:
        present = self._identity()
        if present == self._present:
            return
        was_present, self._present = self._present is not None, present
        if was_present:
            gone(str(self._path))
        if present is not None:
            found(Place(str(self._path), str(self._path)))

    def _identity(self) -> tuple[str, int, int] | None:
        """Tells one device from its successor under the same name: a link made anew has a new number."""
        try:
            link, target = os.lstat(self._path), os.path.realpath(self._path)
            os.stat(target)
        except OSError:
            return None
        return target, link.st_ino, link.st_mtime_ns
