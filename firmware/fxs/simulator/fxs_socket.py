"""The adapter's socket for a telephone: battery, ringing, ring trip, raw hook reports, lifeline relay."""

from firmware.fxs.line import Feed, LineKind
from firmware.fxs.protocol.frames import Capabilities, LineEntry, NakCode
from firmware.fxs.protocol.orders import FeedLine, Order, StartRinging, StopRinging, SwitchLifeline
from firmware.fxs.protocol.reports import LineFlags, LoopClosed, LoopOpened
from firmware.fxs.simulator.clock import Due, Timeline
from firmware.fxs.simulator.lifeline import Lifeline
from firmware.fxs.simulator.line_socket import Socket
from firmware.fxs.simulator.party import silence
from firmware.fxs.simulator.telephone import Telephone

_RING_TRIP_MS = 20  # docs/adapter-protocol.md section 4 allows 100; a SLIC needs 10 to 30


class FxsSocket(Socket):
    """Feeds a telephone: battery, ringing with ring trip, raw hook reports, the lifeline relay."""

    def __init__(self, timeline: Timeline, telephone: Telephone, lifeline: Lifeline | None) -> None:
        super().__init__(timeline, self)
        self._telephone = telephone
        self._feed = Feed.FORWARD
        self._was_closed = False  # when the battery was taken away
        self._lifeline = lifeline
        self._cadence_ms: tuple[int, ...] = ()
        self._next_burst: Due | None = None
        if lifeline is None:
            telephone.on_loop = self.loop_changed
        else:
            lifeline.on_box_loop = self.loop_changed
            lifeline.on_opened = lambda: telephone.feed(self._feed)

    @property
    def entry(self) -> LineEntry:
        capabilities = Capabilities.REVERSAL | Capabilities.FEED_OPEN | Capabilities.ON_HOOK_AUDIO
        if self._lifeline is not None:
            capabilities |= Capabilities.LIFELINE
        return LineEntry(LineKind.FXS, capabilities)

    @property
    def flags(self) -> LineFlags:
        if self._is_away:
            return LineFlags.LIFELINE_CLOSED
        return LineFlags.LOOP_CLOSED if self._telephone.is_loop_closed else LineFlags(0)

    def perform(self, order: Order) -> NakCode | None:
        if isinstance(order, StartRinging):
            return self._start_ringing(order.cadence_ms)
        if isinstance(order, StopRinging):
            self._stop_ringing()
        elif isinstance(order, FeedLine):
            self._set_feed(order.feed)
        elif isinstance(order, SwitchLifeline):
            return self._switch_lifeline(order.is_closed)
        else:
            return super().perform(order)
        return None

    def make_safe(self, is_relay_waiting: bool) -> None:
        super().make_safe(is_relay_waiting)
        self._stop_ringing()
        self._set_feed(Feed.FORWARD)
        if self._lifeline is not None:
            self._lifeline.close(is_waiting=is_relay_waiting)

    def loop_changed(self, is_closed: bool) -> None:
        """The telephone's loop changed, `now`. Without battery nobody sees it."""
        if self._feed is Feed.OPEN:
            return
        self.report(LoopClosed() if is_closed else LoopOpened())
        if is_closed:
            self.timeline.after_ms(_RING_TRIP_MS, self._trip)

    def speak(self, start: int, count: int, sent: bytes) -> bytes:
        """What comes from the telephone while the relay leaves it to the box."""
        return silence(count) if self._is_away else self._telephone.speak(start, count, sent)

    def hear(self, start: int, pcm: bytes) -> None:
        """What goes to the telephone, likewise."""
        if not self._is_away:
            self._telephone.hear(start, pcm)

    @property
    def _is_away(self) -> bool:
        return self._lifeline is not None and self._lifeline.is_closed

    def _start_ringing(self, cadence_ms: tuple[int, ...]) -> NakCode | None:
        if self._telephone.is_loop_closed and not self._is_away:
            return NakCode.WRONG_STATE
        if self._next_burst is not None:
            self._next_burst.cancel()
            self._set_burst(False)
        self._cadence_ms = cadence_ms
        self._play_cadence(0)
        return None

    def _play_cadence(self, place: int) -> None:
        if place == len(self._cadence_ms):
            if place % 2:  # an odd count is played once
                self._next_burst = None
                self._set_burst(False)
                return
            place = 0
        self._set_burst(place % 2 == 0)
        self._next_burst = self.timeline.after_ms(self._cadence_ms[place], lambda: self._play_cadence(place + 1))

    def _set_burst(self, is_on: bool) -> None:
        self.audio.is_muted = is_on
        if not self._is_away:
            self._telephone.ring(is_on)

    def _trip(self) -> None:
        if self._telephone.is_loop_closed:
            self._stop_ringing()

    def _stop_ringing(self) -> None:
        if self._next_burst is not None:
            self._next_burst.cancel()
            self._next_burst = None
            self._set_burst(False)
        if not self._is_away:
            self._telephone.stop_ringing()

    def _set_feed(self, feed: Feed) -> None:
        before, self._feed = self._feed, feed
        if not self._is_away:
            self._telephone.feed(feed)
        is_closed = LineFlags.LOOP_CLOSED in self.flags
        if before is not Feed.OPEN:
            self._was_closed = is_closed
        elif feed is not Feed.OPEN and is_closed is not self._was_closed:
            self.loop_changed(is_closed)

    def _switch_lifeline(self, is_closed: bool) -> NakCode | None:
        if self._lifeline is None:
            return NakCode.NOT_CAPABLE
        if is_closed:
            self._lifeline.close(is_waiting=False)
            self._telephone.feed(Feed.FORWARD)  # the outside line's
        else:
            self._lifeline.open()
        return None
