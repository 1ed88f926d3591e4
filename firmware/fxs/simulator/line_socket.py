"""What every socket of the adapter does: audio, reports of its line. Knows no frames."""

from collections.abc import Callable

from firmware.fxs.protocol.frames import LineEntry, NakCode
from firmware.fxs.protocol.orders import Order, StartAudio, StopAudio
from firmware.fxs.protocol.reports import LineFlags, Report
from firmware.fxs.simulator.clock import Timeline
from firmware.fxs.simulator.line_audio import LineAudio, Wires


class Socket:
    """One line of the adapter. The session names who hears its reports, and who takes its numbered audio."""

    def __init__(self, timeline: Timeline, wires: Wires) -> None:
        self.timeline = timeline
        self.audio = LineAudio(timeline, wires)
        self.report: Callable[[Report], None] = lambda report: None

    @property
    def entry(self) -> LineEntry:
        """Its place in HELLO's table."""
        raise NotImplementedError

    @property
    def flags(self) -> LineFlags:
        """How the line is now."""
        raise NotImplementedError

    def perform(self, order: Order) -> NakCode | None:
        """Do it, or say why not."""
        if isinstance(order, StartAudio):
            self.audio.start(order.block_ms, order.prime_blocks)
        elif isinstance(order, StopAudio):
            self.audio.stop()
        else:
            return NakCode.UNKNOWN_LINE
        return None

    def make_safe(self, is_relay_waiting: bool) -> None:
        """The host is gone: section 5 of the protocol."""
        self.audio.stop()
