"""One analogue line's audio between adapter and bridge, in the order of the design. Knows no SIP and no call.

Echo canceller, gain, detectors, elastic buffer: `exchange` runs on the adapter's reader thread and does it all.
"""

import threading
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from firmware.dsp.elastic import ElasticBuffer, ElasticState
from firmware.dsp.progress import ToneDetector
from firmware.dsp.spandsp import DtmfReceiver, dtmf
from firmware.dsp.speex import EchoCanceller
from firmware.telephony.media.bridge import LinePort
from firmware.telephony.media.tones import Player, Rendered

_SAMPLE_RATE_HZ = 8000
_PLAYBACK_CAP = 64  # DTMF digits that wait to be played to a telephone; a flood of RFC 4733 events ends here
_DTMF_TO_LINE_DBM0 = -10.0
_DTMF_ON_MS, _DTMF_OFF_MS = 100, 80  # ETSI ES 201 235-2: 65 ms each are enough; old receivers like more
# The echo of a digit that we play comes back within the line's tail, and the receiver is late by 40 ms.
_OWN_DIGIT_ECHO_MS = 150
# Our own digit may cut one from the telephone in two. Two real ones begin further apart: 40 ms on and 40 ms off, and
# the receiver's steps of 13 ms (ITU-T Q.24).
_CUT_MS = 80
# What is kept in hand against the jitter of two processes; `make bench` shows the delay that it costs.
_TARGET_MS = 3.0
_DEPTH_MAX_MS = 60.0


@dataclass(frozen=True, slots=True)
class LineAudioOptions:
    """How a line's audio is treated; a change counts from the next opening of the line."""

    block_ms: int = 10
    has_echo_canceller: bool = True
    receive_gain_db: float = 0.0
    transmit_gain_db: float = 0.0


