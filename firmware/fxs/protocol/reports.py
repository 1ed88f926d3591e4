"""What an EVENT reports of a line of the adapter, as bytes. Knows no numbers of events and no timing."""

import enum
from dataclasses import dataclass
from typing import ClassVar, Self, get_args

from firmware.fxs.protocol.wire import Bare, Fields, pack_text


class LineFlags(enum.IntFlag):
    """State of a line when a session begins."""

    LOOP_CLOSED = 1  # FXS: handset lifted
    RINGING = 2  # FXO: within a ring burst
    REVERSED = 4  # FXO: polarity of the battery
    NO_CURRENT = 8  # FXO: no battery, or no loop current when seized
    LIFELINE_CLOSED = 16  # FXS: the relay has the telephone
    FAULT = 32  # a FAULT report follows


@dataclass(frozen=True, slots=True)
class LoopClosed(Bare):
    """FXS: current flows in the loop. Not debounced."""

    CODE: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class LoopOpened(Bare):
    """FXS: the loop is open. Not debounced."""

    CODE: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class BurstStarted(Bare):
    """FXO: a ring burst began."""

    CODE: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class BurstEnded(Bare):
    """FXO: the ring burst ended."""

    CODE: ClassVar[int] = 4


@dataclass(frozen=True, slots=True)
class PolarityReported:
    """FXO: polarity of the battery changed."""

    CODE: ClassVar[int] = 5
    is_reversed: bool

    def to_bytes(self) -> bytes:
        """Arguments as sent."""
        return bytes([self.is_reversed])

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(bool(fields.byte()))


@dataclass(frozen=True, slots=True)
class CurrentReported:
    """FXO: battery or loop current was lost, or is back."""

    CODE: ClassVar[int] = 6
    is_lost: bool

    def to_bytes(self) -> bytes:
        """Arguments as sent."""
        return bytes([self.is_lost])

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(bool(fields.byte()))


@dataclass(frozen=True, slots=True)
class FaultReported:
    """A fault of the line: a code of the maker's and words for people."""

    CODE: ClassVar[int] = 7
    code: int
    text: str

    def to_bytes(self) -> bytes:
        """Arguments as sent."""
        return bytes([self.code]) + pack_text(self.text)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(fields.byte(), fields.text())


@dataclass(frozen=True, slots=True)
class StateReported:
    """How the line is when a session begins: one a line, before any other event of it."""

    CODE: ClassVar[int] = 8
    flags: LineFlags

    def to_bytes(self) -> bytes:
        """Arguments as sent."""
        return bytes([self.flags])

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(LineFlags(fields.byte() & 0x3F))


Report = (
    LoopClosed
    | LoopOpened
    | BurstStarted
    | BurstEnded
    | PolarityReported
    | CurrentReported
    | FaultReported
    | StateReported
)

REPORTS: dict[int, type[Report]] = {report.CODE: report for report in get_args(Report)}
