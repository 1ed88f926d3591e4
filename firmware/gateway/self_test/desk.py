"""The control method `test.run`: one test call at a time, its hops as a stream. Knows no page."""

import queue
import re
import threading
import time
from collections.abc import Iterator, Mapping

from firmware.control import Refused
from firmware.fxs.line import LineEvent
from firmware.gateway.self_test.around import Around, Asked
from firmware.gateway.self_test.board import Board, Item
from firmware.gateway.self_test.echo import EchoTest, hops
from firmware.gateway.self_test.incoming import IncomingTest
from firmware.gateway.self_test.ringing import RingTest
from firmware.gateway.self_test.trying import TestCall
from firmware.telephony.media.echo_probe import LOOK_EVERY_S

_KINDS: Mapping[str, type[TestCall]] = {"ring": RingTest, "echo": EchoTest, "incoming": IncomingTest}
_LONGEST_S = 45.0  # two rings of 20 s, with room: whatever hangs, the box is free again then
_CLOSE_S = 1.0  # the call thread is never busy for so long; shorter than a client of the socket is waited for
_PATIENCE_S = 1.0  # a client that went away is missed within half of it
_BUSY = "a test is running already: wait until it is over"
# What the longest telephone number and name of a trunk need; what is longer was not typed by anybody.
_FIELDS = {
    "telephone": re.compile(r"[0-9]{0,6}"),
    "trunk": re.compile(r"[A-Za-z0-9._:-]{0,40}"),
    "number": re.compile(r"\+?[0-9*#]{0,20}"),
    "caller": re.compile(r"\+?[0-9*#]{0,20}|anonymous"),
}


class _Running:
    """A test between the call thread, which drives it, and the client's, which hears of it and does the sums."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.items: queue.Queue[Item | None] = queue.Queue()  # some thirty in all
        self.call: TestCall | None = None
        self.closed = threading.Event()


class Desk:
    """`run` belongs to the threads of the control socket, all else to the call thread."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._running: _Running | None = None
        self._turn = threading.Lock()

    def run(
        self, kind: str, telephone: str = "", trunk: str = "", number: str = "", caller: str = ""
    ) -> Iterator[Item | None]:
        """Make a test call; yields its hops as they come. Closing the stream ends the call.

        `kind`: "ring" rings a `telephone` (its socket, or an extension); "echo" calls the box's own echo test, or with
        `number` one outside, by `trunk` alone or as the routes say; "incoming" is a call as if from `trunk` (the first
        one), for `number`, from `caller`. Each item is {hop, state, text}; a state is waiting, done, failed or skipped.
        """
        asked = Asked(kind, str(telephone), str(trunk), _spoken(number), _spoken(caller))
        if asked.kind not in _KINDS:
            raise Refused("a test is one of ring, echo and incoming")
        for name, pattern in _FIELDS.items():
            if pattern.fullmatch(getattr(asked, name)) is None:
                raise Refused(f"this cannot be a {name}")
        return self._stream(_Running(asked))

    def stop(self) -> None:
        """Have the test that runs end, if one does. Any thread."""
        self._around.loop.post(self._stop)

    def close(self) -> None:
        """The gateway ends: nothing of a test may outlive the engine. Call thread."""
        if self._running is not None:
            self._close(self._running)

    # ---- what the box tells --------------------------------------------------------------------------------

    def line_event(self, event: LineEvent) -> None:
        """Something happened on a line."""
        if self._running is not None and self._running.call is not None:
            self._running.call.line_event(event)

    def fence_refused(self, words: str) -> None:
        """The fence said no, perhaps to the test."""
        if self._running is not None and self._running.call is not None:
            self._running.call.fence_words = words

    def calls_changed(self) -> None:
        """A test must not be in the way of whoever calls for help."""
        if self._running is not None and self._running.call is not None and self._around.is_emergency_up():
            # Later: the exchange is in the midst of things.
            call = self._running.call
            self._around.loop.post(call.give_way)

    # ---- inside --------------------------------------------------------------------------------------------

    def _stream(self, running: _Running) -> Iterator[Item | None]:
        if not self._turn.acquire(timeout=_PATIENCE_S):
            raise Refused(_BUSY)
        try:
            self._around.loop.post(lambda: self._begin(running))
            yield from self._items(running)
        finally:
            self._around.loop.post(lambda: self._close(running))
            running.closed.wait(_CLOSE_S)
            self._turn.release()

    def _items(self, running: _Running) -> Iterator[Item | None]:
        until = time.monotonic() + _LONGEST_S
        while time.monotonic() < until:
            try:
                item = running.items.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                self._look(running)
                yield None
                continue
            if item is None:
                return
            yield item

    def _look(self, running: _Running) -> None:
        call = running.call
        probe = call.probe if call is not None else None
        if call is not None and probe is not None:
            heard = probe.look()
            self._around.loop.post(lambda: call.heard(heard))

    def _begin(self, running: _Running) -> None:
        self._running = running
        kind = _KINDS[running.asked.kind]
        order = hops(running.asked) if kind is EchoTest else kind.HOPS
        board = Board(order, running.items.put)
        running.call = kind(self._around, running.asked, board, on_over=lambda: running.items.put(None))
        running.call.begin()

    def _stop(self) -> None:
        if self._running is not None and self._running.call is not None:
            self._running.call.stop("stopped")

    def _close(self, running: _Running) -> None:
        """The last of the test; the probe's port goes on the thread on which it was made."""
        if running.call is not None:
            running.call.stop()
            running.call.probe = None
            running.call = None
        self._running = None
        running.closed.set()


def _spoken(number: str) -> str:
    """Without what people put between digits."""
    return re.sub(r"[ ()/.-]", "", str(number))
