"""Audio blocks of one line of the adapter: paced by its clock, each answer in its own time. Knows no frame."""

from collections.abc import Callable
from typing import Protocol

from firmware.fxs.line import BYTES_PER_SAMPLE
from firmware.fxs.protocol.frames import NONE_PLAYED
from firmware.fxs.simulator.clock import Due, Timeline, samples_of
from firmware.fxs.simulator.party import silence

_AHEAD_OVER_PRIME = 4  # docs/adapter-protocol.md section 6: what lies further ahead is dropped
_CATCH_UP = samples_of(1000)  # a process that was stopped for longer leaves blocks out, as a reset codec would


class Wires(Protocol):
    """The analogue side of a line."""

    def speak(self, start: int, count: int, sent: bytes) -> bytes:
        """What comes from the line from sample `start` on while `sent` goes into it."""
        ...

    def hear(self, start: int, pcm: bytes) -> None:
        """What goes into the line from sample `start` on."""
        ...


class LineAudio:
    """Sends a block each block time while started, and plays what it is given, by the rules of section 6."""

    def __init__(self, timeline: Timeline, wires: Wires) -> None:
        # takes a block's number, its audio, and the number of the host's block that sounded meanwhile
        self.send: Callable[[int, bytes, int], None] = lambda number, pcm, played: None
        self.starved = 0
        self.dropped = 0
        self.is_muted = False  # during a ring burst: sends silence, plays nothing
        self._timeline = timeline
        self._wires = wires
        self._due: Due | None = None
        self._count = 0
        self._number = 0
        self._prime = 0
        self._is_answered = False
        self._waiting: dict[int, bytes] = {}
        self._playing = b""
        self._played = NONE_PLAYED

    @property
    def is_on(self) -> bool:
        """Whether blocks flow."""
        return self._due is not None

    def start(self, block_ms: int, prime_blocks: int) -> None:
        """Start, or start afresh; the first whole block from now is number 0."""
        self.stop()
        self._count = samples_of(block_ms)
        self._number = 0
        self._prime = prime_blocks
        self._is_answered = False
        self._playing = silence(self._count)
        self._played = NONE_PLAYED
        # One clock for all codecs: blocks of all lines end together, and leave in one write.
        self._plan((-(-self._timeline.now // self._count) + 1) * self._count)

    def stop(self) -> None:
        """No more blocks, either way."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._waiting.clear()

    def receive(self, number: int, pcm: bytes) -> None:
        """A block to play, by the host's number."""
        if not self.is_on:
            return
        ahead = (number - self._due_number()) & 0xFFFF  # a late one lies nearly 65536 ahead
        if len(pcm) != BYTES_PER_SAMPLE * self._count or ahead > self._prime + _AHEAD_OVER_PRIME:
            self.dropped += 1
            return
        self._waiting[number] = pcm

    def _plan(self, sample: int) -> None:
        self._due = self._timeline.at(sample, self._tick)

    def _tick(self) -> None:
        now, count = self._timeline.now, self._count
        quiet = self.is_muted
        block = silence(count) if quiet else self._wires.speak(now - count, count, self._playing)
        self.send(self._number, block, self._played)
        self._playing = self._next_block()
        self._number = (self._number + 1) & 0xFFFF
        if not quiet:
            self._wires.hear(now, self._playing)
        if self._due is not None:  # sending may have found out that the session is over
            self._plan(now + count + self._skipped())

    def _due_number(self) -> int:
        """Of the answer that sounds next: while block n is sampled, it is that to block n - prime_blocks."""
        return (self._number - self._prime) & 0xFFFF

    def _next_block(self) -> bytes:
        number = self._due_number()
        pcm = self._waiting.pop(number, None)
        self._played = NONE_PLAYED
        if pcm is None:
            self.starved += self._is_answered
            return silence(self._count)
        self._is_answered = True
        if self.is_muted:
            return silence(self._count)
        self._played = number
        return pcm

    def _skipped(self) -> int:
        """Samples to leave out, and their blocks' numbers, because this process came too late for them."""
        late = self._timeline.target - self._timeline.now
        if late <= _CATCH_UP:
            return 0
        blocks = late // self._count
        self._waiting.clear()
        self._number = (self._number + blocks) & 0xFFFF
        return int(blocks * self._count)
