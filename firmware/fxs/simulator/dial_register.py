"""The exchange's ear for digits: DTMF, dial pulses, hook flashes. Knows no state of the call."""

from collections.abc import Callable

from firmware.dsp.spandsp import DtmfReceiver
from firmware.fxs.simulator.clock import Due, Timeline, ms_of

_PULSE_MAX_MS = 150
_DIGIT_GAP_MS = 250
_FLASHES_MAX = 32  # kept; older go
_PULSED = "1234567890*#"


class DialRegister:
    """Tells `on_digit` each digit and how it came: "tone" or "pulse"."""

    def __init__(self, timeline: Timeline, on_digit: Callable[[str, str], None]) -> None:
        self.flashes_ms: list[int] = []
        self._timeline = timeline
        self._on_digit = on_digit
        self._receiver = DtmfReceiver()
        self._opened = 0
        self._pulses = 0
        self._gap: Due | None = None

    def hear(self, pcm: bytes) -> None:
        """Audio from the subscriber."""
        for digit in self._receiver.feed(pcm):
            self._on_digit(digit, "tone")

    def loop_opened(self) -> None:
        """A break begins, `now`."""
        self._opened = self._timeline.now
        if self._gap is not None:
            self._gap.cancel()
            self._gap = None

    def loop_closed(self) -> None:
        """The break ends: a dial pulse or a flash."""
        break_ms = ms_of(self._timeline.now - self._opened)
        if break_ms > _PULSE_MAX_MS:
            self.flashes_ms = [*self.flashes_ms, break_ms][-_FLASHES_MAX:]
        else:
            self._pulses += 1
        if self._pulses:
            self._gap = self._timeline.after_ms(_DIGIT_GAP_MS, self._end_digit)

    def close(self) -> None:
        """The call is over."""
        if self._gap is not None:
            self._gap.cancel()
            self._gap = None

    def _end_digit(self) -> None:
        pulses, self._pulses, self._gap = self._pulses, 0, None
        if pulses <= len(_PULSED):
            self._on_digit(_PULSED[pulses - 1], "pulse")
