"""The relay that joins a telephone to the outside line when the box is dead. Knows no protocol."""

from collections.abc import Callable

from firmware.fxs.simulator.clock import Due, Timeline, samples_of
from firmware.fxs.simulator.outside_line import OutsideLine
from firmware.fxs.simulator.party import silence
from firmware.fxs.simulator.telephone import Telephone

_WAIT_MS = 2000  # docs/adapter-protocol.md section 5: a host that restarts does not make the relay click
_BLOCK = samples_of(20)


class Lifeline:
    """Closed from power-up. `on_box_loop` hears the telephone's loop while it is open."""

    def __init__(self, timeline: Timeline, telephone: Telephone, line: OutsideLine) -> None:
        self.on_box_loop: Callable[[bool], None] = lambda is_closed: None
        self.on_opened: Callable[[], None] = lambda: None
        self.is_closed = True
        self._timeline = timeline
        self._telephone = telephone
        self._line = line
        self._is_opening = False
        self._closing: Due | None = None
        self._coupling: Due | None = None
        self._from_line = self._from_telephone = silence(_BLOCK)
        telephone.on_loop = self._loop_changed
        line.on_burst.append(self._burst)

    def open(self) -> None:
        """Give the telephone to the box, as soon as it is on-hook."""
        self._forget_closing()
        self._is_opening = True
        self._open_if_free()

    def close(self, is_waiting: bool) -> None:
        """Join telephone and line, now or in a while."""
        self._is_opening = False
        self._forget_closing()
        if is_waiting and not self.is_closed:
            self._closing = self._timeline.after_ms(_WAIT_MS, self._close)
        else:
            self._close()

    def _close(self) -> None:
        self._closing = None
        if self.is_closed:
            return
        if self._telephone.is_loop_closed:
            self.on_box_loop(False)
        self.is_closed = True
        self._telephone.stop_ringing()
        self._telephone.ring(self._line.is_burst)
        if self._telephone.is_loop_closed:
            self._loop_changed(True)

    def _open_if_free(self) -> None:
        if self._is_opening and self.is_closed and not self._telephone.is_lifted:
            self._is_opening = False
            self.is_closed = False
            self._telephone.stop_ringing()
            self.on_opened()

    def _loop_changed(self, is_closed: bool) -> None:
        if not self.is_closed:
            self.on_box_loop(is_closed)
            return
        self._line.set_loop(is_closed)
        if is_closed and self._coupling is None:
            self._couple()
        self._open_if_free()

    def _burst(self, is_on: bool) -> None:
        if self.is_closed:
            self._telephone.ring(is_on)
            if not is_on and self._telephone.is_loop_closed:
                self._telephone.stop_ringing()

    def _couple(self) -> None:
        """Carry 20 ms of sound each way, as wires would at once."""
        if not (self.is_closed and self._telephone.is_loop_closed):
            self._coupling = None
            return
        start = self._timeline.now
        self._coupling = self._timeline.at(start + _BLOCK, self._couple)
        from_telephone = self._telephone.speak(start - _BLOCK, _BLOCK, self._from_line)
        from_line = self._line.speak(start - _BLOCK, _BLOCK, self._from_telephone)
        self._telephone.hear(start, from_line)
        self._line.hear(start, from_telephone)
        self._from_line, self._from_telephone = from_line, from_telephone

    def _forget_closing(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
