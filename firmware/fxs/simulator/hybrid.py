"""The 2-wire hybrid: part of what the box sends comes back, delayed and coloured. Knows no line."""

from array import array

from firmware.fxs.line import BYTES_PER_SAMPLE, SAMPLE_RATE_HZ

# A short dispersive path, the shape of a loop's reflection (the paths of ITU-T G.168 annex D are longer).
# Scaled to unit energy, so that the gain applied is the echo return loss.
_TAPS = (0.30, 0.76, 0.40, -0.31, -0.24, 0.13)
_SPREAD = 3  # samples between taps: 1.9 ms from the first to the last
_FULL_SCALE = 32767

DELAY_MAX_MS = 64.0  # what an echo canceller on an analogue line may be asked for; bounds the memory
_ENERGY = sum(tap * tap for tap in _TAPS) ** 0.5


class Hybrid:
    """Returns the echo of blocks in the order they are sent. Without `erl_db` it is perfect: no echo."""

    def __init__(self, erl_db: float | None, delay_ms: float = 0.0) -> None:
        self.set(erl_db, delay_ms)

    def set(self, erl_db: float | None, delay_ms: float) -> None:
        """Change loss and delay; what was under way is forgotten. Raises ValueError beyond DELAY_MAX_MS."""
        if not 0 <= delay_ms <= DELAY_MAX_MS:
            raise ValueError(f"an echo delay of {delay_ms:g} ms is not within 0 and {DELAY_MAX_MS:g}")
        self._gains = None
        if erl_db is not None:
            self._gains = tuple(tap / _ENERGY * 10 ** (-erl_db / 20) for tap in _TAPS)
        self._memory = round(delay_ms * SAMPLE_RATE_HZ / 1000) + _SPREAD * (len(_TAPS) - 1)
        self._past = array("h", bytes(BYTES_PER_SAMPLE * self._memory))
        self._quiet_for = self._memory

    def echo(self, sent: bytes) -> list[float] | None:
        """What comes back while `sent` goes out, sample by sample; None for silence."""
        if self._gains is None:
            return None
        if sent.count(0) == len(sent):
            self._quiet_for += len(sent) // BYTES_PER_SAMPLE
            if self._quiet_for >= self._memory + len(sent) // BYTES_PER_SAMPLE:
                return None
        else:
            self._quiet_for = 0
        line = self._past + array("h", sent)
        self._past = line[len(line) - self._memory :]
        return self._filter(line, len(sent) // BYTES_PER_SAMPLE)

    def _filter(self, line: array, count: int) -> list[float]:  # type: ignore[type-arg]
        assert self._gains is not None
        g0, g1, g2, g3, g4, g5 = self._gains
        top = _SPREAD * (len(_TAPS) - 1)
        a, b, c, d, e, f = (line[top - k * _SPREAD : top - k * _SPREAD + count] for k in range(len(_TAPS)))
        return [
            g0 * p + g1 * q + g2 * r + g3 * s + g4 * t + g5 * u
            for p, q, r, s, t, u in zip(a, b, c, d, e, f, strict=True)
        ]


def mix(pcm: bytes, echo: list[float] | None) -> bytes:
    """16-bit audio and an echo, as one block of 16-bit audio; too loud is clipped."""
    if echo is None:
        return pcm
    mixed = [int(p + q) for p, q in zip(array("h", pcm), echo, strict=True)]
    try:
        return array("h", mixed).tobytes()
    except OverflowError:
        return array("h", [max(-_FULL_SCALE, min(_FULL_SCALE, value)) for value in mixed]).tobytes()
