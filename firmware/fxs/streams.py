"""Audio of one session: numbers, losses, one block back for each. Knows no path and no transport."""

from collections.abc import Callable

from firmware.fxs.protocol.frames import LINES_MAX, NONE_PLAYED, Audio, encode
from firmware.fxs.protocol.orders import StartAudio

AUDIO_GAP_MAX = 5  # blocks answered for lost ones, docs/adapter-protocol.md sect. 6
_BYTES_PER_MS = 16
_HISTORY = 64  # blocks of ours that may still sound; the adapter holds a handful


class _Stream:
    __slots__ = ("is_first", "is_told", "lag", "sent", "silence", "up")

    def __init__(self, started: StartAudio) -> None:
        self.silence = bytes(started.block_ms * _BYTES_PER_MS)
        self.lag = started.prime_blocks + 1
        self.is_first = True
        self.up = 0  # number expected next
        self.sent = [self.silence] * _HISTORY  # answers by their number
        self.is_told = False

    def played_during(self, audio: Audio) -> bytes:
        """What sounded on the line while this block was heard: told by the adapter, or reckoned."""
        if audio.played == NONE_PLAYED:
            return self.silence if self.is_told else self.sent[(audio.number - self.lag) % _HISTORY]
        self.is_told = True
        is_kept = 0 < (audio.number - audio.played) & 0xFFFF < _HISTORY
        return self.sent[audio.played % _HISTORY] if is_kept else self.silence


class AudioStreams:
    """Answers each block of a started line; `lost` counts those that never came.

    `exchange` gets the line, the block heard and what sounded meanwhile, and returns the block to be played.
    """

    def __init__(self, exchange: Callable[[int, bytes, bytes], bytes]) -> None:
        self._exchange = exchange
        self._streams: list[_Stream | None] = [None] * LINES_MAX
        self.lost = 0

    def start(self, line: int, started: StartAudio) -> None:
        """The adapter sends blocks of this line from now on, numbered from 0."""
        self._streams[line] = _Stream(started)

    def stop(self, line: int) -> None:
        """What still comes is old."""
        self._streams[line] = None

    def stop_all(self) -> None:
        """The session is over."""
        self._streams = [None] * LINES_MAX

    def answer(self, audio: Audio, out: bytearray) -> None:
        """Append the frames that answer this block; none when it is stray, double or of another length."""
        stream = self._streams[audio.line] if audio.line < LINES_MAX else None
        if stream is None or len(audio.samples) != len(stream.silence):
            return
        if stream.is_first:  # not always 0: blocks may come before the answer to START_AUDIO does
            stream.is_first, stream.up = False, audio.number
        gap = (audio.number - stream.up) & 0xFFFF
        if gap >= 0x8000:
            return
        self.lost += gap
        for missing in range(audio.number - gap if gap <= AUDIO_GAP_MAX else audio.number, audio.number):
            self._play(stream, Audio(audio.line, missing & 0xFFFF, stream.silence), stream.silence, out)
        stream.up = (audio.number + 1) & 0xFFFF
        self._play(stream, audio, stream.played_during(audio), out)

    def _play(self, stream: _Stream, heard: Audio, played: bytes, out: bytearray) -> None:
        block = self._exchange(heard.line, heard.samples, played)
        if len(block) != len(stream.silence):
            block = stream.silence
        out += encode(Audio(heard.line, heard.number, block))
        stream.sent[heard.number % _HISTORY] = block