class LineAudio:
    """An `AudioPath`; but for `exchange`, every method belongs to the call thread."""

    def __init__(
        self,
        name: str,
        *,
        options: Callable[[], LineAudioOptions],
        on_digit: Callable[[str], None],
        on_tone: Callable[[str], None] | None = None,
    ) -> None:
        self._options = options
        self._on_digit = on_digit
        self._on_tone = on_tone
        self._lock = threading.Lock()
        self._playback: list[tuple[str, Player]] = []
        self._background: Player | None = None
        self._detector: ToneDetector | None = None
        self._is_open = False
        self._up, self._down = _elastic(0.0, "write"), _elastic(0.0, "read")
        self._prepare(options())
        self.port = LinePort(name, self._up, self._down)

    def open(self) -> None:
        """The line's audio starts: fresh buffers, a canceller that knows nothing yet."""
        with self._lock:
            self._prepare(self._options())
            self.port.buffers(self._up, self._down)
            self._is_open = True

    def close(self) -> None:
        """The line's audio stops; what was still to be played is forgotten."""
        with self._lock:
            self._is_open = False
            self._playback.clear()
            self._background = None

    def play(self, sound: Rendered | None) -> None:
        """Play a tone instead of what the bridge sends, until it ends or `play(None)`."""
        with self._lock:
            self._background = None if sound is None else Player(sound)

    def listen(self, detector: ToneDetector | None) -> None:
        """Tell `on_tone` what this detector recognises, until the line closes."""
        self._detector = detector

    def play_digit(self, digit: str) -> None:
        """Play a DTMF digit on top of everything; digits queue up, and beyond a cap are dropped."""
        tone = Rendered(dtmf(digit, dbm0=_DTMF_TO_LINE_DBM0, on_ms=_DTMF_ON_MS, off_ms=_DTMF_OFF_MS), None)
        with self._lock:
            if len(self._playback) < _PLAYBACK_CAP:
                self._playback.append((digit, Player(tone)))

    @property
    def is_playing_digits(self) -> bool:
        """Digits are still being played."""
        return bool(self._playback)

    def exchange(self, block: bytes, played: bytes) -> bytes:
        """Take a block from the line, with what the line played meanwhile; give the next block for it."""
        canceller = self._canceller
        is_fitting = len(block) == len(played) == self._block_bytes  # else of a stream that just ended
        heard = canceller.process(block, played) if canceller and is_fitting else block
        heard = _scaled(heard, self._receive_gain)
        heard = self._detect(heard)
        self._up.write(heard)
        return _scaled(self._next(len(block)), self._transmit_gain)

    def state(self) -> "LineAudioState | None":
        """Figures for the status; None while the line is closed."""
        if not self._is_open:
            return None
        canceller = self._canceller
        return LineAudioState(
            up=self._up.snapshot(),
            down=self._down.snapshot(),
            has_echo_canceller=canceller is not None,
            erl_db=canceller.erl_db if canceller else None,
            erle_db=canceller.erle_db if canceller else None,
        )

    def _prepare(self, options: LineAudioOptions) -> None:
        block_samples = _SAMPLE_RATE_HZ * options.block_ms // 1000
        self._block_bytes = 2 * block_samples
        self._canceller = EchoCanceller(block_samples) if options.has_echo_canceller else None
        self._receive_gain = 10 ** (options.receive_gain_db / 20)
        self._transmit_gain = 10 ** (options.transmit_gain_db / 20)
        self._dtmf = DtmfReceiver()
        self._echoes_ms: dict[str, int] = {}  # how long yet a digit that is heard may be our own
        self._heard_ms: dict[str, int] = {}  # how long yet it may be the rest of one that was heard
        self._detector = None
        self._background = None
        # A clock that drifted in the last call drifts in the next.
        self._up = _elastic(self._up.snapshot().drift_ppm, "write")
        self._down = _elastic(self._down.snapshot().drift_ppm, "read")

    def _detect(self, heard: bytes) -> bytes:
        for digit in self._dtmf.feed(heard):
            if digit not in self._echoes_ms and not (self._echoes_ms and digit in self._heard_ms):
                self._on_digit(digit)
            self._heard_ms[digit] = _CUT_MS
        self._echoes_ms = _aged(self._echoes_ms, len(heard) // 16)
        self._heard_ms = _aged(self._heard_ms, len(heard) // 16)
        detector = self._detector
        if detector is not None and self._on_tone is not None:
            name = detector.feed(heard)
            if name is not None:
                self._on_tone(name)
        # The far end gets the digit as RFC 4733 or as a fresh tone; twice would be two digits.
        return bytes(len(heard)) if self._dtmf.is_tone_on else heard

    def _next(self, size: int) -> bytes:
        bridged = self._down.read(size)
        with self._lock:
            if self._playback:
                digit, player = self._playback[0]
                block = player.read(size)
                self._echoes_ms[digit] = _OWN_DIGIT_ECHO_MS
                if player.is_done:
                    self._playback.pop(0)
                return block
            if self._background is not None:
                block = self._background.read(size)
                if self._background.is_done:
                    self._background = None
                return block
        return bridged


@dataclass(frozen=True, slots=True)
class LineAudioState:
    """Depth, drift and slips of both buffers, and what the echo canceller achieves."""

    up: ElasticState
    down: ElasticState
    has_echo_canceller: bool
    erl_db: float | None
    erle_db: float | None


def _elastic(drift_ppm: float, side: Literal["write", "read"]) -> ElasticBuffer:
    return ElasticBuffer(target_ms=_TARGET_MS, max_ms=_DEPTH_MAX_MS, resample_on=side, drift_ppm=drift_ppm)


def _aged(left_ms: dict[str, int], by_ms: int) -> dict[str, int]:
    return {digit: left - by_ms for digit, left in left_ms.items() if left > by_ms}


def _scaled(block: bytes, gain: float) -> bytes:
    """The block louder or softer, clipped; unchanged at 0 dB."""
    if gain == 1.0:
        return block
    samples = memoryview(block).cast("h")
    scaled = array("h", (max(-32768, min(32767, int(sample * gain))) for sample in samples))
    return scaled.tobytes()
