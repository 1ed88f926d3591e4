"""A session with one adapter: handshake, heartbeat, requests, events. Knows no device and no telephone."""

import enum
from collections.abc import Callable
from typing import NoReturn, Protocol

from firmware.fxs.limits import FloodGuard, SampleClock
from firmware.fxs.outbox import Answer, Outbox
from firmware.fxs.protocol.frames import (
    VERSION_MAJOR,
    VERSION_MINOR,
    Ack,
    Audio,
    Decoder,
    Event,
    EventAck,
    Frame,
    Heartbeat,
    Hello,
    HelloRequest,
    HostHello,
    Nak,
    Refuse,
    encode,
)
from firmware.fxs.protocol.orders import Order, StartAudio, StopAudio
from firmware.fxs.protocol.reports import Report
from firmware.fxs.streams import AudioStreams

HEARTBEAT_S = 0.5  # docs/adapter-protocol.md sect. 5
SILENT_S = 2.0
HELLO_REQUEST_S = 1.0


class SessionState(enum.Enum):
    """Of a session with an adapter."""

    CONNECTING = "connecting"
    READY = "ready"


class AdapterRefused(Exception):
    """This adapter cannot be used, or no longer: the text is for the user."""


class AdapterUser(Protocol):
    """Whom a session tells. All calls come from the thread that calls the session."""

    def accept(self, hello: Hello) -> bool:
        """May the session begin? The adapter asks again every 500 ms. Raises AdapterRefused."""
        ...

    def began(self, hello: Hello) -> None:
        """The session began; a STATE report of each line follows."""
        ...

    def reported(self, line: int, sample: int, report: Report) -> None:
        """An event of a line, in order, once."""
        ...

    def answered(self, answer: Answer) -> None:
        """An order is being performed, or not."""
        ...

    def exchange(self, line: int, block: bytes, played: bytes) -> bytes:
        """Heard block in, with what sounded meanwhile; block of the same length to be played out."""
        ...

    def ended(self, reason: str) -> None:
        """The session is over, in words. A new one may begin."""
        ...


