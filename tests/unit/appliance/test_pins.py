"""Which library drives which board, and what is asked of it."""

import logging
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from firmware.appliance.pins import GpiodPins, PinsRefused, RpiPins, open_pins

PI_4 = b"raspberrypi,4-model-b\0brcm,bcm2711\0"
PI_5 = b"raspberrypi,5-model-b\0brcm,bcm2712\0"


class Rpi(types.ModuleType):
    """What RPi.GPIO's documentation says it has; writes down what is asked of it."""

    BCM, OUT, IN, LOW, HIGH, PUD_UP = 11, 0, 1, 0, 1, 22

    def __init__(self) -> None:
        super().__init__("RPi.GPIO")
        self.asked: list[tuple[Any, ...]] = []
        self.level = 1

    def setwarnings(self, is_on: bool) -> None:
        self.asked.append(("setwarnings", is_on))

    def setmode(self, mode: int) -> None:
        self.asked.append(("setmode", mode))

    def setup(self, pin: int, direction: int, pull_up_down: int = 20, initial: int | None = None) -> None:
        if pin > 27:
            raise ValueError("The channel sent is invalid on a Raspberry Pi")
        self.asked.append(("setup", pin, direction, pull_up_down, initial))

    def output(self, pin: int, level: int) -> None:
        if ("setup", pin, self.OUT, 20, self.LOW) not in self.asked:
            raise RuntimeError("The GPIO channel has not been set up as an OUTPUT")
        self.asked.append(("output", pin, level))

    def input(self, pin: int) -> int:
        return self.level

    def cleanup(self, pins: list[int]) -> None:
        self.asked.append(("cleanup", list(pins)))


@pytest.fixture
def rpi(monkeypatch: pytest.MonkeyPatch) -> Rpi:
    module, package = Rpi(), types.ModuleType("RPi")
    package.GPIO = module  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "RPi", package)
    monkeypatch.setitem(sys.modules, "RPi.GPIO", module)
    return module


def board(tmp_path: Path, compatible: bytes) -> Path:
    path = tmp_path / "compatible"
    path.write_bytes(compatible)
    return path


def test_a_machine_that_is_no_pi_has_no_panel(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert open_pins(tmp_path / "missing") is None
    assert open_pins(board(tmp_path, b"pine64,rockpro64\0")) is None
    assert not caplog.records


def test_a_pi_4_is_driven_by_rpi_gpio(tmp_path: Path, rpi: Rpi) -> None:
    assert isinstance(open_pins(board(tmp_path, PI_4)), RpiPins)


def test_a_pi_5_is_not(tmp_path: Path, rpi: Rpi, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert open_pins(board(tmp_path, PI_5)) is None  # there is no chip on this machine
    assert not rpi.asked
    assert [record.message.partition(":")[0] for record in caplog.records] == ["the panel cannot be used by gpiod"]


def test_where_rpi_gpio_refuses_gpiod_is_tried(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert open_pins(board(tmp_path, PI_4)) is None  # neither works here, and nothing breaks
    assert ["RPi.GPIO" in caplog.text, "gpiod" in caplog.text] == [True, True]


def test_lights_and_button_by_rpi_gpio(rpi: Rpi) -> None:
    pins = RpiPins()
    pins.set_up_light(17)
    pins.set_up_button(24)
    pins.light(17, is_on=True)
    assert not pins.is_down(24)  # pulled up
    rpi.level = 0
    assert pins.is_down(24)
    pins.close()
    assert rpi.asked == [
        ("setwarnings", False),
        ("setmode", rpi.BCM),
        ("setup", 17, rpi.OUT, 20, rpi.LOW),
        ("setup", 24, rpi.IN, rpi.PUD_UP, None),
        ("output", 17, rpi.HIGH),
        ("cleanup", [17, 24]),
    ]


def test_what_the_library_refuses_is_refused_in_words(rpi: Rpi) -> None:
    pins = RpiPins()
    with pytest.raises(PinsRefused, match="invalid"):
        pins.set_up_light(99)
    with pytest.raises(PinsRefused, match="not been set up"):
        pins.light(3, is_on=True)
    pins.close()
    assert ("cleanup", []) not in rpi.asked  # which would free every pin


def test_gpiod_says_which_chips_it_found_instead(tmp_path: Path) -> None:
    pytest.importorskip("gpiod")
    (tmp_path / "gpiochip0").write_bytes(b"")
    with pytest.raises(PinsRefused, match="none"):
        GpiodPins(tmp_path)


class Gpiod(types.ModuleType):
    """What gpiod 2 has, with one chip."""

    def __init__(self) -> None:
        super().__init__("gpiod")
        real = pytest.importorskip("gpiod")
        self.line, self.LineSettings = real.line, real.LineSettings
        self.levels: dict[int, Any] = {}
        self.released: list[int] = []

    def Chip(self, path: str) -> "Chip":
        return Chip("pinctrl-rp1" if path.endswith("4") else "gpio-brcmstb")

    def request_lines(self, path: str, consumer: str, config: dict[int, Any]) -> "Request":
        assert path.endswith("gpiochip4")
        [(pin, settings)] = config.items()
        if pin in self.levels:
            raise OSError(16, "Device or resource busy")
        self.levels[pin] = settings.output_value
        return Request(self, settings)


class Chip:
    def __init__(self, label: str) -> None:
        self.label = label

    def __enter__(self) -> "Chip":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get_info(self) -> "Chip":
        return self


class Request:
    def __init__(self, gpiod: Gpiod, settings: Any) -> None:
        self._gpiod = gpiod
        self.settings = settings

    def set_value(self, pin: int, value: Any) -> None:
        assert self.settings.direction == self._gpiod.line.Direction.OUTPUT
        self._gpiod.levels[pin] = value

    def get_value(self, pin: int) -> Any:
        return self._gpiod.levels[pin]

    def release(self) -> None:
        self._gpiod.released += [pin for pin in self._gpiod.levels if pin not in self._gpiod.released][:1]


def test_the_header_of_a_pi_5_is_found_by_its_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpiod = Gpiod()
    monkeypatch.setitem(sys.modules, "gpiod", gpiod)
    for number in (0, 4, 10):
        (tmp_path / f"gpiochip{number}").touch()
    pins = GpiodPins(tmp_path)
    value = gpiod.line.Value
    pins.set_up_light(17)
    pins.set_up_button(24)
    assert gpiod.levels[17] == value.INACTIVE
    pins.light(17, is_on=True)
    assert gpiod.levels[17] == value.ACTIVE
    gpiod.levels[24] = value.ACTIVE  # active low: gpiod turns it round
    assert pins.is_down(24)
    with pytest.raises(PinsRefused, match="busy"):
        pins.set_up_light(17)
    pins.close()
    assert gpiod.levels[17] == value.INACTIVE
    assert sorted(gpiod.released) == [17, 24]
