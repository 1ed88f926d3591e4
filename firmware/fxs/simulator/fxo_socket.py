"""The adapter's socket for an outside line: seizing, breaks in turn, reports of ringing and battery."""

from collections import deque

from firmware.fxs.line import LineKind
from firmware.fxs.protocol.frames import Capabilities, LineEntry, NakCode
from firmware.fxs.protocol.orders import PULSE_DIGITS_MAX, BreakLoop, Order, PulseDial, ReleaseLine, SeizeLine
from firmware.fxs.protocol.reports import BurstEnded, BurstStarted, CurrentReported, LineFlags, PolarityReported
from firmware.fxs.simulator.clock import Due, Timeline
from firmware.fxs.simulator.line_socket import Socket
from firmware.fxs.simulator.outside_line import OutsideLine

_BREAK_MAX_MS = 5000  # longer is hanging up


class FxoSocket(Socket):
    """Sits on an outside line like a telephone does."""

    def __init__(self, timeline: Timeline, line: OutsideLine) -> None:
        super().__init__(timeline, line)
        self._line = line
        self._is_seized = False
        # What waits: (break, closed loop after it, whether a digit ends there), times in ms
        self._steps: deque[tuple[int, int, bool]] = deque()
        self._next: Due | None = None
        line.on_burst.append(self._burst)
        line.on_polarity.append(lambda is_reversed: self.report(PolarityReported(is_reversed)))
        line.on_current.append(lambda is_lost: self.report(CurrentReported(is_lost)))

    @property
    def entry(self) -> LineEntry:
        senses = Capabilities.POLARITY_SENSE | Capabilities.CURRENT_SENSE
        return LineEntry(LineKind.FXO, senses | Capabilities.ON_HOOK_AUDIO | Capabilities.PULSE_DIAL)

    @property
    def flags(self) -> LineFlags:
        flags = LineFlags.RINGING if self._line.is_burst else LineFlags(0)
        if self._line.is_reversed:
            flags |= LineFlags.REVERSED
        if not self._line.has_current:
            flags |= LineFlags.NO_CURRENT
        return flags

    def perform(self, order: Order) -> NakCode | None:
        match order:
            case SeizeLine():
                self._is_seized = True
                self._line.set_loop(True)
                return None
            case ReleaseLine():
                self._release()
                return None
            case BreakLoop(break_ms=break_ms):
                if not 1 <= break_ms <= _BREAK_MAX_MS:
                    return NakCode.BAD_ARGUMENT
                return self._queue([(break_ms, 0, True)])
            case PulseDial():
                return self._queue(_steps_of(order))
            case _:
                return super().perform(order)

    def make_safe(self, is_relay_waiting: bool) -> None:
        super().make_safe(is_relay_waiting)
        self._release()

    def _release(self) -> None:
        self._steps.clear()
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if self._is_seized:
            self._is_seized = False
            self._line.release()

    def _queue(self, steps: list[tuple[int, int, bool]]) -> NakCode | None:
        if not self._is_seized:
            return NakCode.WRONG_STATE
        if sum(is_end for *_, is_end in (*self._steps, *steps)) > PULSE_DIGITS_MAX:
            return NakCode.BUSY
        self._steps.extend(steps)
        if self._next is None:
            self._break()
        return None

    def _break(self) -> None:
        if not self._steps:
            self._next = None
            return
        break_ms, close_ms, _ = self._steps.popleft()
        self._line.set_loop(False)
        self._next = self.timeline.after_ms(break_ms, lambda: self._make(close_ms))

    def _make(self, close_ms: int) -> None:
        self._line.set_loop(True)
        self._next = self.timeline.after_ms(close_ms, self._break)

    def _burst(self, is_on: bool) -> None:
        self.audio.is_muted = is_on
        self.report(BurstStarted() if is_on else BurstEnded())


def _steps_of(order: PulseDial) -> list[tuple[int, int, bool]]:
    steps = []
    for breaks in order.breaks:
        steps += [(order.break_ms, order.make_ms, False)] * (breaks - 1)
        steps.append((order.break_ms, order.make_ms + order.gap_ms, True))
    return steps
