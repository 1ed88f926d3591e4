"""What a telephone on the hook is sent: orders and audio on one time axis, by the line's block clock."""

from collections.abc import Callable
from dataclasses import dataclass

from firmware.dsp.spandsp import tones
from firmware.fxs.callerid.plan import (
    ALERT_TONE_DBM0,
    ALERT_TONE_HZ,
    ALERT_TONE_MS,
    AlertToneStep,
    MessageStep,
    Planned,
    PolarityStep,
    RingStep,
)
from firmware.fxs.line import Feed
from firmware.fxs.protocol.orders import FeedLine, Order, StartRinging

AUDIO_PATIENCE_S = 0.5  # without blocks for so long nothing more is waited for
BYTES_PER_MS = 16
_PLAY_OUT_BYTES = 150 * BYTES_PER_MS  # what the adapter may hold: up to 6 blocks of 20 ms


@dataclass(frozen=True, slots=True)
class Script:
    """Orders in time (ms), and all audio on the same time axis."""

    orders: tuple[tuple[int, Order], ...] = ()
    audio: bytes = b""


def script_of(steps: tuple[Planned, ...], message: bytes) -> Script:
    """The plan, with the samples of its message."""
    return Script(_orders(steps), _timeline(steps, message))


def _orders(steps: tuple[Planned, ...]) -> tuple[tuple[int, Order], ...]:
    orders: list[tuple[int, Order]] = []
    for planned in steps:
        if isinstance(planned.step, RingStep):
            orders.append((planned.at_ms, StartRinging(planned.step.cadence_ms)))
        elif isinstance(planned.step, PolarityStep):
            orders.append((planned.at_ms, FeedLine(planned.step.feed)))
    return tuple(orders)


def _timeline(steps: tuple[Planned, ...], message: bytes) -> bytes:
    audio = bytearray()
    for planned in steps:
        if isinstance(planned.step, AlertToneStep | MessageStep):
            audio += bytes(planned.at_ms * BYTES_PER_MS - len(audio))
            is_message = isinstance(planned.step, MessageStep)
            audio += message if is_message else tones(ALERT_TONE_HZ, ALERT_TONE_DBM0, ALERT_TONE_MS)
    return bytes(audio)


class Performance:
    """One script under way; `order` takes the orders for the line.

    `lag_ms` is how long audio takes to sound: orders that follow audio wait for so long.
    """

    def __init__(self, script: Script, order: Callable[[Order], None], lag_ms: int) -> None:
        self._audio = script.audio
        self._order = order
        self._waiting = list(script.orders)
        self._lag = lag_ms * BYTES_PER_MS
        self._audio_at = len(script.audio) - len(script.audio.lstrip(b"\0"))
        self._elapsed_bytes = 0
        self._is_reversed = False
        self.is_over = script == Script()

    def exchange(self, block: bytes) -> bytes:
        """One block of time has passed: give the orders that are due and the audio to be played."""
        begin, end = self._elapsed_bytes, self._elapsed_bytes + len(block)
        while self._waiting and self._due(self._waiting[0][0]) < end:
            self._give(self._waiting.pop(0)[1])
        self._elapsed_bytes = end
        self.is_over = not self._waiting and end >= len(self._audio) + max(self._lag, _PLAY_OUT_BYTES)
        return self._audio[begin:end].ljust(len(block), b"\0")

    def restore_feed(self) -> None:
        """The battery as it was before. Again: nothing."""
        if self._is_reversed:
            self._give(FeedLine(Feed.FORWARD))

    def _due(self, at_ms: int) -> int:
        at = at_ms * BYTES_PER_MS
        return at + self._lag if at > self._audio_at else at

    def _give(self, order: Order) -> None:
        if isinstance(order, FeedLine):
            self._is_reversed = order.feed is Feed.REVERSE
        self._order(order)
