"""The audio of calls: a bridge port per analogue line, sources of sound, and who hears whom.

Media callbacks come on the engine's own threads: they move bytes between ring buffers and do nothing else.
"""

import ctypes
import logging
import threading
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pjsua2 as pj

from firmware.dsp.elastic import ElasticBuffer, ElasticState
from firmware.dsp.progress import ToneDetector
from firmware.dsp.spandsp import DtmfReceiver, dtmf, tones
from firmware.dsp.speex import EchoCanceller
from firmware.telephony.tones import Rendered

_LOG = logging.getLogger(__name__)

SAMPLE_RATE_HZ = 8000
_BRIDGE_MS = 20
_BRIDGE_BYTES = SAMPLE_RATE_HZ * _BRIDGE_MS // 1000 * 2
_PLAYBACK_CAP = 64  # DTMF digits that wait to be played to a telephone; a flood of RFC 4733 events ends here
_DTMF_TO_LINE_DBM0 = -10.0
# What is kept in hand against the jitter of two processes; `make bench` shows the delay that it costs.
_TARGET_MS = 5.0
_DEPTH_MAX_MS = 60.0

Media = pj.AudioMedia
"""What the bridge can join: a call's stream, a line, a source."""


class EngineBridge:
    """Who hears whom, as the exchange wants it. Call thread only."""

    def join(self, one: Any, other: Any) -> None:
        """Let two media hear each other."""
        one.startTransmit(other)
        other.startTransmit(one)

    def part(self, one: Any, other: Any) -> None:
        """Undo `join`; media that are gone already are passed over."""
        for source, sink in ((one, other), (other, one)):
            try:
                source.stopTransmit(sink)
            except pj.Error as error:
                _LOG.debug("part: %s", error.info())


def _audio_format() -> pj.MediaFormatAudio:
    audio = pj.MediaFormatAudio()
    audio.init(pj.PJMEDIA_FORMAT_PCM, SAMPLE_RATE_HZ, 1, _BRIDGE_MS * 1000, 16)
    return audio


def _storage(vector: pj.ByteVector) -> int:
    # std::vector begins with the pointer to its storage in every C++ library that we meet;
    # memmove on it costs 0.2 % of a core a port, a Python list in between 1.6 %.
    return ctypes.c_void_p.from_address(int(vector.this)).value or 0


class _BridgePort(pj.AudioMediaPort):  # type: ignore[misc]
    """A line's port on the bridge: 20 ms out of one elastic buffer, 20 ms into the other."""

    def __init__(self, name: str, up: ElasticBuffer, down: ElasticBuffer) -> None:
        super().__init__()
        self._up = up
        self._down = down
        self._vector = pj.ByteVector(_BRIDGE_BYTES)
        self._address = _storage(self._vector)
        self.createPort(name, _audio_format())

    def buffers(self, up: ElasticBuffer, down: ElasticBuffer) -> None:
        """Use these from now on."""
        self._up, self._down = up, down

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        self._up.read_into(self._address, _BRIDGE_BYTES)
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf = self._vector
        frame.size = _BRIDGE_BYTES

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        if frame.size:
            buffer = frame.buf
            self._down.write_from(_storage(buffer), frame.size)


