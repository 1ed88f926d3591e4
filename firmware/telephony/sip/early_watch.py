"""Whether a called side is heard before it answers: asks the engine for packets until then. Call thread only."""

import time
from collections.abc import Callable

from firmware.telephony.loop import Alarm, CallLoop
from firmware.telephony.sip.early import Early, EarlyState, Rang, Received, Streamed, step

_ASKED_EVERY_S = 0.04  # two packets: what is said first is lost for no longer


class EarlyWatch:
    """Feeds the decider of early media; `packets` gives how many came so far, `tell` is told the news."""

    def __init__(self, loop: CallLoop, packets: Callable[[], int], tell: Callable[[Early], None]) -> None:
        self._packets = packets
        self._tell = tell
        self._state = EarlyState()
        self._alarm = Alarm(loop)
        self._is_over = False

    def rang(self) -> None:
        """The called side says that it rings."""
        self._step(Rang())

    def streamed(self) -> None:
        """It may be heard from now on."""
        self._step(Streamed())
        if not self._alarm.is_set and not self._is_over:
            self._ask()

    def stop(self) -> None:
        """It has answered or is gone."""
        self._is_over = True
        self._alarm.clear()

    def _ask(self) -> None:
        self._alarm.set(_ASKED_EVERY_S, self._ask)
        self._step(Received(self._packets()))

    def _step(self, event: Rang | Streamed | Received) -> None:
        if self._is_over:
            return
        self._state, news = step(self._state, event, time.monotonic())
        for item in news:
            self._tell(item)
