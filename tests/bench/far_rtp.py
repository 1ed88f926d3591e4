"""The RTP of a far end: sends on an exact beat, stamps each packet that comes. G.711 µ-law; knows no SIP."""

import random
import socket
import struct
import threading
import time
from dataclasses import dataclass

from tests.bench.stamps import ask_for_stamps, receive_stamped

PACKET_SAMPLES = 160
PACKET_S = 0.020
SILENCE = b"\xff" * PACKET_SAMPLES
_HEADER = struct.Struct("!BBHII")
_PACKETS_MAX = 100_000  # half an hour; what comes later is not kept
_EVENT_TYPE = 101


@dataclass(frozen=True, slots=True)
class Packet:
    """One that came in: when, its number and time stamp as sent, its payload."""

    at: float
    number: int
    stamp: int
    payload: bytes


class FarRtp:
    """Sends silence, or what is to be said, from the moment that `aim` tells where to; like a telephone, for ever."""

    def __init__(self, address: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ask_for_stamps(self._socket)
        self._socket.bind((address, port))
        self._target: tuple[str, int] | None = None
        self._lock = threading.Lock()
        self._to_say: list[bytes] = []
        self._next_due = time.monotonic()
        self.late_s: list[float] = []
        self.heard: list[Packet] = []
        self.digits: list[str] = []
        self._last_event = -1
        for work in (self._send, self._receive):
            threading.Thread(target=work, name="far-rtp", daemon=True).start()

    def aim(self, target: tuple[str, int] | None) -> None:
        """Send there from now on, each time in another phase, as any two telephones differ; None: nowhere."""
        if target is not None:
            with self._lock:
                self._next_due = time.monotonic() + PACKET_S * (1 + random.random())
        self._target = target

    def forget(self) -> None:
        """Begin new records."""
        self.heard, self.digits, self.late_s = [], [], []

    def speak(self, payload: bytes) -> float:
        """Say it from the next packet on; returns when its first sample is spoken: a packet leaves when it is full."""
        blocks = [payload[at : at + PACKET_SAMPLES] for at in range(0, len(payload), PACKET_SAMPLES)]
        with self._lock:
            self._to_say = [block for block in blocks if len(block) == PACKET_SAMPLES]
            return self._next_due - PACKET_S

    def _send(self) -> None:
        number = 0
        while True:
            while (left := self._next_due - time.monotonic()) > 0:
                time.sleep(left)
            with self._lock:
                due = self._next_due
                block = self._to_say.pop(0) if self._to_say else SILENCE
                self._next_due = due + PACKET_S
            target = self._target
            if target is not None:
                head = _HEADER.pack(0x80, 0, number & 0xFFFF, number * PACKET_SAMPLES & 0xFFFFFFFF, 0x1234)
                self._socket.sendto(head + block, target)
                self.late_s.append(time.monotonic() - due)
                number += 1

    def _receive(self) -> None:
        while True:
            data, _, at = receive_stamped(self._socket, 2048)
            if len(data) < _HEADER.size:
                continue
            _, kind, number, stamp, _ = _HEADER.unpack_from(data)
            payload = data[_HEADER.size :]
            if kind & 0x7F == 0 and len(self.heard) < _PACKETS_MAX:
                self.heard.append(Packet(at, number, stamp, payload))
            elif kind & 0x7F == _EVENT_TYPE and len(payload) >= 2 and stamp != self._last_event:
                self._last_event = stamp  # RFC 4733 section 2.5.1.1: one event, one time stamp
                self.digits.append("0123456789*#ABCD"[payload[0] & 0x0F])
