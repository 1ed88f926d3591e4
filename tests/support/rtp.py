"""One end of an RTP stream in G.711 mu-law, for what telephones cannot be made to do."""

import random
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

import numpy as np

from tests.support.network import free_port, loopback_address
from tests.support.sound import Samples

_FRAME = 160  # samples: 20 ms
_HEADER = struct.Struct(">BBHII")


class RtpEnd:
    """Plays `says` in a loop to `target` once that is known, and keeps all that it hears.

    Each packet leaves up to `jitter_ms` late, none before the one ahead of it.
    """

    def __init__(self, says: Samples, address: str = "", payload_type: int = 0, jitter_ms: float = 0.0) -> None:
        self.address = address or loopback_address()
        self.port = free_port(self.address, 2)
        self.target: tuple[str, int] | None = None
        self.sources: set[tuple[str, int]] = set()
        self._payload = _to_ulaw(says)
        self._type = payload_type
        self._jitter_s = jitter_ms / 1000
        self._heard: list[bytes] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=work, name="rtp") for work in (self._listen, self._play)]

    def heard(self) -> Samples:
        """All it heard so far, from whomever."""
        return _from_ulaw(b"".join(self._heard))

    def __enter__(self) -> Self:
        self._socket.bind((self.address, self.port))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._socket.sendto(b"", (self.address, self.port))
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._is_over.is_set():
            data, source = self._socket.recvfrom(4096)
            if len(data) >= _HEADER.size and data[1] & 0x7F == self._type:
                self.sources.add(source)
                self._heard.append(data[_HEADER.size :])

    def _play(self) -> None:
        number, source = random.randrange(1000), random.randrange(1 << 32)
        due = time.monotonic()
        while not self._is_over.wait(max(0.0, due + random.uniform(0.0, self._jitter_s) - time.monotonic())):
            due += 0.02
            number += 1
            start = number * _FRAME % (len(self._payload) - _FRAME)
            if self.target is not None:
                header = _HEADER.pack(0x80, self._type, number & 0xFFFF, number * _FRAME & 0xFFFFFFFF, source)
                self._socket.sendto(header + self._payload[start : start + _FRAME], self.target)


def _decoded() -> Samples:
    """ITU-T G.711 table 2a: the sample of each code."""
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 0x0F) * 2 + 33) << ((code >> 4) & 0x07)) - 33
    return (np.where(code & 0x80, -magnitude, magnitude) * 4).astype(np.int16)


_DECODED = _decoded()
_ORDER = np.argsort(_DECODED)


def _to_ulaw(samples: Samples) -> bytes:
    place = np.searchsorted(_DECODED[_ORDER], samples).clip(0, 255)
    return bytes(_ORDER[place].astype(np.uint8))


def _from_ulaw(payload: bytes) -> Samples:
    return _DECODED[np.frombuffer(payload, np.uint8)]
