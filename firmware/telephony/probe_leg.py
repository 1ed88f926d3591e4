"""The box calls to find out what becomes of a call: the calling side of a test, as a `Leg`."""

from collections.abc import Callable
from typing import Any

from firmware.telephony.events import Cause
from firmware.telephony.loop import CallLoop
from firmware.telephony.services import ServiceLeg


class ProbeLeg(ServiceLeg):
    """`sound` makes what is joined with whoever answers. `on_over(cause)` comes once, when the call is over for it."""

    def __init__(
        self, name: str, *, loop: CallLoop, sound: Callable[[], Any], on_over: Callable[[Cause], None]
    ) -> None:
        super().__init__(name, loop=loop, make_media=lambda leg, ready: None)
        self._sound = sound
        self._on_over = on_over

    def answer(self) -> None:
        """Somebody answered, the first or, after a forward, another one."""
        events = self.events
        if self.media is None and events is not None:
            self.media = self._sound()
            self._loop.post(lambda: events.leg_media_changed(self))

    def hang_up(self, cause: Cause) -> None:
        """The test wants no more. Call thread."""
        if self.events is not None:
            self.events.leg_ended(self, cause)
        self.end(cause)

    def end(self, cause: Cause) -> None:
        """The call is over."""
        super().end(cause)
        on_over, self._on_over = self._on_over, lambda cause: None
        on_over(cause)
