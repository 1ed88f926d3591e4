"""Rings one telephone and shows it who calls, by the line's block clock. Knows no transport, no hook."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from firmware.fxs.callerid.on_hook import AUDIO_PATIENCE_S, BYTES_PER_MS, Performance, Script, script_of
from firmware.fxs.callerid.plan import plan
from firmware.fxs.callerid.sound import caller_audio
from firmware.fxs.line import Ring
from firmware.fxs.profile import CallerIdScheme, LineProfile
from firmware.fxs.protocol.orders import Order, StartRinging, StopRinging


@dataclass(frozen=True, slots=True)
class Alert:
    """What is to be done before the telephone rings on by itself; an empty script: it only rings."""

    cadence_ms: tuple[int, ...]
    script: Script


def prepare(ring: Ring, profile: LineProfile, when: datetime) -> Alert:
    """Compute the whole alert, samples included: some ms of work, so not for the audio thread."""
    cadence_ms = ring.cadence_ms or profile.ring_cadence_ms
    if ring.caller is None or profile.caller_id is CallerIdScheme.OFF:
        return Alert(cadence_ms, Script())
    samples = caller_audio(ring.caller, profile.caller_id, when)
    steps = plan(profile.caller_id, cadence_ms, len(samples) // BYTES_PER_MS)
    return Alert(cadence_ms, script_of(steps, samples))


class _State(enum.Enum):
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
        self._performance = Performance(alert.script, order, lag_ms)
        self._block_at = now
        self._state = _State.PLAYING
        if self._performance.is_over:
            self._ring_plainly()

    @property
    def wants_audio(self) -> bool:
        """Whether the line's blocks must come to `exchange`."""
        return self._state is _State.PLAYING

    def exchange(self, block: bytes, now: float) -> bytes:
        """One block of time has passed: give the orders that are due and the audio to be played."""
        if not self.wants_audio:
            return bytes(len(block))
        self._block_at = now
        played = self._performance.exchange(block)
        if self._performance.is_over:
            self._state = _State.RINGING
        return played

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
        self._performance.restore_feed()

    def _ring_plainly(self) -> None:
        self._state = _State.RINGING
        self._order(StartRinging(self._alert.cadence_ms))
