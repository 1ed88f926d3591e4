"""Echo canceller and rate trim by libspeexdsp; knows no telephony."""

import math
from array import array
from functools import cache
from typing import Final

from firmware.dsp import libraries
from firmware.dsp.levels import SAMPLE_RATE_HZ, peak_of_sine
from firmware.dsp.libraries import CData, Library, LibraryMissing

__all__ = ["EchoCanceller", "LibraryMissing", "Resampler"]

# Samples that go in are declared as `void`: cffi passes bytes as they lie there, and wraps no block by Python code.
_ffi = libraries.declare(
    """
    typedef struct SpeexEchoState_ SpeexEchoState;
    SpeexEchoState *speex_echo_state_init(int frame_size, int filter_length);
    void speex_echo_state_destroy(SpeexEchoState *st);
    void speex_echo_cancellation(SpeexEchoState *st, const void *rec, const void *play, int16_t *out);
    void speex_echo_state_reset(SpeexEchoState *st);
    int speex_echo_ctl(SpeexEchoState *st, int request, void *ptr);

    typedef struct SpeexResamplerState_ SpeexResamplerState;
    SpeexResamplerState *speex_resampler_init_frac(uint32_t nb_channels, uint32_t ratio_num, uint32_t ratio_den,
        uint32_t in_rate, uint32_t out_rate, int quality, int *err);
    void speex_resampler_destroy(SpeexResamplerState *st);
    int speex_resampler_set_rate_frac(SpeexResamplerState *st, uint32_t ratio_num, uint32_t ratio_den,
        uint32_t in_rate, uint32_t out_rate);
    int speex_resampler_process_int(SpeexResamplerState *st, uint32_t channel_index, const void *in,
        uint32_t *in_len, int16_t *out, uint32_t *out_len);
    int speex_resampler_get_input_latency(SpeexResamplerState *st);
    """
)

_SET_SAMPLING_RATE: Final = 24  # SPEEX_ECHO_SET_SAMPLING_RATE
_MAX_TAIL: Final = 2048  # 256 ms: far beyond any line, and bounds the CPU
_MAX_CHUNK: Final = 4 * SAMPLE_RATE_HZ // 10  # samples one call may bring: 400 ms

# A prime, so that the ratio is never reduced: a change of rate then keeps the exact fraction of a sample and cannot
# click. Above 65535 the library refuses the change: 32 bits overflow in it.
_RATIO_DEN: Final = 65521
_STEP_PPM: Final = 1e6 / _RATIO_DEN
_MAX_PPM: Final = 2000.0


@cache
def _library() -> Library:
    return libraries.load(_ffi, "libspeexdsp.so.1")


class EchoCanceller:
    """Takes out of what a line hears the echo of what was played to it. One per line, blocks of a fixed size.

    `block_samples` is 5, 10 or 20 ms; the echo must arrive within `tail_samples`. Raises ValueError, LibraryMissing.
    """

    def __init__(self, block_samples: int, tail_samples: int = 256) -> None:
        if block_samples not in (40, 80, 160):
            raise ValueError(f"an echo canceller takes blocks of 40, 80 or 160 samples, not {block_samples}")
        if not block_samples <= tail_samples <= _MAX_TAIL:
            raise ValueError(f"the tail is {block_samples} to {_MAX_TAIL} samples, not {tail_samples}")
        self._library = library = _library()
        state = library.speex_echo_state_init(block_samples, tail_samples)
        self._state = _ffi.gc(state, library.speex_echo_state_destroy)
        library.speex_echo_ctl(state, _SET_SAMPLING_RATE, _ffi.new("int32_t *", SAMPLE_RATE_HZ))
        self._bytes = 2 * block_samples
        self._out = _ffi.new("int16_t[]", block_samples)
        self._view = _ffi.buffer(self._out)
        self._figures = EchoFigures(block_samples, tail_samples)

    @property
    def erl_db(self) -> float | None:
        """How much weaker the echo returns than it was played (the line's own loss); None before there was any."""
        return self._figures.erl_db

    @property
    def erle_db(self) -> float | None:
        """How much the canceller takes off the echo; None before there was any."""
        return self._figures.erle_db

    def process(self, heard: bytes, played: bytes) -> bytes:
        """What was heard without the echo of what was played at the same time. Raises ValueError for another length."""
        if len(heard) != self._bytes or len(played) != self._bytes:
            raise ValueError(f"blocks of {len(heard)} and {len(played)} bytes: both must be {self._bytes}")
        self._library.speex_echo_cancellation(self._state, heard, played, self._out)
        clean = bytes(self._view)
        self._figures.take(heard, played, clean)
        return clean

    def reset(self) -> None:
        """Forget the line: a new call, or a relay moved."""
        self._library.speex_echo_state_reset(self._state)
        self._figures.reset()


