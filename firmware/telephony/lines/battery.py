"""What a telephone's battery tells it of its call: reversed while it is answered, broken when the far end hung up."""

from collections.abc import Callable

from firmware.fxs.line import Feed, SetFeed
from firmware.telephony.lines.port_state import BatteryManners, Phase, PortState
from firmware.telephony.loop import Alarm, CallLoop

_IN_CALL = (Phase.TALKING, Phase.RECALL)


class Battery:
    """Follows a telephone's machine; `show` tells the line. Every method belongs to the call thread."""

    def __init__(self, *, loop: CallLoop, show: Callable[[SetFeed], None]) -> None:
        self._show = show
        self._feed = Feed.FORWARD
        self._break = Alarm(loop)

    def follow(self, manners: BatteryManners, before: PortState, after: PortState) -> None:
        """The machine made a step."""
        if after.phase is Phase.LOST:  # an adapter that nobody hears feeds forward by itself
            self._break.clear()
            self._feed = Feed.FORWARD
        elif _is_answered(before, after) and manners.reverses_on_answer:
            self._to(Feed.REVERSE)
        elif _is_far_end_gone(before, after) and manners.hang_up_break_ms:
            self._to(Feed.OPEN)
            self._break.set(manners.hang_up_break_ms / 1000, self._feed_forward)
        elif not after.legs and not (self._break.is_set and after.phase is Phase.FAILURE_TONE):
            self._feed_forward()

    def _feed_forward(self) -> None:
        self._break.clear()
        self._to(Feed.FORWARD)

    def _to(self, feed: Feed) -> None:
        if feed is not self._feed:
            self._feed = feed
            self._show(SetFeed(feed))


def _is_answered(before: PortState, after: PortState) -> bool:
    """A call that the telephone made; not the return to one that it held."""
    return before.phase is Phase.CALLING and after.phase is Phase.TALKING and before.active == after.active


def _is_far_end_gone(before: PortState, after: PortState) -> bool:
    """The only call is over, and it was not the telephone that ended it."""
    return before.phase in _IN_CALL and after.phase is Phase.FAILURE_TONE and not after.legs
