"""What is said into a line, by absolute sample: a tone in the background, clips before it. Knows no line."""

from array import array
from dataclasses import dataclass
from functools import cache
from random import Random

from firmware.fxs.line import BYTES_PER_SAMPLE, SAMPLE_RATE_HZ

_NOISE_SEED = 2  # every run hears the same noise, so that a failure can be repeated


@dataclass(frozen=True, slots=True)
class _Clip:
    start: int
    pcm: bytes

    @property
    def end(self) -> int:
        return self.start + len(self.pcm) // BYTES_PER_SAMPLE


class Voice:
    """One source of sound. The newest clip hides what is under it; nothing is mixed here."""

    def __init__(self) -> None:
        self._clips: list[_Clip] = []
        self._loop: _Clip | None = None

    def say(self, start: int, pcm: bytes) -> int:
        """Play `pcm` from sample `start` on, instead of any other clip; return the sample after its end."""
        clip = _Clip(start, pcm)
        self._clips = [clip]
        return clip.end

    def hush(self) -> None:
        """Drop the clip."""
        self._clips = []

    def repeat(self, start: int, cycle: bytes | None) -> None:
        """Play `cycle` over and over from `start` on while there is no clip; None stops it."""
        self._loop = _Clip(start, cycle) if cycle else None

    def read(self, start: int, count: int) -> bytes | None:
        """`count` samples from `start` on; None when there is nothing but silence."""
        self._clips = [clip for clip in self._clips if clip.end > start]
        base = self._read_loop(start, count)
        for clip in self._clips:
            if clip.start < start + count:
                base = _lay_over(base, clip, start, count)
        return base

    def _read_loop(self, start: int, count: int) -> bytes | None:
        loop = self._loop
        if loop is None or start + count <= loop.start:
            return None
        length = len(loop.pcm) // BYTES_PER_SAMPLE
        lead = max(0, loop.start - start)
        offset = (start + lead - loop.start) % length
        cut = loop.pcm[BYTES_PER_SAMPLE * offset : BYTES_PER_SAMPLE * (offset + count - lead)]
        while len(cut) < BYTES_PER_SAMPLE * (count - lead):
            cut += loop.pcm[: BYTES_PER_SAMPLE * (count - lead) - len(cut)]
        return bytes(BYTES_PER_SAMPLE * lead) + cut


def _lay_over(base: bytes | None, clip: _Clip, start: int, count: int) -> bytes:
    first = max(start, clip.start)
    last = min(start + count, clip.end)
    cut = clip.pcm[BYTES_PER_SAMPLE * (first - clip.start) : BYTES_PER_SAMPLE * (last - clip.start)]
    if len(cut) == BYTES_PER_SAMPLE * count:
        return cut
    base = base or bytes(BYTES_PER_SAMPLE * count)
    return base[: BYTES_PER_SAMPLE * (first - start)] + cut + base[BYTES_PER_SAMPLE * (last - start) :]


@cache
def _noise_second() -> bytes:
    random = Random(_NOISE_SEED)
    # +-12 of 32767, evenly spread, is about -70 dBm0: an electret microphone in a quiet room
    return array("h", [random.randint(-12, 12) for _ in range(SAMPLE_RATE_HZ)]).tobytes()


def noise(start: int, count: int) -> bytes:
    """A low noise floor, -70 dBm0, that repeats every second; `count` is at most one second."""
    offset = start % SAMPLE_RATE_HZ
    pcm = _noise_second()
    cut = pcm[BYTES_PER_SAMPLE * offset : BYTES_PER_SAMPLE * (offset + count)]
    return cut + pcm[: BYTES_PER_SAMPLE * count - len(cut)]
