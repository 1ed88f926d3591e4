"""Run under umockdev-wrapper: plays a machine with ttys that come and go, prints what UdevWatcher tells of it."""

import ctypes
import json
import sys

from firmware.fxs.hotplug import Place, UdevWatcher
from tests.support.waiting import until

TTYS = {
    # name: (USB vendor and product, more properties)
    "ttyACM0": ("1209 0001", ""),
    "ttyACM1": ("0572 1340", ""),
    "ttyACM2": ("abcd 0042", "E: TWINLINE_ADAPTER=1\n"),
    "ttyS0": ("", ""),
}


class Machine:
    """umockdev's testbed by its C interface: Python's bindings come with Debian's Python only."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libumockdev.so.0")
        self._library.umockdev_testbed_new.restype = ctypes.c_void_p
        self._library.umockdev_testbed_add_from_string.restype = ctypes.c_int
        self._testbed = ctypes.c_void_p(self._library.umockdev_testbed_new())

    def add(self, name: str) -> None:
        ids, more = TTYS[name]
        vendor, _, product = ids.partition(" ")
        usb = f"E: ID_VENDOR_ID={vendor}\nE: ID_MODEL_ID={product}\n" if ids else ""
        text = (
            f"P: /devices/usb1/{name}/tty/{name}\nN: {name}\nE: DEVNAME=/dev/{name}\nE: SUBSYSTEM=tty\n"
            f"E: ID_PATH=pci-0000:00:14.0-usb-0:{name[-1]}:1.0\n{usb}{more}A: dev=166:{name[-1]}\\n\n\n"
        )
        error = ctypes.c_void_p()
        assert self._library.umockdev_testbed_add_from_string(self._testbed, text.encode(), ctypes.byref(error))

    def tell(self, name: str, action: str) -> None:
        path = f"/sys/devices/usb1/{name}/tty/{name}".encode()
        self._library.umockdev_testbed_uevent(self._testbed, path, action.encode())


def main() -> None:
    machine, told = Machine(), list[tuple[str, str]]()
    machine.add("ttyACM0")
    machine.add("ttyS0")

    def found(place: Place) -> None:
        told.append((place.path, place.location))

    def gone(path: str) -> None:
        told.append((path, "gone"))

    watcher = UdevWatcher()
    watcher.start(found, gone)
    json.dump({"at start": told}, sys.stdout)
    for name in ("ttyACM1", "ttyACM2"):
        machine.add(name)
        machine.tell(name, "add")
    until(lambda: len(told) == 2, 5, "the second adapter")
    for name in ("ttyS0", "ttyACM1", "ttyACM0"):
        machine.tell(name, "remove")
    until(lambda: len(told) == 3, 5, "the removal")
    machine.tell("ttyACM0", "add")
    until(lambda: len(told) == 4, 5, "the return")
    watcher.stop()
    print()
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
