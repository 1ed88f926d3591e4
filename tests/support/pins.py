"""Pins without a board: the test plays the button and reads the lights."""

from firmware.appliance.pins import PinsRefused


class FakePins:
    """The simplest thing that is `Pins`. As on a real board, an output cannot be driven from outside."""

    def __init__(self, held: int | None = None) -> None:
        """`held` is a button that is pressed already."""
        self.outputs: dict[int, bool] = {}
        self._held = held
        self._inputs: dict[int, bool] = {}
        self.is_closed = False
        self.writes = 0

    def set_up_light(self, pin: int) -> None:
        self._claim(pin)
        self.outputs[pin] = False

    def set_up_button(self, pin: int) -> None:
        self._claim(pin)
        self._inputs[pin] = pin == self._held

    def light(self, pin: int, *, is_on: bool) -> None:
        if pin not in self.outputs:
            raise PinsRefused(f"pin {pin} is no output")
        self.outputs[pin] = is_on
        self.writes += 1

    def is_down(self, pin: int) -> bool:
        if pin not in self._inputs:
            raise PinsRefused(f"pin {pin} is no input")
        return self._inputs[pin]

    def close(self) -> None:
        self.outputs = dict.fromkeys(self.outputs, False)
        self.is_closed = True

    def press(self, pin: int) -> None:
        """Connect the pin to ground."""
        self._drive(pin, is_down=True)

    def release(self, pin: int) -> None:
        """Let the pull-up have it."""
        self._drive(pin, is_down=False)

    def _drive(self, pin: int, *, is_down: bool) -> None:
        if pin in self.outputs:
            raise AssertionError(f"pin {pin} is an output: to drive it is a short circuit")
        assert pin in self._inputs, f"pin {pin} is not set up"
        self._inputs[pin] = is_down

    def _claim(self, pin: int) -> None:
        if pin in self.outputs or pin in self._inputs:
            raise PinsRefused(f"pin {pin} is in use")
