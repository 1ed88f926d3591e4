"""The driver of the panel: looks at the button, switches lights, hands actions on. Decides nothing."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from firmware.appliance.button import ButtonState, Debounce, step
from firmware.appliance.lights import Feedback, Setup, shown, states
from firmware.appliance.panel_data import Action, Light, PanelData
from firmware.appliance.pins import Pins, PinsRefused

_LOG = logging.getLogger(__name__)

_LOOK_S = 0.02  # a press is told to 20 ms; costs a Pi 0.3 % of a core


class Panel:
    """Lights and button on `pins`.

    `status` and `setup` are asked every 20 ms and must answer at once. `perform` does an action on a thread of its
    own and says whether it worked; while one is done, others are not taken.
    """

    def __init__(
        self,
        pins: Pins,
        data: PanelData,
        *,
        status: Callable[[], Mapping[str, Any] | None],
        setup: Callable[[], Setup],
        perform: Callable[[Action], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pins = pins
        self._data = data
        self._status = status
        self._setup = setup
        self._perform = perform
        self._clock = clock
        self._button = ButtonState()
        self._debounce = Debounce()
        self._feedback = Feedback()
        self._lit: dict[Light, bool] = dict.fromkeys(Light, False)
        self._doer: threading.Thread | None = None

    def set_up(self) -> None:
        """Take the pins. Raises PinsRefused."""
        for pin in self._data.pins.values():
            self._pins.set_up_light(pin)
        self._pins.set_up_button(self._data.button_pin)

    def run(self, stopping: threading.Event) -> None:
        """Until `stopping`; then the lights are off and the pins as they were. Raises PinsRefused."""
        try:
            while not stopping.wait(_LOOK_S):
                self.look()
        finally:
            self.close()

    def look(self) -> None:
        """Once round. Raises PinsRefused."""
        now_s = self._clock()
        self._debounce = self._debounce.looked(self._pins.is_down(self._data.button_pin))
        self._button, action = step(self._button, self._debounce.is_down, now_s, self._data)
        if action is not None:
            self._do(action)
        lights = states(self._status(), self._setup())
        for light, is_on in shown(self._data, lights, self._button, self._feedback, now_s).items():
            if is_on != self._lit[light]:
                self._lit[light] = is_on
                self._pins.light(self._data.pins[light], is_on=is_on)

    def close(self) -> None:
        """Leave the pins; what was begun is left to end by itself."""
        try:
            self._pins.close()
        except PinsRefused as error:
            _LOG.debug("leaving the pins: %s", error)

    def _do(self, action: Action) -> None:
        if self._doer is not None and self._doer.is_alive():
            _LOG.info("the button asks for %s while something else is being done: ignored", action.value)
            return
        _LOG.info("the button asks for %s", action.value)
        self._doer = threading.Thread(target=self._done, args=(action,), name="panel-action", daemon=True)
        self._doer.start()

    def _done(self, action: Action) -> None:
        try:
            has_worked = self._perform(action)
        except Exception:  # the thread's top
            _LOG.exception("%s", action.value)
            has_worked = False
        show = self._data.feedback["done" if has_worked else "failed"]
        self._feedback = Feedback(show, self._clock() + self._data.feedback_for_s)
