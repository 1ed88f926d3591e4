"""A host in virtual time: the real codec against the simulated adapter, with no wire, thread or waiting."""

from collections.abc import Callable, Iterator
from random import Random

import pytest

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
    Nak,
    Request,
    encode,
)
from firmware.fxs.protocol.orders import Order, SwitchLifeline
from firmware.fxs.protocol.reports import Report
from firmware.fxs.simulator.adapter import Equipment, SimulatedAdapter
from firmware.fxs.simulator.clock import LineClock, Timeline, samples_of
from firmware.fxs.simulator.outside_line import OutsideLine
from firmware.fxs.simulator.switches import Switches, change
from firmware.fxs.simulator.telephone import Telephone


class VirtualHost:
    """Does what a host must: takes the session, acknowledges events, answers each block with one."""

    def __init__(self, equipment: Equipment) -> None:
        self.timeline = Timeline()
        self.clock = LineClock(0.0)
        self.frames: list[Frame] = []
        self.events: list[Event] = []
        self.heard: dict[int, bytes] = {}
        self.to_play: dict[int, bytes] = {}
        self.is_polite = True
        self._decoder = Decoder()
        self._number = 0
        self._session = 0
        self.adapter = SimulatedAdapter(self.timeline, self.clock, equipment, Random(1), self._take)
        self.adapter.set(change(Switches(), {"erl_db": "off"}))

    @property
    def phone(self) -> Telephone:
        return self.adapter.telephones[0]

    @property
    def line(self) -> OutsideLine:
        return self.adapter.lines[0]

    def connect(self) -> None:
        """Open the device; the session begins, the lifeline is opened."""
        self.adapter.session.host_came()
        self.say(HelloRequest())
        hello = self.last(Hello)
        self._session = hello.session
        self.say(HostHello(hello.session))

    def say(self, frame: Frame) -> None:
        self.adapter.session.receive(encode(frame))

    def order(self, line: int, order: Order) -> Ack | Nak:
        self._number += 1
        self.say(Request(self._number, line, order))
        answer = [frame for frame in self.frames if isinstance(frame, Ack | Nak)][-1]
        assert answer.number == self._number
        return answer

    def run_ms(self, ms: float) -> None:
        """Let time pass, with heartbeats; in small steps, as a process that is on time does."""
        end = self.timeline.now + samples_of(ms)
        while self.timeline.now < end:
            if self.is_polite:
                self.say(Heartbeat(self._session))
            self.timeline.advance(min(end, self.timeline.now + samples_of(100)))

    def last(self, kind: type) -> Frame:
        return [frame for frame in self.frames if isinstance(frame, kind)][-1]

    def reports(self, line: int) -> list[Report | None]:
        return [event.report for event in self.events if event.line == line]

    def times_ms(self, line: int, kind: type) -> list[float]:
        return [event.sample / 8 for event in self.events if event.line == line and isinstance(event.report, kind)]

    def _take(self, frame: Frame) -> None:
        (frame,) = self._decoder.feed(encode(frame))  # as the wire would carry it
        if not isinstance(frame, Audio):
            self.frames.append(frame)
        if not self.is_polite:
            return
        if isinstance(frame, Event):
            if frame.number == len(self.events) + 1:
                self.events.append(frame)
            self.timeline.after_ms(1, lambda: self.say(EventAck(len(self.events))))
        elif isinstance(frame, Audio):
            self._answer(frame)

    def _answer(self, audio: Audio) -> None:
        self.heard[audio.line] = self.heard.get(audio.line, b"") + audio.samples
        count = len(audio.samples)
        pcm = self.to_play.get(audio.line, b"")
        self.to_play[audio.line] = pcm[count:]
        block = Audio(audio.line, audio.number, pcm[:count].ljust(count, b"\0"))
        self.timeline.after_ms(2, lambda: self.say(block))


@pytest.fixture
def make_host() -> Iterator[Callable[..., VirtualHost]]:
    def make(telephones: int = 2, outside_lines: int = 1) -> VirtualHost:
        return VirtualHost(Equipment(telephones, outside_lines, "TEST1"))

    yield make


@pytest.fixture
def host(make_host: Callable[..., VirtualHost]) -> VirtualHost:
    """In session, two telephones (lines 0, 1) and one outside line (2), lifeline open, no echo."""
    host = make_host()
    host.connect()
    host.order(0, SwitchLifeline(False))
    return host
