"""What a REQUEST tells a line of the adapter, as bytes. Knows no sequence numbers and no timing."""

import struct
from dataclasses import dataclass
from typing import ClassVar, Self, get_args

from firmware.fxs.line import Feed
from firmware.fxs.protocol.wire import BadFrame, Bare, Fields

CADENCE_MAX = 16  # as many times as the longest distinctive ringing known, twice over
PULSE_DIGITS_MAX = 64  # longer than any number; the adapter's queue
BREAKS_MAX = 12  # 1..10 are digits; 11 and 12 are * and # where an exchange knows them
BLOCKS_MS = (5, 10, 20)
PRIME_BLOCKS_MAX = 16  # a third of a second at 20 ms: nobody talks over more

_U16 = struct.Struct("<H")
_PULSES = struct.Struct("<BBHB")


@dataclass(frozen=True, slots=True)
class StartRinging:
    """On and off times in ms. An even count repeats until stopped; an odd count is played once."""

    CODE: ClassVar[int] = 1
    cadence_ms: tuple[int, ...]

    def to_bytes(self) -> bytes:
        """Arguments as sent; raises BadFrame for a cadence that cannot be sent."""
        if not 1 <= len(self.cadence_ms) <= CADENCE_MAX or not all(1 <= t <= 0xFFFF for t in self.cadence_ms):
            raise BadFrame("cadence")
        return struct.pack(f"<B{len(self.cadence_ms)}H", len(self.cadence_ms), *self.cadence_ms)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        count = fields.byte()
        if not 1 <= count <= CADENCE_MAX:
            raise BadFrame("cadence")
        cadence = fields.take(struct.Struct(f"<{count}H"))
        if 0 in cadence:
            raise BadFrame("cadence")
        return cls(cadence)


@dataclass(frozen=True, slots=True)
class StopRinging(Bare):
    """Stop ringing at once, also within a burst."""

    CODE: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class FeedLine:
    """Battery of an FXS line."""

    CODE: ClassVar[int] = 3
    feed: Feed

    def to_bytes(self) -> bytes:
        """Arguments as sent."""
        return bytes([self.feed.value])

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame for an unknown feed."""
        try:
            return cls(Feed(fields.byte()))
        except ValueError as error:
            raise BadFrame("feed") from error


@dataclass(frozen=True, slots=True)
class SeizeLine(Bare):
    """Close the loop of an FXO line."""

    CODE: ClassVar[int] = 4


@dataclass(frozen=True, slots=True)
class ReleaseLine(Bare):
    """Open the loop of an FXO line; ends a break or dialling under way."""

    CODE: ClassVar[int] = 5


@dataclass(frozen=True, slots=True)
class BreakLoop:
    """Hook flash on a seized FXO line, in ms."""

    CODE: ClassVar[int] = 6
    break_ms: int

    def to_bytes(self) -> bytes:
        """Arguments as sent."""
        return _U16.pack(self.break_ms)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(*fields.take(_U16))


@dataclass(frozen=True, slots=True)
class PulseDial:
    """Loop breaks per digit on a seized FXO line: (3, 10) is "30" where ten breaks are a zero."""

    CODE: ClassVar[int] = 7
    break_ms: int
    make_ms: int
    gap_ms: int
    breaks: tuple[int, ...]

    def to_bytes(self) -> bytes:
        """Arguments as sent; raises BadFrame for what cannot be sent."""
        if not _is_dialable(self.breaks) or not (1 <= self.break_ms <= 255 and 1 <= self.make_ms <= 255):
            raise BadFrame("pulses")
        return _PULSES.pack(self.break_ms, self.make_ms, self.gap_ms, len(self.breaks)) + bytes(self.breaks)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        break_ms, make_ms, gap_ms, count = fields.take(_PULSES)
        breaks = tuple(fields.raw(count))
        if not _is_dialable(breaks) or not (break_ms and make_ms):
            raise BadFrame("pulses")
        return cls(break_ms, make_ms, gap_ms, breaks)


def _is_dialable(breaks: tuple[int, ...]) -> bool:
    return 1 <= len(breaks) <= PULSE_DIGITS_MAX and all(1 <= b <= BREAKS_MAX for b in breaks)


@dataclass(frozen=True, slots=True)
class SwitchLifeline:
    """Close the relay that joins the first telephone to the outside line, or open it."""

    CODE: ClassVar[int] = 8
    is_closed: bool

    def to_bytes(self) -> bytes:
        """Arguments as sent."""
        return bytes([self.is_closed])

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(bool(fields.byte()))


@dataclass(frozen=True, slots=True)
class StartAudio:
    """Audio both ways in blocks of 5, 10 or 20 ms; `prime_blocks` is how many block times the host has to answer."""

    CODE: ClassVar[int] = 9
    block_ms: int
    prime_blocks: int = 2

    def to_bytes(self) -> bytes:
        """Arguments as sent; raises BadFrame for another block length, or no time to answer."""
        if self.block_ms not in BLOCKS_MS or not 1 <= self.prime_blocks <= PRIME_BLOCKS_MAX:
            raise BadFrame("block length")
        return bytes([self.block_ms, self.prime_blocks])

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        block_ms, prime_blocks = fields.raw(2)
        if block_ms not in BLOCKS_MS or not 1 <= prime_blocks <= PRIME_BLOCKS_MAX:
            raise BadFrame("block length")
        return cls(block_ms, prime_blocks)


@dataclass(frozen=True, slots=True)
class StopAudio(Bare):
    """No more audio on the line, either way."""

    CODE: ClassVar[int] = 10


Order = (
    StartRinging
    | StopRinging
    | FeedLine
    | SeizeLine
    | ReleaseLine
    | BreakLoop
    | PulseDial
    | SwitchLifeline
    | StartAudio
    | StopAudio
)

ORDERS: dict[int, type[Order]] = {order.CODE: order for order in get_args(Order)}
