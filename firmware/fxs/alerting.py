"""Rings one telephone and shows it who calls, by the line's block clock. Knows no transport, no hook."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from firmware.dsp.spandsp import fsk_caller_id, tones
from firmware.fxs.callerid import build_etsi, build_mdmf
from firmware.fxs.calleridplan import (
    ALERT_TONE_DBM0,
    ALERT_TONE_HZ,
    ALERT_TONE_MS,
    AlertToneStep,
    MessageStep,
    Planned,
    PolarityStep,
    RingStep,
    modem_of,
    plan,
)
from firmware.fxs.line import Feed, Ring
from firmware.fxs.orders import FeedLine, Order, StartRinging, StopRinging
from firmware.fxs.profile import CallerIdScheme, LineProfile

AUDIO_PATIENCE_S = 0.5  # without blocks for so long the telephone rings without a caller's number
_BYTES_PER_MS = 16
_PLAY_OUT_BYTES = 150 * _BYTES_PER_MS  # what the adapter may hold: up to 6 blocks of 20 ms


@dataclass(frozen=True, slots=True)
class Alert:
    """What is to be done: orders in time (ms), and all audio on the same time axis."""

    cadence_ms: tuple[int, ...]
    orders: tuple[tuple[int, Order], ...]
    audio: bytes

    @property
    def is_silent(self) -> bool:
        """Whether the telephone only rings."""
        return not self.audio


def prepare(ring: Ring, profile: LineProfile, when: datetime) -> Alert:
    """Compute the whole alert, samples included: some ms of work, so not for the audio thread."""
    cadence_ms = ring.cadence_ms or profile.ring_cadence_ms
    modem = modem_of(profile.caller_id)
    if ring.caller is None or modem is None:
        return Alert(cadence_ms, ((0, StartRinging(cadence_ms)),), b"")
    is_bellcore = profile.caller_id is CallerIdScheme.BELLCORE_FSK
    message = (build_mdmf if is_bellcore else build_etsi)(ring.caller, when)
    samples = fsk_caller_id(message, standard=modem)
    steps = plan(profile.caller_id, cadence_ms, len(samples) // _BYTES_PER_MS)
    return Alert(cadence_ms, _orders(steps), _timeline(steps, samples))


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
            audio += bytes(planned.at_ms * _BYTES_PER_MS - len(audio))
            is_message = isinstance(planned.step, MessageStep)
            audio += message if is_message else tones(ALERT_TONE_HZ, ALERT_TONE_DBM0, ALERT_TONE_MS)
    return bytes(audio)


class _State(enum.Enum):
    WAITING = enum.auto()  # for the first block
    PLAYING = enum.auto()
    RINGING = enum.auto()  # nothing left to do until stopped
    STOPPED = enum.auto()


class Alerting:
    """One alert under way. Times are seconds of the caller's clock; `order` takes the orders for the line.

    `lag_ms` is how long audio takes to sound: orders that follow audio wait for so long.
    """

    def __init__(self, alert: Alert, order: Callable[[Order], None], now: float, lag_ms: int = 0) -> None:
        self._alert = alert
        self._order = order
        self._waiting = list(alert.orders)
        self._lag = lag_ms * _BYTES_PER_MS
        self._audio_at = len(alert.audio) - len(alert.audio.lstrip(b"\0"))
        self._elapsed_bytes = 0
        self._block_at = now
        self._is_reversed = False
        self._state = _State.WAITING
        if alert.is_silent:
            self._ring_plainly()

    @property
    def wants_audio(self) -> bool:
        """Whether the line's blocks must come to `exchange`."""
        return self._state in (_State.WAITING, _State.PLAYING)

    def exchange(self, block: bytes, now: float) -> bytes:
        """One block of time has passed: give the orders that are due and the audio to be played."""
        if not self.wants_audio:
            return bytes(len(block))
        self._state = _State.PLAYING
        self._block_at = now
        begin, end = self._elapsed_bytes, self._elapsed_bytes + len(block)
        while self._waiting and self._due(self._waiting[0][0]) < end:
            self._give(self._waiting.pop(0)[1])
        self._elapsed_bytes = end
        if not self._waiting and end >= len(self._alert.audio) + max(self._lag, _PLAY_OUT_BYTES):
            self._state = _State.RINGING
        return self._alert.audio[begin:end].ljust(len(block), b"\0")

    def _due(self, at_ms: int) -> int:
        at = at_ms * _BYTES_PER_MS
        return at + self._lag if at > self._audio_at else at

    def ring_again(self) -> None:
        """The adapter stopped by itself, for a lifting that was none."""
        if self._state is _State.RINGING:
            self._order(StartRinging(self._alert.cadence_ms))

    def tick(self, now: float) -> None:
        """Whoever gets no audio must still be rung."""
        if self.wants_audio and now - self._block_at >= AUDIO_PATIENCE_S:
            self._ring_plainly()

    def stop(self) -> None:
        """End it at once, whatever it is doing. Again: nothing."""
        if self._state is _State.STOPPED:
            return
        self._state = _State.STOPPED
        self._order(StopRinging())
        self._restore_feed()

    def _ring_plainly(self) -> None:
        self._state = _State.RINGING
        self._waiting.clear()
        self._order(StartRinging(self._alert.cadence_ms))

    def _give(self, order: Order) -> None:
        if isinstance(order, FeedLine):
            self._is_reversed = order.feed is Feed.REVERSE
        self._order(order)

    def _restore_feed(self) -> None:
        if self._is_reversed:
            self._is_reversed = False
            self._order(FeedLine(Feed.FORWARD))