class AdapterSession:
    """One end of docs/adapter-protocol.md. Bytes come by `receive`, go by `write`, time by `clock` (seconds).

    Single-threaded. `receive` and `tick` raise AdapterRefused when the adapter has to be dropped.
    """

    def __init__(self, write: Callable[[bytes], None], user: AdapterUser, clock: Callable[[], float]) -> None:
        self._write = write
        self._user = user
        self._clock = clock
        self._decoder = Decoder()
        self._guard = FloodGuard()
        self._out = bytearray()
        self._samples = SampleClock()
        self._outbox = Outbox(self._send, self._on_answer)
        self._streams = AudioStreams(user.exchange)
        self._state = SessionState.CONNECTING
        self._hello: Hello | None = None
        self._taken = 0  # number of the last event taken
        self._is_event_ack_due = False
        self._is_refused = False
        self._heard_at = self._beat_at = self._hello_request_at = float("-inf")
        self._beat = Heartbeat(0)
        self.resets = 0

    @property
    def state(self) -> SessionState:
        """Whether a session is on."""
        return self._state

    @property
    def good(self) -> int:
        """Frames received whole."""
        return self._decoder.good

    @property
    def bad(self) -> int:
        """Frames dropped as damaged."""
        return self._decoder.bad

    @property
    def lost_audio(self) -> int:
        """Blocks of the adapter that never came."""
        return self._streams.lost

    @property
    def last_beat(self) -> Heartbeat:
        """The adapter's own counters, as last heard."""
        return self._beat

    def sample_now(self) -> int:
        """Where the adapter's sample counter stands."""
        return self._samples.read(self._clock())

    def start(self) -> None:
        """Ask the adapter who it is."""
        self._ask_hello(self._clock())
        self.flush()

    def request(self, line: int, order: Order) -> None:
        """Send an order; how it ends comes by `answered`. Dropped when no session is on."""
        if self._state is not SessionState.READY:
            return
        if isinstance(order, StartAudio | StopAudio):
            self._streams.stop(line)
        self._outbox.put(line, order, self._clock())

    def receive(self, data: bytes) -> None:
        """Bytes from the adapter. Raises AdapterRefused."""
        now, bad_before = self._clock(), self._decoder.bad
        good_before = self._decoder.good
        frames = self._decoder.feed(data)
        if self._decoder.good > good_before:  # whatever it is: also what a newer minor version says
            self._heard_at = now
        flood = self._guard.check(now, len(data), len(frames), self._decoder.bad - bad_before)
        if flood:
            self.refuse(flood)
        for frame in frames:
            if type(frame) is Audio:
                self._streams.answer(frame, self._out)
            else:
                self._on_frame(frame, now)
        self.flush()

    def tick(self) -> None:
        """Do what is due; call at `due()`, or more often."""
        now = self._clock()
        if self._state is SessionState.READY:
            self._tick_ready(now)
        elif now - self._hello_request_at >= HELLO_REQUEST_S:
            self._ask_hello(now)
        self.flush()

    def due(self) -> float:
        """When `tick` is to be called next."""
        if self._state is not SessionState.READY:
            return self._hello_request_at + HELLO_REQUEST_S
        at = min(self._beat_at + HEARTBEAT_S, self._heard_at + SILENT_S)
        repeat_at = self._outbox.due()
        return at if repeat_at is None else min(at, repeat_at)

    def refuse(self, reason: str) -> NoReturn:
        """Tell the adapter and the user why it is dropped: raises AdapterRefused."""
        self._is_refused = True
        self._send(encode(Refuse(reason)))
        self.flush()
        self._end(reason)
        raise AdapterRefused(reason)

    def close(self, reason: str) -> None:
        """End the session and say so: HELLO_REQUEST takes the adapter to its safe state at once. REFUSE did already."""
        self._end(reason)
        if not self._is_refused:
            self._ask_hello(self._clock())
            self.flush()

    def _tick_ready(self, now: float) -> None:
        if now - self._heard_at >= SILENT_S:
            self._end("the adapter has fallen silent")
            self._ask_hello(now)
            return
        if now - self._beat_at >= HEARTBEAT_S:
            self._send_beat(now)
        self._outbox.tick(now)

    def _send_beat(self, now: float) -> None:
        self._beat_at = now
        assert self._hello is not None
        self._send(encode(Heartbeat(self._hello.session, bad_frames=self._decoder.bad)))

    def _ask_hello(self, now: float) -> None:
        self._hello_request_at = now
        self._send(encode(HelloRequest()))

    def _on_frame(self, frame: Frame, now: float) -> None:
        if isinstance(frame, Hello):
            self._on_hello(frame, now)
        elif self._state is not SessionState.READY:
            return
        elif isinstance(frame, Heartbeat):
            self._on_heartbeat(frame, now)
        elif isinstance(frame, Ack):
            self._outbox.ack(frame.number, now)
        elif isinstance(frame, Nak):
            self._outbox.nak(frame.number, frame.code, now)
        elif isinstance(frame, Event):
            self._on_event(frame, now)

    def _on_hello(self, hello: Hello, now: float) -> None:
        if hello.major != VERSION_MAJOR:
            words = f"speaks protocol {hello.major}.{hello.minor}"
            self.refuse(f"{words}, this box {VERSION_MAJOR}.{VERSION_MINOR}")
        self._hello_request_at = now  # it is there: no need to ask while the user hesitates
        if self._hello is not None and self._state is SessionState.READY:
            if hello.session == self._hello.session:
                self._send(encode(HostHello(hello.session)))
                return
            self._end("the adapter was restarted")
        if self._is_accepted(hello):
            self._begin(hello, now)

    def _is_accepted(self, hello: Hello) -> bool:
        try:
            return self._user.accept(hello)
        except AdapterRefused as refusal:
            self.refuse(str(refusal))

    def _begin(self, hello: Hello, now: float) -> None:
        self._hello = hello
        self._state = SessionState.READY
        self._taken = 0
        self._samples = SampleClock()
        self._outbox = Outbox(self._send, self._on_answer)
        self._streams.stop_all()
        self._heard_at = now
        self._send(encode(HostHello(hello.session)))
        self._send_beat(now)
        self._user.began(hello)

    def _end(self, reason: str) -> None:
        if self._state is SessionState.READY:
            self._state = SessionState.CONNECTING
            self._hello = None
            self.resets += 1
            self._user.ended(reason)

    def _on_heartbeat(self, beat: Heartbeat, now: float) -> None:
        assert self._hello is not None
        if beat.session != self._hello.session:
            self._end("the adapter was restarted")
            self._ask_hello(now)
            return
        self._beat = beat
        self._samples.observe(beat.sample, now)

    def _on_event(self, event: Event, now: float) -> None:
        self._is_event_ack_due = True
        if event.number != (self._taken + 1) & 0xFFFF:
            return
        flood = self._guard.check_event(now)
        if flood:
            self.refuse(flood)
        self._taken = event.number
        assert self._hello is not None
        self._samples.observe(event.sample, now)
        if event.report is not None and event.line < len(self._hello.lines):
            self._user.reported(event.line, event.sample, event.report)

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.order, StartAudio) and not answer.refusal:
            self._streams.start(answer.line, answer.order)
        self._user.answered(answer)

    def _send(self, raw: bytes) -> None:
        self._out += raw

    def flush(self) -> None:
        """Write what waits: `request` only puts together."""
        if self._is_event_ack_due:
            self._is_event_ack_due = False
            self._out += encode(EventAck(self._taken))
        if self._out:
            raw = bytes(self._out)
            self._out.clear()
            self._write(raw)
