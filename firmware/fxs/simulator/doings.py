"""Things that take time: playing, dialling, recording; one thread does, another may wait. Knows no line."""

import binascii
import queue
import threading
from collections.abc import Iterator

from firmware.control import Refused
from firmware.fxs.line import BYTES_PER_SAMPLE

_LISTENER_BLOCK_BYTES = 320  # 20 ms
_LISTENER_BLOCKS_MAX = 100  # 2 s; a listener further behind hears a gap
_LISTENER_PATIENCE_S = 0.5


class Doing:
    """Something under way from sample `start` up to sample `end`; `started_at` is in monotonic seconds."""

    def __init__(self, start: int, end: int, started_at: float) -> None:
        self.start = start
        self.end = end
        self.started_at = started_at
        self._failure = ""
        self._is_over = threading.Event()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self._is_over.is_set()

    def finish(self) -> None:
        """It has been done."""
        self._is_over.set()

    def fail(self, reason: str) -> None:
        """It was cut short; ignored when it is over."""
        if not self.is_over:
            self._failure = reason
            self._is_over.set()

    def wait(self) -> None:
        """Return when it is over; raises Refused with the reason when it was cut short."""
        self._is_over.wait()
        if self._failure:
            raise Refused(self._failure)


class Recording(Doing):
    """Sound of `start` to `end`, by sample; what nobody heard is silence."""

    def __init__(self, start: int, end: int, started_at: float) -> None:
        super().__init__(start, end, started_at)
        self._pcm = bytearray(BYTES_PER_SAMPLE * (end - start))

    def hear(self, start: int, pcm: bytes) -> None:
        """Keep what lies within the recording."""
        first = max(start, self.start)
        last = min(start + len(pcm) // BYTES_PER_SAMPLE, self.end)
        if first < last:
            cut = pcm[BYTES_PER_SAMPLE * (first - start) : BYTES_PER_SAMPLE * (last - start)]
            offset = BYTES_PER_SAMPLE * (first - self.start)
            self._pcm[offset : offset + len(cut)] = cut

    def cut(self, sample: int) -> None:
        """End it early: what was heard up to `sample` is what it holds."""
        if not self.is_over:
            self.end = max(self.start, min(self.end, sample))
            self.finish()

    @property
    def pcm(self) -> bytes:
        """All of it; a recording that was cut has what came until then."""
        return bytes(self._pcm[: BYTES_PER_SAMPLE * (self.end - self.start)])


class Listener:
    """Live sound for one listener in blocks of 20 ms; bounded, and never waits for the listener."""

    def __init__(self) -> None:
        self._blocks: queue.Queue[bytes] = queue.Queue(_LISTENER_BLOCKS_MAX)
        self._begun = b""
        self.is_over = False

    def hear(self, pcm: bytes) -> None:
        """Take what was heard."""
        self._begun += pcm
        while len(self._begun) >= _LISTENER_BLOCK_BYTES:
            block, self._begun = self._begun[:_LISTENER_BLOCK_BYTES], self._begun[_LISTENER_BLOCK_BYTES:]
            if not self._blocks.full():
                self._blocks.put_nowait(block)

    def stop(self) -> None:
        """End the stream."""
        self.is_over = True

    def blocks(self) -> Iterator[str | None]:
        """Base64 of 16-bit LE 8 kHz blocks of 20 ms; None now and then while nothing is heard."""
        while not self.is_over:
            try:
                block = self._blocks.get(timeout=_LISTENER_PATIENCE_S)
            except queue.Empty:
                yield None
            else:
                yield binascii.b2a_base64(block, newline=False).decode("ascii")
