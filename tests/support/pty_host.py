"""A scripted host on the simulator's pty, and a simulator in this process: real time, real bytes, real codec."""

import contextlib
import os
import select
import termios
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

from firmware.control import ControlClient, ControlServer
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
from firmware.fxs.protocol.orders import Order
from firmware.fxs.simulator import Equipment, Simulator
from firmware.fxs.simulator.methods import Methods
from firmware.fxs.simulator.process import device_path, socket_path
from tests.support.waiting import until


class PtyHost:
    """Keeps a session going by the protocol's rules: acknowledges, repeats requests, answers audio."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._fd, termios.TCSANOW)
        self.decoder = Decoder()
        self.hellos: list[Hello] = []
        self.answers: dict[int, Ack | Nak] = {}
        self.events: list[Event] = []
        self.blocks: list[tuple[float, Audio]] = []
        self.to_play: dict[int, bytes] = {}
        self.is_gone = False
        self._session = 0
        self._taken = 0
        self._number = 0
        self._is_ending = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="pty-host")
        self._thread.start()

    def begin(self, within_s: float = 5.0) -> None:
        """Ask for HELLO until a session is there and the states of all lines have come."""
        until(lambda: self.hellos and self._taken >= len(self.hellos[-1].lines), within_s, "a session")

    def order(self, line: int, order: Order) -> Ack | Nak:
        """Send a request, up to six times, and return its answer."""
        self._number += 1
        for _ in range(6):
            self.send(Request(self._number, line, order))
            deadline = time.monotonic() + 0.2
            while time.monotonic() < deadline:
                if self._number in self.answers:
                    return self.answers[self._number]
                time.sleep(0.002)
        raise AssertionError(f"no answer to {order}")

    def send(self, frame: Frame) -> None:
        self.send_bytes(encode(frame))

    def send_bytes(self, data: bytes) -> None:
        with self._lock, contextlib.suppress(OSError):
            os.write(self._fd, data)

    def heard(self, line: int) -> bytes:
        return b"".join(audio.samples for _, audio in self.blocks if audio.line == line)

    def pause(self) -> None:
        """Read and say nothing."""
        self._is_ending = True
        self._thread.join()

    def go_on(self) -> None:
        """Read and speak again."""
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="pty-host")
        self._thread.start()

    def close(self) -> None:
        self._is_ending = True
        self._thread.join()
        os.close(self._fd)

    def _run(self) -> None:
        next_beat = 0.0
        while not self._is_ending and not self.is_gone:
            if time.monotonic() >= next_beat:
                self.send(Heartbeat(self._session) if self._session else HelloRequest())
                next_beat = time.monotonic() + 0.5
            ready, _, _ = select.select([self._fd], [], [], 0.02)
            if ready:
                self._read()

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.is_gone = True
            return
        now = time.monotonic()
        for frame in self.decoder.feed(data):
            self._take(frame, now)

    def _take(self, frame: Frame, now: float) -> None:
        match frame:
            case Hello():
                if frame.session != self._session:
                    self._session, self._taken = frame.session, 0
                    self.hellos.append(frame)
                self.send(HostHello(frame.session))
            case Ack() | Nak():
                self.answers[frame.number] = frame
            case Event():
                if frame.number == self._taken + 1:
                    self._taken += 1
                    self.events.append(frame)
                self.send(EventAck(self._taken))
            case Audio():
                self.blocks.append((now, frame))
                count = len(frame.samples)
                pcm = self.to_play.get(frame.line, b"")
                self.to_play[frame.line] = pcm[count:]
                self.send(Audio(frame.line, frame.number, pcm[:count].ljust(count, b"\0")))


@contextlib.contextmanager
def simulating(config: Path, equipment: Equipment | None = None) -> Iterator[ControlClient]:
    """A simulator on DIR, on threads of this process, and a client that drives it."""
    simulator = Simulator(device_path(config), equipment or Equipment(seed=1))
    server = ControlServer(socket_path(config), Methods(simulator).table())
    thread = threading.Thread(target=simulator.run, name="simulator")
    server.start()
    thread.start()
    try:
        until(device_path(config).exists, 5, "the device")
        with ControlClient(socket_path(config), timeout_s=30) as client:
            yield client
    finally:
        simulator.stop()
        thread.join()
        server.stop()


@contextlib.contextmanager
def hosting(config: Path) -> Iterator[PtyHost]:
    """A scripted host on the device of DIR."""
    host = PtyHost(device_path(config))
    try:
        yield host
    finally:
        host.close()
