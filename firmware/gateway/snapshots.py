"""When the status is drawn anew: soon after a change, and every second without one. Knows not what is in it."""

from collections.abc import Callable
from typing import Any

from firmware.telephony.loop import CallLoop

_SOON_S = 0.2  # the page is redrawn five times a second at the most
_EVERY_S = 1.0  # seconds of calls and figures of buffers move on


class Snapshots:
    """`draw` makes one, `tell` is given each. `latest` may be read on any thread; the rest is the call thread's."""

    def __init__(
        self, loop: CallLoop, *, draw: Callable[[], dict[str, Any]], tell: Callable[[dict[str, Any]], None]
    ) -> None:
        self.latest: dict[str, Any] = {}
        self._loop = loop
        self._draw = draw
        self._tell = tell
        self._is_due = False

    def start(self) -> None:
        """Take the first at once, the others as long as the loop runs."""
        self._take()
        self._tick()

    def changed(self) -> None:
        """Something in it is no longer so: many changes at once are one snapshot."""
        if not self._is_due:
            self._is_due = True
            self._loop.call_later(_SOON_S, self._take)

    def _tick(self) -> None:
        self.changed()
        self._loop.call_later(_EVERY_S, self._tick)

    def _take(self) -> None:
        self._is_due = False
        self.latest = self._draw()
        self._tell(self.latest)
