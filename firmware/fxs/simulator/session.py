"""The adapter's side of docs/adapter-protocol.md: hello, heartbeats, requests, events. Knows no wire."""

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from firmware.fxs.protocol.frames import (
    VERSION_MAJOR,
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
    NakCode,
    Refuse,
    Request,
    UnknownOrder,
)
from firmware.fxs.protocol.reports import Report, StateReported
from firmware.fxs.simulator.clock import Due, Timeline, samples_of
from firmware.fxs.simulator.line_socket import Socket

MODEL = "Twinline simulated adapter"
FIRMWARE = "1.0"

_HELLO_MS = 500  # section 3
_HELLO_REFUSED_MS = 10_000
_HEARTBEAT_MS = 500  # section 5
_SILENCE = samples_of(2000)
_RESEND_MS = 100  # section 4
_EVENTS_MAX = 64


class Session:
    """One adapter as its host sees it. `send` takes frames; the caller says when a host is there."""

    def __init__(
        self,
        timeline: Timeline,
        sockets: Sequence[Socket],
        serial: str,
        random: Random,
        send: Callable[[Frame], None],
    ) -> None:
        self.major = VERSION_MAJOR
        self.is_silent = False
        self.resets = 0
        self.refusal = ""
        self.decoder = Decoder()
        self._timeline = timeline
        self._sockets = sockets
        self._serial = serial
        self._random = random
        self._send = send
        self._booted = timeline.now
        self._is_host_there = False
        self._is_on = False
        self._id = self._draw(0)
        self._hello_ms = _HELLO_MS
        self._hello_due: Due | None = None
        self._heartbeat_due: Due | None = None
        self._resend_due: Due | None = None
        self._silence_due: Due | None = None
        self._heard = timeline.now
        self._answers: dict[int, Ack | Nak] = {}
        self._events: deque[Event] = deque()
        self._next_event = 1
        for index, socket in enumerate(sockets):
            socket.report = partial(self._report, index)
            socket.audio.send = partial(self._send_block, index)

    @property
    def is_on(self) -> bool:
        """Whether a host has taken the session."""
        return self._is_on

    def host_came(self) -> None:
        """A host opened the device (DTR set)."""
        self._is_host_there = True
        self._heard = self._timeline.now
        self._greet()

    def host_went(self) -> None:
        """The host closed the device."""
        self._is_host_there = False
        self._end(is_relay_waiting=False)
        self._cancel_hello()

    def reset(self) -> None:
        """The adapter starts anew: counters and sample counter at 0, lines safe, HELLO."""
        self.resets += 1
        self.decoder = Decoder()
        self._end(is_relay_waiting=False)
        self._booted = self._timeline.now
        for socket in self._sockets:
            socket.audio.starved = socket.audio.dropped = 0
        if self._is_host_there:
            self._greet()

    def receive(self, data: bytes) -> None:
        """Bytes from the host."""
        good = self.decoder.good
        frames = self.decoder.feed(data)
        if self.decoder.good - good > len(frames):  # frames of a newer minor version
            self._heard = self._timeline.now
        for frame in frames:
            self._take(frame)

    def counters(self) -> dict[str, int]:
        """What `state` shows, and HEARTBEAT carries."""
        return {
            "bad_frames": self.decoder.bad,
            "starved_blocks": sum(socket.audio.starved for socket in self._sockets),
            "dropped_blocks": sum(socket.audio.dropped for socket in self._sockets),
        }

    # ---- frames in -------------------------------------------------------------------------------------

    def _take(self, frame: Frame) -> None:
        if not isinstance(frame, Heartbeat) or frame.session == self._id:
            self._heard = self._timeline.now
        match frame:
            case Audio():
                if self._is_on and frame.line < len(self._sockets):
                    self._sockets[frame.line].audio.receive(frame.number, frame.samples)
            case Request():
                if self._is_on:
                    self._send(self._answer(frame))
            case EventAck():
                if self._is_on:
                    self._acknowledged(frame.number)
            case HelloRequest():
                if self._is_on:
                    self._end(is_relay_waiting=True)
                self._greet()
            case HostHello():
                self._host_said_hello(frame)
            case Refuse():
                self.refusal = frame.text
                self._end(is_relay_waiting=False)
                self._hello_ms = _HELLO_REFUSED_MS
                self._plan_hello()

    def _host_said_hello(self, frame: HostHello) -> None:
        if frame.session != self._id or frame.major != self.major:
            self._say_hello()
        elif not self._is_on:
            self._begin()

    def _answer(self, request: Request) -> Ack | Nak:
        known = self._answers.get(request.line)
        if known is not None and known.number == request.number:
            return known
        refusal = self._perform(request)
        answer = Ack(request.number) if refusal is None else Nak(request.number, refusal)
        if request.line < len(self._sockets):
            self._answers[request.line] = answer
        return answer

    def _perform(self, request: Request) -> NakCode | None:
        if request.line >= len(self._sockets):
            return NakCode.UNKNOWN_LINE
        if isinstance(request.order, UnknownOrder):
            return NakCode.BAD_ARGUMENT if request.order.is_malformed else NakCode.UNKNOWN_ORDER
        return self._sockets[request.line].perform(request.order)

    def _send_block(self, index: int, number: int, pcm: bytes, played: int) -> None:
        self._send(Audio(index, number, pcm, played))

    # ---- session ---------------------------------------------------------------------------------------

    def _draw(self, last: int) -> int:
        drawn = self._random.randint(1, 0xFFFFFFFF)
        return drawn if drawn != last else self._draw(last)

    def _begin(self) -> None:
        self._cancel_hello()
        self._is_on = True
        self.refusal = ""
        self._heard = self._timeline.now
        self._answers = {}
        self._events.clear()
        self._next_event = 1
        for index, socket in enumerate(self._sockets):
            self._report(index, StateReported(socket.flags))
        self._heartbeat_due = self._timeline.after_ms(_HEARTBEAT_MS, self._beat)
        self._silence_due = self._timeline.at(self._heard + _SILENCE, self._listen)

    def _end(self, is_relay_waiting: bool) -> None:
        if self._is_on:
            self._id = self._draw(self._id)
        self._is_on = False
        for due in (self._heartbeat_due, self._resend_due, self._silence_due):
            if due is not None:
                due.cancel()
        self._heartbeat_due = self._resend_due = self._silence_due = None
        self._events.clear()
        for socket in reversed(self._sockets):  # outside lines first: the relay then finds them free
            socket.make_safe(is_relay_waiting)

    def _say_hello(self) -> None:
        table = tuple(socket.entry for socket in self._sockets)
        self._send(Hello(self._id, MODEL, self._serial, FIRMWARE, table, major=self.major))
        if not self._is_on:
            self._plan_hello()

    def _greet(self) -> None:
        """Say HELLO, and at the usual pace from now on."""
        self._hello_ms = _HELLO_MS
        self._say_hello()

    def _plan_hello(self) -> None:
        self._cancel_hello()
        self._hello_due = self._timeline.after_ms(self._hello_ms, self._say_hello)

    def _cancel_hello(self) -> None:
        if self._hello_due is not None:
            self._hello_due.cancel()
            self._hello_due = None

    def _listen(self) -> None:
        if self._timeline.now - self._heard >= _SILENCE:
            self._end(is_relay_waiting=False)
            self._greet()
            return
        self._silence_due = self._timeline.at(self._heard + _SILENCE, self._listen)

    def _beat(self) -> None:
        self._heartbeat_due = self._timeline.after_ms(_HEARTBEAT_MS, self._beat)
        if not self.is_silent:
            self._send(Heartbeat(self._id, self._timeline.now - self._booted, **self.counters()))

    # ---- events ----------------------------------------------------------------------------------------

    def _report(self, index: int, report: Report) -> None:
        if not self._is_on:
            return
        if len(self._events) >= _EVENTS_MAX:
            self._end(is_relay_waiting=False)
            self._greet()
            return
        sample = (self._timeline.now - self._booted) & 0xFFFFFFFF
        event = Event(self._next_event, sample, index, report)
        self._next_event = (self._next_event + 1) & 0xFFFF
        self._events.append(event)
        self._send(event)
        if self._resend_due is None:
            self._plan_resend()

    def _acknowledged(self, number: int) -> None:
        if not self._events:
            return
        count = ((number - self._events[0].number) & 0xFFFF) + 1
        if count > len(self._events):  # of an event long acknowledged
            return
        for _ in range(count):
            self._events.popleft()
        if self._resend_due is not None:
            self._resend_due.cancel()
            self._resend_due = None
        if self._events:
            self._plan_resend()

    def _plan_resend(self) -> None:
        self._resend_due = self._timeline.after_ms(_RESEND_MS, self._resend)

    def _resend(self) -> None:
        for event in self._events:
            self._send(event)
        self._plan_resend()
