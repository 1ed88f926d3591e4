"""A small audio buffer between two clocks that resamples slowly to keep its depth; knows neither line nor bridge."""

import ctypes
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from firmware.dsp.drift import DriftControl
from firmware.dsp.ring import Ring
from firmware.dsp.speex import Resampler

_BYTES_PER_MS: Final = 16  # 8 kHz, 16 bit
_BYTES_PER_S: Final = 16000
_SPARE_BYTES: Final = 4  # a resampler that is asked for a block may want a sample or two more than the block
_MAX_BLOCK: Final = 100 * _BYTES_PER_MS
_FADE_SAMPLES: Final = 40  # 5 ms: too short to be heard as a dip, long enough not to click
_IDLE_S: Final = 0.5  # a side that was away for longer was not late: nobody listened, or nobody spoke
_STEER_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class ElasticState:
    """`depth_ms` is what a read leaves behind at the worst phase of the two clocks; `drift_ppm` > 0: a fast writer."""

    depth_ms: float
    target_ms: float
    drift_ppm: float
    slips: int


class ElasticBuffer:
    """One thread writes, one reads, each by its own clock; 16-bit 8 kHz audio in blocks of up to 100 ms.

    `resample_on` names the side that does the work; the other one only moves bytes. `target_ms` is kept in hand beyond
    the block that is being written. A read that finds too little fades out what was there, until there is enough (one
    slip); what lies more than `max_ms` deep is dropped down to the target (one slip). Nothing locks, nothing grows.
    Raises LibraryMissing.
    """

    def __init__(
        self,
        *,
        target_ms: float,
        max_ms: float,
        resample_on: Literal["write", "read"],
        drift_ppm: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._control = DriftControl(target_ms=target_ms, max_ms=max_ms, drift_ppm=drift_ppm)
        self._resampler = Resampler(ppm=drift_ppm)
        self._is_write_owner = resample_on == "write"
        self._spare_bytes = 0 if self._is_write_owner else _SPARE_BYTES
        self._clock = clock
        self._max_bytes = int(max_ms * _BYTES_PER_MS)
        # Four times what may lie in it: the writer laps a reader only when that one has long given up.
        self._ring = Ring(4 * (self._max_bytes + 2 * _MAX_BLOCK))
        self._written = (0, 0.0)  # bytes, when: replaced as one, so that the other thread sees a true pair
        self._read = (0, 0.0)
        self._block_bytes = 0
        self._is_priming = self._is_faded = True
        self._starved_at: float | None = None
        self._slips = self._restarts = 0  # the reader's
        self._slips_seen = self._restarts_seen = 0  # the resampling side's
        self._looked_at = self._steered_at = 0.0

    def snapshot(self) -> ElasticState:
        """The figures now; from any thread."""
        control = self._control
        return ElasticState(control.depth_ms, control.target_ms, control.drift_ppm, self._slips)

    def set_fixed(self, is_fixed: bool) -> None:
        """True (fax, modem): rest at the drift found so far, steer no more, and lay in a larger store once."""
        self._control.set_fixed(is_fixed)
        if is_fixed:
            self.lay_in()

    def lay_in(self) -> None:
        """Start anew at the target depth, without a click and without a slip: a clock has made a step."""
        self._is_faded, self._is_priming = False, True

    # ---- writing -----------------------------------------------------------------------------------

    def write(self, pcm: bytes) -> None:
        """Put in a block. Never waits: what is too much, the reader drops. Raises ValueError over 100 ms."""
        self._check(len(pcm))
        self._block_bytes = len(pcm)
        if self._is_write_owner:
            pcm = self._resampler.process(pcm)
        now, total = self._clock(), self._written[0]
        self._ring.store(total, pcm)
        self._written = (total + len(pcm), now)
        if self._is_write_owner:
            self._look(now)

    def write_from(self, address: int, nbytes: int) -> None:
        """Put in a block that lies in memory."""
        if self._is_write_owner:
            self.write(ctypes.string_at(address, nbytes))
            return
        self._check(nbytes)
        self._block_bytes = nbytes
        total = self._written[0]
        self._ring.store_from(total, address, nbytes)
        self._written = (total + nbytes, self._clock())

    # ---- reading -----------------------------------------------------------------------------------

    def read(self, nbytes: int) -> bytes:
        """Take out a block: always `nbytes`, silence where there never was anything. Raises ValueError over 100 ms."""
        self._check(nbytes)
        now, position = self._clock(), self._read[0]
        if self._is_amiss(nbytes, position):
            return self._mend(nbytes, now)
        return self._take(self._ring.load(position, nbytes + self._spare_bytes), nbytes, position, now)

    def read_into(self, address: int, nbytes: int) -> None:
        """Take out a block to memory; one memmove where the writing side resamples."""
        now, position = self._clock(), self._read[0]
        if not self._is_write_owner or self._is_amiss(nbytes, position):
            ctypes.memmove(address, self.read(nbytes), nbytes)
            return
        self._ring.load_into(position, address, nbytes)
        self._read = (position + nbytes, now)

    def _is_amiss(self, nbytes: int, position: int) -> bool:
        left = self._written[0] - position - nbytes
        return self._is_priming or left < self._spare_bytes or left > self._max_bytes + self._block_bytes

    def _take(self, chunk: bytes, nbytes: int, position: int, now: float) -> bytes:
        if self._is_write_owner:
            self._read = (position + nbytes, now)
            return chunk
        block, used = self._resampler.produce(chunk, nbytes)
        self._read = (position + used, now)
        self._look(now)
        return block

    # ---- when there is too little or too much ------------------------------------------------------

    def _mend(self, nbytes: int, now: float) -> bytes:
        position, read_at = self._read
        surplus = self._surplus(nbytes, position, now)
        if surplus < 0:
            return self._fill(nbytes, position, now)
        away_since = self._starved_at if self._is_priming else read_at
        if away_since is not None and now - away_since < _IDLE_S:
            self._slips += 1
        self._restarts += 1
        target = position + surplus
        chunk = self._ring.load(target, nbytes + self._spare_bytes)
        is_lapped = self._written[0] - position > self._ring.capacity
        old = bytes(nbytes) if self._is_faded or is_lapped else self._ring.load(position, nbytes)
        self._is_priming = self._is_faded = False
        self._starved_at = None
        return self._take(_cross_fade(old, chunk), nbytes, target, now)

    def _surplus(self, nbytes: int, position: int, now: float) -> int:
        """Bytes that lie above the target depth if the read goes on here; negative: too few to go on at all."""
        total, written_at = self._written
        left = total - position - nbytes - self._spare_bytes
        if left < 0 or not total:
            return -1
        if not self._is_priming and left <= self._max_bytes + self._block_bytes:
            return 0
        # Part of the block being written now has already sounded: it belongs to the depth.
        under_way = min(self._block_bytes, int((now - written_at) * _BYTES_PER_S))
        wanted = self._block_bytes + int(self._control.target_ms * _BYTES_PER_MS)
        surplus = left + under_way - wanted
        return min(left, surplus) & ~1 if surplus >= 0 else -1

    def _fill(self, nbytes: int, position: int, now: float) -> bytes:
        """A block where there is none: the last one backwards, fading (no step where they meet), then silence."""
        if not self._is_priming:
            self._is_priming, self._starved_at = True, now
        if self._is_faded or position < nbytes:
            return bytes(nbytes)
        self._is_faded = True
        last = array("h", self._ring.load(position - nbytes, nbytes))
        count = len(last)
        return array("h", [last[~index] * (count - index) // count for index in range(count)]).tobytes()

    # ---- steering, on the side that resamples ------------------------------------------------------

    def _look(self, now: float) -> None:
        dt_s, self._looked_at = now - self._looked_at, now
        if self._is_priming or dt_s > _IDLE_S:
            return
        if self._restarts != self._restarts_seen:
            slips, self._slips_seen = self._slips - self._slips_seen, self._slips
            self._restarts_seen = self._restarts
            self._control.restart(slips)
        written, written_at = self._written
        read, read_at = self._read
        # What each side has done since its last block counts as if it had been done evenly: then blocks make no waves.
        depth_bytes = written - read + (read_at - written_at) * _BYTES_PER_S - self._block_bytes
        self._control.take(depth_bytes / _BYTES_PER_MS, dt_s)
        if now - self._steered_at >= _STEER_S:
            self._steered_at = now
            self._resampler.set_ppm(self._control.ppm)

    @staticmethod
    def _check(nbytes: int) -> None:
        if nbytes > _MAX_BLOCK:
            raise ValueError(f"a block of {nbytes} bytes is longer than {_MAX_BLOCK}")


def _cross_fade(old: bytes, new: bytes) -> bytes:
    before, after = array("h", old), array("h", new)
    count = min(_FADE_SAMPLES, len(before), len(after))
    for index in range(count):
        after[index] = (before[index] * (count - index) + after[index] * index) // count
    return after.tobytes()
