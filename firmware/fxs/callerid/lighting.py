"""Tells one telephone on the hook whether messages wait, by the line's block clock. Knows no transport, no hook."""

from collections.abc import Callable
from dataclasses import dataclass

from firmware.dsp.spandsp import fsk_caller_id
from firmware.fxs.callerid.messages import build_etsi_lamp, build_mdmf_lamp
from firmware.fxs.callerid.on_hook import AUDIO_PATIENCE_S, BYTES_PER_MS, Performance, Script, script_of
from firmware.fxs.callerid.plan import RingStep, modem_of, plan_lamp
from firmware.fxs.line import ShowMessages
from firmware.fxs.profile import CallerIdScheme, LineProfile
from firmware.fxs.protocol.orders import Order, StartRinging, StopRinging


@dataclass(frozen=True, slots=True)
class LampMessage:
    """So many messages wait; how the telephone is told."""

    count: int
    script: Script


def prepare_lamp(command: ShowMessages, profile: LineProfile) -> LampMessage | None:
    """Compute it, samples included: some ms of work, so not for the audio thread. None: nothing is to be sent."""
    modem = modem_of(profile.caller_id)
    if modem is None:
        return None
    is_bellcore = profile.caller_id is CallerIdScheme.BELLCORE_FSK
    message = (build_mdmf_lamp if is_bellcore else build_etsi_lamp)(command.count)
    samples = fsk_caller_id(message, standard=modem)
    steps = plan_lamp(profile.caller_id, len(samples) // BYTES_PER_MS)
    if command.is_reminder and any(isinstance(planned.step, RingStep) for planned in steps):
        return None
    return LampMessage(command.count, script_of(steps, samples))


class Lighting:
    """One lamp's message under way. Times are seconds of the caller's clock; `order` takes the orders for the line."""

    def __init__(self, message: LampMessage, order: Callable[[Order], None], now: float, lag_ms: int = 0) -> None:
        self._message = message
        self._order = order
        self._performance = Performance(message.script, order, lag_ms)
        self._block_at = now
        self._is_stopped = False

    @property
    def wants_audio(self) -> bool:
        """Whether the line's blocks must come to `exchange`."""
        return not self._is_stopped and not self._performance.is_over

    @property
    def shown(self) -> int | None:
        """What the telephone was told, None where it was not, or not yet."""
        return self._message.count if self._performance.is_over else None

    def exchange(self, block: bytes, now: float) -> bytes:
        """One block of time has passed: give the orders that are due and the audio to be played."""
        if not self.wants_audio:
            return bytes(len(block))
        self._block_at = now
        return self._performance.exchange(block)

    def ring_again(self) -> None:
        """Nobody calls: a pulse that was cut short stays it."""

    def tick(self, now: float) -> None:
        """A line without audio cannot tell anything."""
        if self.wants_audio and now - self._block_at >= AUDIO_PATIENCE_S:
            self.stop()

    def stop(self) -> None:
        """End it at once, half told as it is. Again: nothing."""
        if not self.wants_audio:
            return
        self._is_stopped = True
        if any(isinstance(order, StartRinging) for _, order in self._message.script.orders):
            self._order(StopRinging())
        self._performance.restore_feed()
