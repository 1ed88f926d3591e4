"""The 2-wire hybrid: part of what the box sends comes back, delayed and coloured. Knows no line."""

from array import array

from firmware.fxs.line import BYTES_PER_SAMPLE, SAMPLE_RATE_HZ

# A short dispersive path, the shape of a loop's reflection (the paths of ITU-T G.168 annex D are longer).
# Scaled to unit energy, so that the gain applied is the echo return loss.
_TAPS = (0.34, 0.78, 0.36, -0.33, -0.19)
_SPREAD = 4  # samples between taps: 2 ms from the first to the last
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
        self._gains: tuple[float, ...] | None = None
        if erl_db is not None:
            self._gains = tuple(tap / _ENERGY * 10 ** (-erl_db / 20) for tap in _TAPS)
        self._memory = round(delay_ms * SAMPLE_RATE_HZ / 1000) + _SPREAD * (len(_TAPS) - 1)
        self._past = array("h", bytes(BYTES_PER_SAMPLE * self._memory))
        self._quiet_for = self._memory

    def mix(self, said: bytes, sent: bytes) -> bytes:
        """What is said, and the echo of what is sent at the same time, as one block; too loud is clipped."""
        if self._gains is None:
            return said
        count = len(sent) // BYTES_PER_SAMPLE
        if sent.count(0) == len(sent):
            self._quiet_for += count
            if self._quiet_for >= self._memory + count:
                return said
        else:
            self._quiet_for = 0
        line = self._past + array("h", sent)
        self._past = line[count:]
        mixed = self._filter(array("h", said), line)
        try:
            return array("h", mixed).tobytes()
        except OverflowError:
            return array("h", [max(-_FULL_SCALE, min(_FULL_SCALE, value)) for value in mixed]).tobytes()

    def _filter(self, said: array, line: array) -> list[int]:  # type: ignore[type-arg]
        """In one pass: the dearest thing that the simulator does."""
        assert self._gains is not None
        g0, g1, g2, g3, g4 = self._gains
        count, top = len(said), _SPREAD * (len(_TAPS) - 1)
        a, b, c, d, e = (line[top - k * _SPREAD : top - k * _SPREAD + count] for k in range(len(_TAPS)))
        return [
            int(v + g0 * p + g1 * q + g2 * r + g3 * s + g4 * t)
            for v, p, q, r, s, t in zip(said, a, b, c, d, e, strict=True)
        ]