class EchoFigures:
    """Echo return loss and its enhancement, from blocks in which only the far end speaks; pure."""

    _MIN_FAR_DBM0 = -35.0  # quieter, and the line's noise is measured instead
    _MIN_ERL = 0.7  # amplitude: an echo is at least 3 dB below what made it (Geigel's test); more is somebody speaking
    _SETTLE_S = 1.0
    # A level needs no bandwidth: a third of the samples is a third of the work. Test tones of 1 and 2 kHz do not fall
    # in with thirds, as they would with halves and quarters.
    _EVERY = 3

    def __init__(self, block_samples: int, tail_samples: int) -> None:
        counted = -(-block_samples // self._EVERY)
        self._min_far = peak_of_sine(self._MIN_FAR_DBM0) * math.sqrt(counted / 2)
        self._tail_blocks = 1 + -(-tail_samples // block_samples)
        self._keep = math.exp(-block_samples / SAMPLE_RATE_HZ / self._SETTLE_S)
        self.reset()

    def reset(self) -> None:
        """Forget what was measured."""
        self._recent_far = [0.0] * self._tail_blocks
        self._next = 0
        self._far = self._heard = self._clean = 0.0

    def take(self, heard: bytes, played: bytes, clean: bytes) -> None:
        """Take a block of each; only counted when the far end is loud enough all along the tail and alone."""
        far = self._norm(played)
        self._recent_far[self._next] = far
        self._next = (self._next + 1) % self._tail_blocks
        if min(self._recent_far) < self._min_far:
            return
        near = self._norm(heard)
        if near > self._MIN_ERL * max(self._recent_far):
            return
        self._far = self._far * self._keep + far * far
        self._heard = self._heard * self._keep + near * near
        self._clean = self._clean * self._keep + self._norm(clean) ** 2

    def _norm(self, pcm: bytes) -> float:
        return math.hypot(*array("h", pcm)[:: self._EVERY])  # in C: a Python sum of squares costs four times as much

    @property
    def erl_db(self) -> float | None:
        """Far over heard."""
        return _ratio_db(self._far, self._heard)

    @property
    def erle_db(self) -> float | None:
        """Heard over clean."""
        return _ratio_db(self._heard, self._clean)


class Resampler:
    """Trims the rate of 8 kHz audio by some parts per million, settable on the run without a click.

    `quality` 2 delays by 2 ms and is flat to 3 kHz; 1 delays by 1 ms and loses 1.5 dB there. Raises LibraryMissing.
    """

    def __init__(self, *, ppm: float = 0.0, quality: int = 2) -> None:
        self._library = library = _library()
        self._carry_ppm = 0.0
        num = self._ratio_num(ppm)
        state = library.speex_resampler_init_frac(
            1, num, _RATIO_DEN, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ, quality, _ffi.NULL
        )
        self._state = _ffi.gc(state, library.speex_resampler_destroy)
        self._in_count = _ffi.new("uint32_t *")
        self._out_count = _ffi.new("uint32_t *")
        self._out = _ffi.new("int16_t[]", _MAX_CHUNK + 16)
        self._view: CData = _ffi.buffer(self._out)

    @property
    def delay_ms(self) -> float:
        """What the filter adds."""
        return float(self._library.speex_resampler_get_input_latency(self._state)) * 1000 / SAMPLE_RATE_HZ

    def set_ppm(self, ppm: float) -> None:
        """From now on take in `ppm` more than is given out; +-2000 at most.

        The library knows steps of 15 ppm: called again and again, the mean comes out right.
        """
        num = self._ratio_num(ppm)
        error = self._library.speex_resampler_set_rate_frac(
            self._state, num, _RATIO_DEN, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ
        )
        if error:
            raise RuntimeError(f"speex_resampler_set_rate_frac({num}/{_RATIO_DEN}) failed: {error}")

    def process(self, pcm: bytes) -> bytes:
        """Take all of `pcm` (up to 400 ms) and return what comes of it: as much, give or take a sample."""
        return self._run(pcm, _MAX_CHUNK + 16)[0]

    def produce(self, pcm: bytes, nbytes: int) -> tuple[bytes, int]:
        """Make at most `nbytes` out of the head of `pcm`; return them and how many bytes of `pcm` were used up."""
        return self._run(pcm, nbytes // 2)

    def _ratio_num(self, ppm: float) -> int:
        wanted = max(-_MAX_PPM, min(_MAX_PPM, ppm)) + self._carry_ppm
        steps = round(wanted / _STEP_PPM)
        if not steps:  # 1/1 would lose the fraction of a sample
            steps = 1 if wanted > 0 else -1
        self._carry_ppm = wanted - steps * _STEP_PPM
        return _RATIO_DEN + steps

    def _run(self, pcm: bytes, most: int) -> tuple[bytes, int]:
        if len(pcm) > 2 * _MAX_CHUNK:
            raise ValueError(f"{len(pcm)} bytes at once are more than {2 * _MAX_CHUNK}")
        self._in_count[0], self._out_count[0] = len(pcm) // 2, most
        self._library.speex_resampler_process_int(self._state, 0, pcm, self._in_count, self._out, self._out_count)
        return self._view[: 2 * self._out_count[0]], 2 * self._in_count[0]


def _ratio_db(over: float, under: float) -> float | None:
    if not over:
        return None
    return 10 * math.log10(over / max(under, 1.0))
