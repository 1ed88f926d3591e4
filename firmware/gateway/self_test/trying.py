"""One test call from its first hop to its last. What all kinds share; call thread only."""

from collections.abc import Callable
from typing import Any

from firmware.fxs.line import LineEvent
from firmware.gateway.self_test.around import CALLER_NAME, RING_S, SPEAK_S, Around, Asked, place
from firmware.gateway.self_test.board import END, Board
from firmware.telephony.events import Cause, Destination
from firmware.telephony.loop import Alarm
from firmware.telephony.media.bridge import Source
from firmware.telephony.media.echo_probe import EchoProbe, Heard
from firmware.telephony.probe_leg import ProbeLeg
from firmware.telephony.sights import (
    Alerted,
    Answered,
    Counted,
    Failed,
    LeftOut,
    Lost,
    Routed,
    Sent,
    Sight,
    Tried,
    Turned,
)

_GAVE_WAY = "the test gave way to an emergency call"
_BY_FENCE = frozenset({Cause.BARRED, Cause.INVALID_NUMBER, Cause.NO_ROUTE})


class TestCall:
    """`board` is told of each hop, `on_over` once when nothing of the call is left."""

    HOPS: tuple[str, ...] = ()

    def __init__(self, around: Around, asked: Asked, board: Board, on_over: Callable[[], None]) -> None:
        self.around = around
        self.asked = asked
        self.board = board
        self.probe: EchoProbe | None = None
        self.fence_words = ""
        self._on_over = on_over
        self._is_over = False
        self._left_out = ""
        self._sent_on = ""
        self._alarm = Alarm(around.loop)
        self.leg = ProbeLeg(CALLER_NAME, loop=around.loop, sound=self.sound, on_over=self._leg_over)

    def begin(self) -> None:
        """Set out."""
        if self.around.is_emergency_up():
            self.board.failed(self.HOPS[0], "somebody calls for help just now: test later")
        else:
            self.start()
        if self.leg.events is None:  # it came to no call
            self._finish()

    def start(self) -> None:
        """Find the way, and originate the call; or say why not."""
        raise NotImplementedError

    def sound(self) -> Any:
        """What is joined with whoever answers."""
        return Source("self-test", self.around.music())

    def stop(self, words: str = "", cause: Cause = Cause.CANCELLED) -> None:
        """End it now; `words` where the hop that it was at is to be said to have failed."""
        if words:
            self.board.failed(self.board.current, words)
        self.leg.hang_up(cause)

    def give_way(self) -> None:
        """Somebody calls for help."""
        self.stop(_GAVE_WAY, Cause.PREEMPTED)

    def line_event(self, event: LineEvent) -> None:
        """Something happened on a line of the box."""

    def heard(self, heard: Heard) -> None:
        """What the probe has heard so far."""

    # ---- what is seen of the call ------------------------------------------------------------------------

    def saw(self, sight: Sight) -> None:
        """Tell it in words."""
        if isinstance(sight, Counted | Sent | Tried | Lost):
            self.fence_words = ""  # what it says now is of the step that comes
        match sight:
            case Routed():
                self.routed(sight)
            case Counted():
                self.board.done("channel", "there is a free voice channel")
            case Sent():
                self.sent(sight)
            case Turned(cause, _, words):
                self.board.failed("features", f"turned away: {words or cause.facts.words}")
            case LeftOut(extension, cause, words):
                self._left_out = f"extension {extension} is left out: {words or cause.facts.words}"
            case Tried():
                self.board.done("features", self._way_on())
                self.tried(sight)
            case Alerted(name):
                self.alerted(name)
            case Lost(name, cause):
                self.lost(name, cause)
            case Answered(name):
                self.answered(name)
            case Failed(cause):
                self.failed(cause)

    def routed(self, seen: Routed) -> None:
        """It came in, and was routed."""

    def sent(self, seen: Sent) -> None:
        """It goes elsewhere."""
        self._sent_on = f"sent on to {place(seen.destination)}"
        self.board.done("features", self._sent_on)
        self.refuse_emergency(seen.destination)

    def tried(self, seen: Tried) -> None:
        """Somebody is called."""
        self.board.waiting("ring", f"calling {', '.join(seen.names)}")

    def alerted(self, name: str) -> None:
        """Somebody rings."""
        self.board.done("ring", f"{name} rings")
        self.board.waiting("answer", f"waits for an answer, {RING_S:g} s at the most")

    def lost(self, name: str, cause: Cause) -> None:
        """One of those called said no."""

    def answered(self, name: str) -> None:
        """Somebody is there: that is enough."""
        self.board.done("ring", f"{name} rings")
        self.board.done("answer", f"{name} answered")
        self.later(SPEAK_S, self.stop)

    def failed(self, cause: Cause) -> None:
        """Nobody is left who could take it."""
        if cause is Cause.NO_CHANNEL:
            self.board.failed("channel", cause.facts.words)
        elif self._left_out and not self.board.is_done("features"):
            self.board.failed("features", self._left_out)
        elif cause is Cause.NO_ANSWER and self.board.is_done("ring"):
            self.board.done("answer", "nobody answered")
        else:
            if not self.board.has_failed and self.board.is_done("channel"):
                self.board.done("features", self._way_on())
            self.board.failed(self.board.current, self.why(cause))

    def why(self, cause: Cause) -> str:
        """In words, the fence's where it was the fence."""
        return (self.fence_words if cause in _BY_FENCE else "") or cause.facts.words

    def refuse_emergency(self, destination: Destination) -> None:
        """No test calls for help, wherever routes and forwards lead."""
        if destination.kind == "emergency" or self.around.is_emergency_number(destination.value):
            self.stop("this leads to an emergency number, which is never tested")

    # ---- time --------------------------------------------------------------------------------------------

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        """Do this next, and not what was to come next so far."""
        self._alarm.set(delay_s, action)

    def nobody_answered(self) -> None:
        """It rang long enough."""
        if self.board.is_done("ring"):
            self.board.done("answer", f"nobody answered within {RING_S:g} s")
            self.stop()
        else:
            self.stop(f"nothing rang within {RING_S:g} s")

    # ---- inside ------------------------------------------------------------------------------------------

    def _way_on(self) -> str:
        """What the features made of a call that goes on."""
        return self._sent_on or self._left_out or "nothing turns the call away"

    def _leg_over(self, cause: Cause) -> None:
        if cause is Cause.PREEMPTED:
            self.board.failed(self.board.current, _GAVE_WAY)
        elif self.board.current != END:
            self.board.failed(self.board.current, cause.facts.words)
        self._finish()

    def _finish(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._alarm.clear()
        self.board.done(END, "the call has ended" if self.leg.events is not None else "no call was made")
        self._on_over()
