"""A small adapter and a bad link in virtual time, for the host's session: same codec, no thread, no waiting."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.fxs.adapter import AdapterSession
from firmware.fxs.line import LineKind
from firmware.fxs.outbox import Answer
from firmware.fxs.protocol.frames import (
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
    LineEntry,
    Request,
    encode,
)
from firmware.fxs.protocol.orders import Order
from firmware.fxs.protocol.reports import LineFlags, Report, StateReported

LINES = (LineEntry(LineKind.FXS), LineEntry(LineKind.FXS), LineEntry(LineKind.FXO))
STEP_S = 0.005


@dataclass
class Link:
    """One direction: how it treats the frames that go through it."""

    deliver: Callable[[bytes], None]
    rng: random.Random
    loss: float = 0.0
    delay_s: float = 0.0
    is_bytewise: bool = False
    _under_way: list[tuple[float, bytes]] = field(default_factory=list)

    def send(self, data: bytes, now: float) -> None:
        for body in data.split(b"\0"):
            if body and self.rng.random() >= self.loss:
                self._under_way.append((now + self.delay_s, b"\0" + body + b"\0"))

    def move(self, now: float) -> None:
        while self._under_way and self._under_way[0][0] <= now:
            raw = self._under_way.pop(0)[1]
            for part in [bytes([b]) for b in raw] if self.is_bytewise else [raw]:
                self.deliver(part)


class Peer:
    """The adapter's side. `performed` has each order once, however often it was asked for."""

    def __init__(self, rng: random.Random, reset_every: int = 0) -> None:
        self.performed: list[Order] = []
        self.heard: list[Frame] = []
        self.audio: list[Audio] = []
        self.is_silent = False
        self.is_deaf_to_requests = False
        self.major = 1
        self.flags = LineFlags(0)
        self.host_silent_sessions = 0
        self.sent = 0
        self.link: Link
        self.now = 0.0
        self._rng = rng
        self._reset_every = reset_every
        self._decoder = Decoder()
        self.reset()

    def reset(self) -> None:
        """Begin anew, with another session number."""
        self.session = self._rng.randrange(1, 2**32)
        self.is_on = False
        self._events: list[Event] = []
        self._number = 0
        self._answers: dict[int, int] = {}
        self._hello_at = self._beat_at = self._resend_at = self._heard_at = self.now

    def send(self, frame: Frame) -> None:
        if self.is_silent:
            return
        self.sent += 1
        self.link.send(encode(frame), self.now)
        if self._reset_every and self.sent % self._reset_every == 0:
            self.reset()

    def report(self, line: int, report: Report) -> None:
        if not self.is_on:
            return
        self._number = (self._number + 1) & 0xFFFF
        if not self._events:
            self._resend_at = self.now + 0.1
        self._events.append(Event(self._number, int(self.now * 8000), line, report))
        self.send(self._events[-1])

    def receive(self, data: bytes) -> None:
        for frame in self._decoder.feed(data):
            self._heard_at = self.now
            self.heard.append(frame)
            self._take(frame)

    def tick(self) -> None:
        if not self.is_on:
            if self.now >= self._hello_at:
                self._hello_at = self.now + 0.5
                self.send(Hello(self.session, "Peer", "P1", "0", LINES, self.major))
            return
        if self.now - self._heard_at > 2.0:
            self.host_silent_sessions += 1
            self.reset()
            return
        if self.now >= self._beat_at:
            self._beat_at = self.now + 0.5
            self.send(Heartbeat(self.session, int(self.now * 8000)))
        if self._events and self.now >= self._resend_at:
            self._resend_at = self.now + 0.1
            for event in list(self._events):
                self.send(event)

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, HelloRequest):
            self.reset()
            self._hello_at = self.now
        elif isinstance(frame, HostHello) and frame.session == self.session and not self.is_on:
            self.is_on = True
            for line in range(len(LINES)):
                self.report(line, StateReported(self.flags))
        elif not self.is_on:
            return
        elif isinstance(frame, Request) and not self.is_deaf_to_requests:
            self._perform(frame)
        elif isinstance(frame, EventAck):
            self._events = [event for event in self._events if 0 < (event.number - frame.number) & 0xFFFF < 999]
        elif isinstance(frame, Audio):
            self.audio.append(frame)

    def _perform(self, request: Request) -> None:
        if self._answers.get(request.line) != request.number:
            self._answers[request.line] = request.number
            assert not hasattr(request.order, "is_malformed")
            self.performed.append(request.order)  # type: ignore[arg-type]
        self.send(Ack(request.number))


class Host:
    """User of the session: writes down what it is told."""

    def __init__(self) -> None:
        self.sessions: list[list[tuple[int, int, Report]]] = []
        self.answers: list[Answer] = []
        self.endings: list[str] = []
        self.exchanged: list[tuple[int, bytes, bytes]] = []
        self.is_willing = True
        self.play: Callable[[bytes], bytes] = lambda block: block

    def accept(self, hello: Hello) -> bool:
        return self.is_willing

    def began(self, hello: Hello) -> None:
        self.sessions.append([])

    def reported(self, line: int, sample: int, report: Report) -> None:
        self.sessions[-1].append((line, sample, report))

    def answered(self, answer: Answer) -> None:
        self.answers.append(answer)

    def exchange(self, line: int, block: bytes, played: bytes) -> bytes:
        self.exchanged.append((line, block, played))
        return self.play(block)

    def ended(self, reason: str) -> None:
        self.endings.append(reason)


class World:
    """Both ends, both directions, one clock."""

    def __init__(
        self, *, loss: float = 0.0, delay_s: float = 0.0, is_bytewise: bool = False, reset_every: int = 0
    ) -> None:
        rng = random.Random(2)
        self.now = 0.0
        self.host = Host()
        self.peer = Peer(rng, reset_every)
        self.session = AdapterSession(self._host_sends, self.host, lambda: self.now)
        self.up = Link(self.session.receive, rng, loss, delay_s, is_bytewise)
        self.down = Link(self.peer.receive, rng, loss, delay_s, is_bytewise)
        self.peer.link = self.up
        self.session.start()

    def _host_sends(self, data: bytes) -> None:
        self.down.send(data, self.now)

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += STEP_S
            self.peer.now = self.now
            self.down.move(self.now)
            self.peer.tick()
            self.up.move(self.now)
            self.session.tick()

    def run_until(self, condition: Callable[[], bool], limit_s: float = 30.0) -> None:
        end = self.now + limit_s
        while not condition():
            assert self.now < end, "not in time"
            self.run(STEP_S)


def ready(**link: float) -> World:
    """One whose session is up, with its three lines found."""
    world = World(**link)  # type: ignore[arg-type]
    world.run_until(lambda: bool(world.host.sessions) and len(world.host.sessions[-1]) == 3)
    return world
