"""A far end whose RTP is in our own hands: SIPp speaks SIP for it, we stamp each packet's coming and going."""

import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from tests.support.network import free_port, loopback_address
from tests.support.sipp import SCENARIOS, Sipp
from tests.support.sound import Samples

PACKET_SAMPLES = 160
PACKET_S = 0.020
SILENCE = b"\xff" * PACKET_SAMPLES
_HEADER = struct.Struct("!BBHII")


@dataclass(slots=True)
class Heard:
    """What came in: arrival of each packet (monotonic seconds) and its samples, in order of sequence number."""

    arrived: list[float] = field(default_factory=list)
    samples: list[Samples] = field(default_factory=list)


class MediaPeer:
    """Answers calls at `sipp.uri` with G.711 µ-law and an RTP socket of this process."""

    def __init__(self, folder: Path) -> None:
        self.address = loopback_address()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._port = free_port(self.address)
        self._socket.bind((self.address, self._port))
        self._socket.settimeout(0.1)
        folder.mkdir(parents=True, exist_ok=True)
        text = (SCENARIOS / "answer.xml").read_text()
        text = text.replace("[media_port]", str(self._port)).replace("[media_ip]", self.address)
        scenario = folder / "media-peer.xml"
        scenario.write_text(text)
        self.sipp = Sipp(folder, scenario, calls=10_000, time_out_s=3600)
        self.heard = Heard()
        self._source: tuple[str, int] | None = None
        self._is_stopping = False
        self._lock = threading.Lock()
        self._to_say: list[bytes] = []
        self._next_due = time.monotonic()
        self._threads = [threading.Thread(target=work, name="media-peer") for work in (self._receive, self._send)]

    def __enter__(self) -> Self:
        self.sipp.start()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_stopping = True
        for thread in self._threads:
            thread.join()
        self._socket.close()
        self.sipp.stop()

    @property
    def is_heard(self) -> bool:
        """RTP has come."""
        return self._source is not None

    def forget(self) -> None:
        """Begin a new record of what comes in."""
        self.heard = Heard()

    def speak(self, samples: Samples) -> float:
        """Say it from the next packet on; returns when the first sample is spoken: a packet leaves when it is full."""
        payload = encode_ulaw(samples)
        blocks = [payload[at : at + PACKET_SAMPLES] for at in range(0, len(payload), PACKET_SAMPLES)]
        with self._lock:
            self._to_say += [block for block in blocks if len(block) == PACKET_SAMPLES]
            return self._next_due - PACKET_S

    def _send(self) -> None:
        """One packet each 20 ms for ever, on an exact beat, as a telephone sends: what is said, else silence."""
        number = 0
        while not self._is_stopping:
            with self._lock:
                due = self._next_due
            while (left := due - time.monotonic()) > 0:
                time.sleep(left)
            with self._lock:
                block = self._to_say.pop(0) if self._to_say else SILENCE
                self._next_due = due + PACKET_S
            if self._source is not None:
                head = _HEADER.pack(0x80, 0, number & 0xFFFF, number * PACKET_SAMPLES & 0xFFFFFFFF, 0x1234)
                self._socket.sendto(head + block, self._source)
                number += 1

    def _receive(self) -> None:
        while not self._is_stopping:
            try:
                packet, source = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            arrived = time.monotonic()
            if len(packet) >= 12 and packet[1] & 0x7F == 0:
                self._source = source
                self.heard.arrived.append(arrived)
                self.heard.samples.append(decode_ulaw(packet[12:]))


def decode_ulaw(payload: bytes) -> Samples:
    """ITU-T G.711 µ-law to 16 bits."""
    code = ~np.frombuffer(payload, np.uint8)
    magnitude = (((code & 0x0F).astype(np.int32) << 3) + 0x84) << ((code & 0x70) >> 4)
    return np.where(code & 0x80, 0x84 - magnitude, magnitude - 0x84).astype(np.int16)


_LEVELS = np.sort(decode_ulaw(bytes(range(256))))
_CODES = np.argsort(decode_ulaw(bytes(range(256))), kind="stable").astype(np.uint8)


def encode_ulaw(samples: Samples) -> bytes:
    """16 bits to the nearest µ-law level."""
    place = np.clip(np.searchsorted(_LEVELS, samples), 1, 255)
    is_lower = np.abs(samples.astype(int) - _LEVELS[place - 1]) <= np.abs(samples.astype(int) - _LEVELS[place])
    return bytes(_CODES[np.where(is_lower, place - 1, place)].tobytes())
