"""The pins of the board: RPi.GPIO, or gpiod where that cannot work. The only user of both; knows no panel."""

import contextlib
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

_LOG = logging.getLogger(__name__)

_COMPATIBLE = Path("/proc/device-tree/compatible")
_PI = b"raspberrypi,"
# A Pi 5 has its pins on another chip (RP1), whose registers RPi.GPIO does not know.
_PI_5 = b"brcm,bcm2712"
# The 40-pin header by the labels of the kernel's drivers: the number of a gpiochip differs from kernel to kernel.
_CHIPS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
_DEV = Path("/dev")
_CONSUMER = "twinline"


class PinsRefused(Exception):
    """The pins cannot be used, in words."""


class Pins(Protocol):
    """What a panel needs of a board. Pins are BCM numbers. Raises PinsRefused where the board does not let us.

    A button is looked at, not waited for: RPi.GPIO's edges need the old sysfs numbers, which current kernels moved.
    """

    def set_up_light(self, pin: int) -> None:
        """An output, off."""

    def set_up_button(self, pin: int) -> None:
        """An input, pulled up; the button connects it to ground."""

    def light(self, pin: int, *, is_on: bool) -> None:
        """Switch a light."""

    def is_down(self, pin: int) -> bool:
        """Whether the button is pressed now."""

    def close(self) -> None:
        """Lights off, pins as they were."""


def open_pins(compatible: Path = _COMPATIBLE) -> Pins | None:
    """The pins of this board; None where there is no panel. Never raises: a box without lights is a box."""
    try:
        names = compatible.read_bytes()
    except OSError:
        return None
    if _PI not in names:
        return None
    for kind in (GpiodPins,) if _PI_5 in names else (RpiPins, GpiodPins):
        try:
            return kind()
        except PinsRefused as error:
            _LOG.warning("the panel cannot be used by %s: %s", kind.library, error)
    return None


class RpiPins:
    """By RPi.GPIO: every Pi before the 5."""

    library = "RPi.GPIO"

    def __init__(self) -> None:
        try:
            from RPi import GPIO
        except (ImportError, RuntimeError) as error:  # it looks for its board when it is imported
            raise PinsRefused(str(error)) from error
        self._gpio: Any = GPIO
        self._used: list[int] = []
        with _refused(RuntimeError):
            self._gpio.setwarnings(False)  # a predecessor that was killed left its pins set up
            self._gpio.setmode(self._gpio.BCM)

    def set_up_light(self, pin: int) -> None:
        with _refused(RuntimeError, ValueError):
            self._gpio.setup(pin, self._gpio.OUT, initial=self._gpio.LOW)
        self._used.append(pin)

    def set_up_button(self, pin: int) -> None:
        with _refused(RuntimeError, ValueError):
            self._gpio.setup(pin, self._gpio.IN, pull_up_down=self._gpio.PUD_UP)
        self._used.append(pin)

    def light(self, pin: int, *, is_on: bool) -> None:
        with _refused(RuntimeError):
            self._gpio.output(pin, self._gpio.HIGH if is_on else self._gpio.LOW)

    def is_down(self, pin: int) -> bool:
        with _refused(RuntimeError):
            return not self._gpio.input(pin)

    def close(self) -> None:
        with _refused(RuntimeError):
            if self._used:  # without a list it would free the pins of others
                self._gpio.cleanup(self._used)


class GpiodPins:
    """By the kernel's character device: every Pi."""

    library = "gpiod"

    def __init__(self, folder: Path = _DEV, labels: Iterable[str] = _CHIPS) -> None:
        try:
            import gpiod
        except ImportError as error:
            raise PinsRefused(str(error)) from error
        self._gpiod: Any = gpiod
        self._chip = self._found(folder, list(labels))
        self._requests: dict[int, Any] = {}
        self._lights: set[int] = set()

    def set_up_light(self, pin: int) -> None:
        line = self._gpiod.line
        settings = self._gpiod.LineSettings(direction=line.Direction.OUTPUT, output_value=line.Value.INACTIVE)
        self._request(pin, settings)
        self._lights.add(pin)

    def set_up_button(self, pin: int) -> None:
        line = self._gpiod.line
        settings = self._gpiod.LineSettings(direction=line.Direction.INPUT, bias=line.Bias.PULL_UP, active_low=True)
        self._request(pin, settings)

    def light(self, pin: int, *, is_on: bool) -> None:
        value = self._gpiod.line.Value
        with _refused(OSError):
            self._requests[pin].set_value(pin, value.ACTIVE if is_on else value.INACTIVE)

    def is_down(self, pin: int) -> bool:
        with _refused(OSError):
            return bool(self._requests[pin].get_value(pin) == self._gpiod.line.Value.ACTIVE)

    def close(self) -> None:
        for pin in list(self._requests):
            request = self._requests.pop(pin)
            with contextlib.suppress(OSError):
                if pin in self._lights:
                    request.set_value(pin, self._gpiod.line.Value.INACTIVE)
                request.release()

    def _request(self, pin: int, settings: Any) -> None:
        with _refused(OSError, ValueError):
            request = self._gpiod.request_lines(str(self._chip), consumer=_CONSUMER, config={pin: settings})
        self._requests[pin] = request

    def _found(self, folder: Path, labels: list[str]) -> Path:
        found: dict[str, Path] = {}
        for path in sorted(folder.glob("gpiochip*")):
            with contextlib.suppress(OSError, ValueError), self._gpiod.Chip(str(path)) as chip:
                found.setdefault(chip.get_info().label, path)
        for label in labels:
            if label in found:
                return found[label]
        raise PinsRefused(f"no chip of the header among {', '.join(found) or 'none'}")


@contextlib.contextmanager
def _refused(*kinds: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kinds as error:
        raise PinsRefused(str(error)) from error