class Source(pj.AudioMediaPort):  # type: ignore[misc]
    """Plays samples into the bridge once or in a loop; `on_end` comes on a media thread."""

    def __init__(self, name: str, sound: Rendered, on_end: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._player = Player(sound)
        self._on_end = on_end
        self._vector = pj.ByteVector(_BRIDGE_BYTES)
        self._address = _storage(self._vector)
        self.createPort(name, _audio_format())

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        ctypes.memmove(self._address, self._player.read(_BRIDGE_BYTES), _BRIDGE_BYTES)
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf = self._vector
        frame.size = _BRIDGE_BYTES
        if self._player.is_done and self._on_end is not None:
            on_end, self._on_end = self._on_end, None
            on_end()


class Echo(pj.AudioMediaPort):  # type: ignore[misc]
    """Gives back what it hears, a bridge tick later."""

    def __init__(self) -> None:
        super().__init__()
        self._vector = pj.ByteVector(_BRIDGE_BYTES)
        self._address = _storage(self._vector)
        self.createPort("echo", _audio_format())

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf = self._vector
        frame.size = _BRIDGE_BYTES

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        buffer = frame.buf
        ctypes.memmove(self._address, _storage(buffer), min(frame.size, _BRIDGE_BYTES))


def milliwatt() -> Rendered:
    """1 kHz at 0 dBm0 for ever (ITU-T G.711 section 5): what levels are measured with."""
    return Rendered(tones([1000.0], 0.0, 1000), 0)


class Player:
    """Reads a rendered sound in blocks: to its end, or round from `loop_from` for ever."""

    def __init__(self, sound: Rendered) -> None:
        self._sound = sound
        self._at = 0

    @property
    def is_done(self) -> bool:
        """All was read; never true of a loop."""
        return self._sound.loop_from is None and self._at >= len(self._sound.pcm)

    def read(self, size: int) -> bytes:
        """The next `size` bytes, silence after the end."""
        pcm, loop_from = self._sound.pcm, self._sound.loop_from
        out = pcm[self._at : self._at + size]
        self._at += len(out)
        while len(out) < size and loop_from is not None and len(pcm) > loop_from:
            more = pcm[loop_from : loop_from + size - len(out)]
            self._at = loop_from + len(more)
            out += more
        return out + bytes(size - len(out))


@dataclass(frozen=True, slots=True)
class LineAudioOptions:
    """How a line's audio is treated; a change counts from the next opening of the line."""

    block_ms: int = 10
    has_echo_canceller: bool = True
    receive_gain_db: float = 0.0
    transmit_gain_db: float = 0.0


class LineAudio:
    """One analogue line between adapter and bridge, in the order of the design: echo canceller, gain,
    detectors, elastic buffer. `exchange` runs on the adapter's reader thread, the rest on the call thread."""

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
        self._playback: list[Player] = []
        self._background: Player | None = None
        self._detector: ToneDetector | None = None
        self._is_open = False
        self._up, self._down = _elastic(0.0, "write"), _elastic(0.0, "read")
        self._prepare(options())
        self.port = _BridgePort(name, self._up, self._down)

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
        tone = Rendered(dtmf(digit, dbm0=_DTMF_TO_LINE_DBM0, on_ms=100, off_ms=80), None)
        with self._lock:
            if len(self._playback) < _PLAYBACK_CAP:
                self._playback.append(Player(tone))

    @property
    def is_playing_digits(self) -> bool:
        """Digits are still being played."""
        return bool(self._playback)

    def exchange(self, block: bytes, played: bytes) -> bytes:
        """Take a block from the line, with what the line played meanwhile; give the next block for it."""
        heard = self._canceller.process(block, played) if self._canceller else block
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
        block_samples = SAMPLE_RATE_HZ * options.block_ms // 1000
        self._canceller = EchoCanceller(block_samples) if options.has_echo_canceller else None
        self._receive_gain = 10 ** (options.receive_gain_db / 20)
        self._transmit_gain = 10 ** (options.transmit_gain_db / 20)
        self._dtmf = DtmfReceiver()
        self._detector = None
        self._background = None
        # A clock that drifted in the last call drifts in the next.
        self._up = _elastic(self._up.snapshot().drift_ppm, "write")
        self._down = _elastic(self._down.snapshot().drift_ppm, "read")

    def _detect(self, heard: bytes) -> bytes:
        for digit in self._dtmf.feed(heard):
            self._on_digit(digit)
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
                player = self._playback[0]
                block = player.read(size)
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


def _scaled(block: bytes, gain: float) -> bytes:
    """The block louder or softer, clipped; unchanged at 0 dB."""
    if gain == 1.0:
        return block
    samples = memoryview(block).cast("h")
    scaled = array("h", (max(-32768, min(32767, int(sample * gain))) for sample in samples))
    return scaled.tobytes()
