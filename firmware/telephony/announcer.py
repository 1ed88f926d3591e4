"""The box calls somebody to say something: the calling side of such a call, as a `Leg`."""

from collections.abc import Callable
from typing import Any

from firmware.telephony.events import Cause
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.bridge import Source
from firmware.telephony.media.tones import Rendered
from firmware.telephony.services import ServiceLeg


class AnnouncerLeg(ServiceLeg):
    """Plays `sound` to whoever answers, then hangs up. `on_over(is_answered)` comes once, when the call is over."""

    def __init__(
        self, name: str, *, loop: CallLoop, sound: Callable[[], Rendered], on_over: Callable[[bool], None]
    ) -> None:
        super().__init__(name, loop=loop, make_media=lambda leg, ready: None)
        self._sound = sound
        self._on_over = on_over
        self._is_answered = False

    def answer(self) -> None:
        """Speak."""
        self._is_answered = True
        self.media: Any | None = Source(self.name, self._sound(), on_end=self.finish)
        events = self.events
        if events is not None:
            self._loop.post(lambda: events.leg_media_changed(self))

    def finish(self) -> None:
        """All was said. Any thread."""
        events = self.events
        if events is None:
            return

        def hang_up() -> None:
            events.leg_ended(self, Cause.NORMAL)
            self._close()

        self._loop.post(hang_up)

    def end(self, cause: Cause) -> None:
        """They hung up, or never answered."""
        super().end(cause)
        self._close()

    def _close(self) -> None:
        on_over, self._on_over = self._on_over, lambda is_answered: None
        on_over(self._is_answered)
