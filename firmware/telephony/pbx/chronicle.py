"""What is written down of one call while it goes on: fills in the `CallSummary` and tells it at its three moments."""

import time
import uuid
from collections.abc import Callable
from dataclasses import replace

from firmware.telephony.events import Cause, Destination
from firmware.telephony.legs import Leg
from firmware.telephony.summary import CallSummary, LegQuality, Origin


class Chronicle:
    """The summary of one call; `tell` gets it when the call starts, when it is answered and when it is over."""

    def __init__(
        self, origin: Origin, dialled: Destination, *, wall: Callable[[], float], tell: Callable[[CallSummary], None]
    ) -> None:
        self._tell = tell
        self._begun_at = time.monotonic()
        self._answered_at: float | None = None
        self._is_begun = False
        self._is_dropped = False
        self.summary = CallSummary(uuid.uuid4().hex, origin, dialled, dialled, origin.trunk, wall())

    def begin(self) -> None:
        """It is a call of its own: tell of it."""
        if not self._is_begun and not self._is_dropped:
            self._is_begun = True
            self._tell(self.summary)

    def drop(self) -> None:
        """It became part of another call: nothing is told of it any more, if nothing was yet."""
        self._is_dropped = not self._is_begun

    def sent_to(self, destination: Destination) -> None:
        """It goes to another destination now."""
        self.summary = replace(self.summary, destination=destination)

    def went_over(self, trunk: str) -> None:
        """It is tried over a trunk outside."""
        if trunk:
            self.summary = replace(self.summary, trunk=trunk)

    def happened(self, word: str, *, linked: str = "") -> None:
        """Add to the history; `linked` is the other call that was touched."""
        summary = self.summary
        self.summary = replace(summary, history=(*summary.history, word), linked=linked or summary.linked)

    def answered(self, leg: Leg) -> None:
        """Somebody answered, the first time or after a transfer."""
        destination = self.summary.destination
        by = leg.extension or (destination.value if destination.kind in ("number", "emergency") else "")
        self.summary = replace(self.summary, answered_by=by, destination_address=leg.address)
        if self._answered_at is None:
            self._answered_at = time.monotonic()
            self.summary = replace(self.summary, answered_at=self._wall(self._answered_at))
            self.begin()
            self._tell_now()

    def sounded(self, quality: LegQuality | None, *, is_source: bool) -> None:
        """How a leg sounded that is about to go."""
        if quality is not None and is_source:
            self.summary = replace(self.summary, source_quality=quality)
        elif quality is not None:
            self.summary = replace(self.summary, destination_quality=quality)

    def end(self, cause: Cause) -> CallSummary | None:
        """It is over: tell so. None where nothing is to be told."""
        self.begin()
        if self._is_dropped:
            return None
        now = time.monotonic()
        billed_s = 0 if self._answered_at is None else int(now - self._answered_at)
        self.summary = replace(self.summary, ended_at=self._wall(now), billed_s=billed_s, cause=cause)
        self._tell_now()
        return self.summary

    def _wall(self, monotonic: float) -> float:
        # The clock may be set at any moment: durations are the monotonic clock's.
        return self.summary.started_at + monotonic - self._begun_at

    def _tell_now(self) -> None:
        if not self._is_dropped:
            self._tell(self.summary)
