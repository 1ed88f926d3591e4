"""Loop closed or open, and when, into lifting, hanging up, flash and pulse digits. No I/O, no clock."""

from collections.abc import Callable

from firmware.fxs.line import (
    SAMPLE_RATE_HZ,
    Flashed,
    LineEvent,
    LineId,
    OffHook,
    OnHook,
    PulseDigit,
)
from firmware.fxs.profile import HookTimings

BOUNCE_MS = 6  # contacts chatter for 1 to 5 ms; the shortest break that means something has 15
_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000
_BOUNCE = BOUNCE_MS * _SAMPLES_PER_MS
_WRAP = 1 << 32  # of the adapter's sample counter
_PULSES_MAX = 99  # a loop that opens for ever is no digit


class HookSwitch:
    """One telephone's hook. Times are the adapter's sample counter, which may wrap.

    Where the windows of flash and dial pulse overlap (a European recall of 50 to 150 ms looks like a "1"),
    a short break is a pulse while digits are expected, and a flash otherwise. A telephone that has
    sent a DTMF digit since it was lifted does not dial pulses: then a flash wins always.
    """

    def __init__(self, line: LineId, timings: Callable[[], HookTimings]) -> None:
        self._line = line
        self._timings = timings
        self._now: int | None = None
        self._is_closed = False  # settled level, and since when
        self._since = 0
        self._raw_is_closed = False  # last level heard, and since when
        self._raw_since = 0
        self._is_off_hook = False
        self._is_expecting = False
        self._is_tone_telephone = False
        self._pulses = 0

    @property
    def is_off_hook(self) -> bool:
        """Whether the handset is lifted, as far as has been reported."""
        return self._is_off_hook

    @property
    def is_timing(self) -> bool:
        """Whether `tick` may have something to say; otherwise it need not be called."""
        is_settling = self._raw_is_closed != self._is_closed
        return is_settling or self._is_closed != self._is_off_hook or self._pulses > 0

    def expect_digits(self, is_expected: bool) -> None:
        """Whether the user dials now. A digit under way is finished either way."""
        self._is_expecting = is_expected

    def tone_dialled(self) -> None:
        """A DTMF digit was heard: until the handset is down this is a tone telephone."""
        self._is_tone_telephone = True
        self._pulses = 0

    def feed(self, is_closed: bool, sample: int) -> list[LineEvent]:
        """The loop was closed or opened at `sample`."""
        at = self._unwrap(sample)
        events = self._advance(at)
        if is_closed != self._raw_is_closed:
            self._raw_is_closed = is_closed
            self._raw_since = at
        return events

    def tick(self, sample: int) -> list[LineEvent]:
        """It is `sample` now and nothing happened."""
        return self._advance(self._unwrap(sample))

    def _unwrap(self, sample: int) -> int:
        """The counter without its wraps; a stamp a little older than the last one stays older."""
        if self._now is None:
            self._now = sample
        ahead = (sample - self._now) % _WRAP
        if ahead >= _WRAP // 2:
            return self._now + ahead - _WRAP
        self._now += ahead
        return self._now

    def _advance(self, now: int) -> list[LineEvent]:
        if self._raw_is_closed == self._is_closed:
            return self._time_out(now)
        events = self._time_out(self._raw_since)
        if now - self._raw_since < _BOUNCE:
            return events
        lasted = self._raw_since - self._since
        self._is_closed, self._since = self._raw_is_closed, self._raw_since
        if self._is_closed and self._is_off_hook:
            events += self._judge_break(lasted)
        return events + self._time_out(now)

    def _time_out(self, now: int) -> list[LineEvent]:
        timings, lasted = self._timings(), now - self._since
        if self._is_closed and not self._is_off_hook:
            if lasted >= timings.off_hook_debounce_ms * _SAMPLES_PER_MS:
                return self._lift()
        elif self._is_closed:
            if self._pulses and lasted >= timings.pulse_digit_gap_ms * _SAMPLES_PER_MS:
                return self._end_digit(timings.pulses)
        elif self._is_off_hook and lasted >= _on_hook_ms(timings) * _SAMPLES_PER_MS:
            return self._hang_up()
        return []

    def _judge_break(self, lasted: int) -> list[LineEvent]:
        timings = self._timings()
        is_dialling = (self._is_expecting and not self._is_tone_telephone) or self._pulses > 0
        if is_dialling and _is_within(lasted, timings.pulse_break_min_ms, timings.pulse_break_max_ms):
            self._pulses = min(self._pulses + 1, _PULSES_MAX)
            return []
        if _is_within(lasted, timings.flash_min_ms, timings.flash_max_ms):
            self._pulses = 0
            return [Flashed(self._line)]
        if lasted > timings.flash_max_ms * _SAMPLES_PER_MS:
            return self._hang_up()
        return []

    def _lift(self) -> list[LineEvent]:
        self._is_off_hook = True
        self._is_tone_telephone = False
        self._pulses = 0
        return [OffHook(self._line)]

    def _hang_up(self) -> list[LineEvent]:
        self._is_off_hook = False
        self._is_expecting = False
        self._pulses = 0
        return [OnHook(self._line)]

    def _end_digit(self, pulses: str) -> list[LineEvent]:
        count, self._pulses = self._pulses, 0
        return [PulseDigit(self._line, pulses[count - 1])] if count <= len(pulses) else []


def _is_within(lasted: int, min_ms: int, max_ms: int) -> bool:
    return min_ms * _SAMPLES_PER_MS <= lasted <= max_ms * _SAMPLES_PER_MS


def _on_hook_ms(timings: HookTimings) -> int:
    """Never while the break may still turn out to be a flash or a pulse."""
    return max(timings.on_hook_min_ms, timings.flash_max_ms + 1, timings.pulse_break_max_ms + 1)
