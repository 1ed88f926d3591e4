"""What a simulated telephone's ear hears, as an endless answer. Knows no page."""

import base64
import binascii
import queue
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from firmware.control import ControlClient, Fault, Refused, Stream, Unreachable
from firmware.webadmin.seats import Seats

SAMPLE_RATE_HZ = 8000
LISTENERS_MAX = 6  # each holds a thread of the server and one here
_LISTEN_S = 3600  # a forgotten browser window does not listen for ever
_BLOCKS_WAITING_MAX = 50  # 1 s of 20 ms blocks; a slow browser loses the oldest, so that it stays live
_LOOK_S = 0.1
_TIMEOUT_S = 3.0
_REFUSAL_S = 0.3  # the first byte waits so long for a refusal
_BLOCK_BYTES_MAX = 16_000  # 1 s; the simulator sends 20 ms


class Listening:
    """Hands out what `phone.listen` and `line.listen` of the simulator stream."""

    def __init__(self, socket_path: Path, is_stopping: Callable[[], bool]) -> None:
        self._socket_path = socket_path
        self._is_stopping = is_stopping
        self.seats = Seats(LISTENERS_MAX)

    def listen(self, method: str, number: int, head: bytes, is_gone: Callable[[], bool]) -> Iterator[bytes]:
        """16-bit little-endian samples at 8 kHz after `head`, until the listener goes away.

        The caller has taken a seat, which is given back at the end, and here too when Refused or
        Unreachable is raised, as they are before the first byte.
        """
        try:
            pump = _Pump(ControlClient(self._socket_path, _TIMEOUT_S).stream(method, number=number))
            pump.raise_refusal(_REFUSAL_S)
        except BaseException:
            self.seats.release()
            raise
        return self._blocks(pump, head, is_gone)

    def _blocks(self, pump: "_Pump", head: bytes, is_gone: Callable[[], bool]) -> Iterator[bytes]:
        until = time.monotonic() + _LISTEN_S
        try:
            yield head
            while not self._is_stopping() and not is_gone() and time.monotonic() < until and not pump.is_over:
                if block := pump.next_block(_LOOK_S):
                    yield block
        finally:
            pump.stop()
            self.seats.release()


class _Pump:
    """Takes blocks as they come, so that the answer can notice meanwhile that its reader has gone."""

    def __init__(self, stream: "Stream[object]") -> None:
        self._stream = stream
        self._blocks: queue.Queue[bytes] = queue.Queue(_BLOCKS_WAITING_MAX)
        self._refusal: Refused | None = None
        self._has_begun = threading.Event()
        self.is_over = False
        self._thread = threading.Thread(target=self._run, name="web-listen", daemon=True)
        self._thread.start()

    def raise_refusal(self, wait_s: float) -> None:
        """Raises Refused when the simulator said no within that time."""
        self._has_begun.wait(wait_s)
        if self._refusal is not None:
            self.stop()
            raise self._refusal

    def next_block(self, wait_s: float) -> bytes:
        """All that has come, at most 1 s; b"" when nothing came in time."""
        try:
            blocks = [self._blocks.get(timeout=wait_s)]
            while not self._blocks.empty():
                blocks.append(self._blocks.get_nowait())
        except queue.Empty:
            return b""
        return b"".join(blocks)

    def stop(self) -> None:
        """End the stream; waits for the thread."""
        self._stream.close()
        self._thread.join(_TIMEOUT_S)

    def _run(self) -> None:
        try:
            for item in self._stream:
                self._put(_decoded(item))
                self._has_begun.set()
        except Refused as error:
            self._refusal = error
        except (Unreachable, Fault):
            pass  # the listener hears that it is over, and may ask again
        finally:
            self.is_over = True
            self._has_begun.set()

    def _put(self, block: bytes) -> None:
        if self._blocks.full():
            self._blocks.get_nowait()
        self._blocks.put_nowait(block)


def wav_head() -> bytes:
    """The head of a WAV file of unknown length: 16-bit mono, 8 kHz (RIFF, sizes at their greatest)."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 0xFFFFFFFF, b"WAVE") + form + struct.pack("<4sI", b"data", 0xFFFFFFFF)


def _decoded(item: object) -> bytes:
    try:
        block = base64.b64decode(item, validate=True) if isinstance(item, str) else b""
    except binascii.Error:
        return b""
    return block[: min(len(block), _BLOCK_BYTES_MAX) // 2 * 2]
