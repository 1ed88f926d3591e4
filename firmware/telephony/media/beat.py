"""Decides when the bridge's beat should fall: just after packets come, so that they wait for little. Pure.

A packet waits for the next tick, and every later one as long, for the clocks of bridge and far end hardly drift. So
all arrivals are laid on one period of the beat, as on the face of a clock, and the tick is put behind the narrowest arc
that holds nearly all of them. With two calls that is behind the later one; where jitter covers the face, nothing moves.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

_BINS: Final = 40
_MARGIN_MS: Final = 2.0  # from the latest usual arrival to the tick; with less, jitter in tails costs more than before
_LATE_SHARE: Final = 0.003  # of the packets come at any time: stragglers, which no delay that a talker bears can hold
_MEMORY_S: Final = 3.0
_FIRST_PACKETS: Final = 6  # of a stream, before it counts
_GONE_S: Final = 1.0  # a stream that sent nothing for so long is not heard now
_FORGOTTEN_S: Final = 10.0  # nor is it known any more: one that pauses (RFC 3551 section 4.1) goes on as it was
_STREAMS_MAX: Final = 64  # as many as the engine has calls
_WORTH_MS: Final = 2.0  # narrower an arc must be for the tick to pass arrivals, which costs a frame
_LEAST_MS: Final = 0.25
# The elastic buffers take up as much in addition to their crystals' 100 ppm, with less than 1 ms of swing.
_SLEW_MS_PER_S: Final = 0.2
_STEER_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Arrival:
    """A packet of a stream lay in its jitter buffer at that time (monotonic seconds)."""

    stream: int
    at_s: float


@dataclass(slots=True)
class _Stream:
    counts: list[float] = field(default_factory=lambda: [0.0] * _BINS)
    packets: int = 0
    last_s: float = 0.0
    is_placed: bool = False

    def is_live(self, now_s: float) -> bool:
        """It is heard now."""
        return now_s - self.last_s < _GONE_S


class Beat:
    """Takes what arrived; tells by how many ms later the beat shall fall from now on, less than 0 for earlier.

    One step when audio begins and nothing else is heard, so that it is right from the start; slower than any crystal's
    drift otherwise, so that nobody hears it.
    """

    def __init__(self, period_ms: float) -> None:
        self._period_ms = period_ms
        self._bin_ms = period_ms / _BINS
        self._streams: dict[int, _Stream] = {}
        self._steered_s = 0.0

    def step(self, arrivals: Iterable[Arrival], tick_s: float, now_s: float) -> float:
        """`tick_s` is the time of any tick. To be called some times a second."""
        for arrival in arrivals:
            self._take(arrival)
        heard = [stream for stream in self._streams.values() if stream.packets >= _FIRST_PACKETS]
        live = [stream for stream in heard if stream.is_live(now_s)]
        tick_ms = self._phase_ms(tick_s)
        is_start = not any(stream.is_placed for stream in live)
        for stream in live:
            stream.is_placed = True
        if live and is_start:
            self._streams = {name: stream for name, stream in self._streams.items() if stream.is_live(now_s)}
            return self._first(_sum(live), tick_ms)
        if now_s - self._steered_s < _STEER_S:
            return 0.0
        dt_s, self._steered_s = min(_GONE_S, now_s - self._steered_s), now_s
        self._forget(dt_s, now_s)
        return self._slew(self._wanted(_sum(heard), tick_ms), dt_s) if live else 0.0

    def _first(self, counts: Sequence[float], tick_ms: float) -> float:
        """Nearly always earlier: what lies in the jitter buffer then still comes in time, and none of it too much."""
        begin, length = _narrowest([*counts, *counts], sum(counts))
        if length > _BINS // 2:  # so few packets lie close together by chance
            return 0.0
        shift = (self._behind(begin + length) - tick_ms) % self._period_ms
        shift = shift - self._period_ms if shift > _MARGIN_MS else shift
        return shift if abs(shift) >= _LEAST_MS else 0.0

    def _wanted(self, counts: Sequence[float], tick_ms: float) -> float:
        """Behind the arc where the tick is now, or a much narrower one that the tick cuts."""
        edge = round(tick_ms / self._bin_ms) % _BINS
        begin, length = _narrowest([*counts[edge:], *counts[:edge]], sum(counts))
        best_begin, best = _narrowest([*counts, *counts], sum(counts))
        if self._is_wide(best):
            return 0.0
        if (length - best) * self._bin_ms <= _WORTH_MS:
            return _MARGIN_MS - (_BINS - begin - length) * self._bin_ms
        half = self._period_ms / 2
        return half - (half - self._behind(best_begin + best) + tick_ms) % self._period_ms

    def _slew(self, wanted_ms: float, dt_s: float) -> float:
        most = _SLEW_MS_PER_S * dt_s
        return max(-most, min(most, wanted_ms)) if abs(wanted_ms) >= _LEAST_MS else 0.0

    def _is_wide(self, length: int) -> bool:
        """No place is better than another."""
        return (_BINS - length) * self._bin_ms < 2 * _MARGIN_MS

    def _behind(self, end: int) -> float:
        return end * self._bin_ms + _MARGIN_MS

    def _take(self, arrival: Arrival) -> None:
        stream = self._streams.get(arrival.stream)
        if stream is None:
            if len(self._streams) >= _STREAMS_MAX:
                return
            stream = self._streams[arrival.stream] = _Stream()
        stream.packets += 1
        stream.last_s = arrival.at_s
        stream.counts[int(self._phase_ms(arrival.at_s) / self._bin_ms) % _BINS] += 1.0

    def _forget(self, dt_s: float, now_s: float) -> None:
        keep = math.exp(-dt_s / _MEMORY_S)
        for name, stream in list(self._streams.items()):
            stream.counts = [count * keep for count in stream.counts]
            if now_s - stream.last_s > _FORGOTTEN_S:
                del self._streams[name]

    def _phase_ms(self, at_s: float) -> float:
        return at_s * 1000 % self._period_ms


def _sum(streams: Sequence[_Stream]) -> list[float]:
    return [sum(counts) for counts in zip(*(stream.counts for stream in streams), strict=True)]


def _narrowest(counts: Sequence[float], total: float) -> tuple[int, int]:
    """Begin and length of the shortest run, no longer than the face, that holds nearly all of `total`."""
    needed, held, begin = total * (1 - _LATE_SHARE), 0.0, 0
    best = (0, _BINS)
    for end, count in enumerate(counts, start=1):
        held += count
        while begin < end and held - counts[begin] >= needed:
            held -= counts[begin]
            begin += 1
        if held >= needed and end - begin < best[1]:
            best = (begin, end - begin)
    return best
