"""The frames that begin a session or refuse one. Knows no transport and no clock."""

import enum
import struct
from dataclasses import dataclass
from typing import ClassVar, Self

from firmware.fxs.line import LineKind
from firmware.fxs.protocol.wire import BadFrame, Fields, pack_text

VERSION_MAJOR = 1
VERSION_MINOR = 0
LINES_MAX = 16  # two of the largest boxes known; keeps HELLO within a frame

_VERSION = struct.Struct("<BB")
_U32 = struct.Struct("<I")
_LINE = struct.Struct("<BH")


class Capabilities(enum.IntFlag):
    """What a line can do beyond the minimum of its kind."""

    REVERSAL = 1  # FXS: feed reverse
    FEED_OPEN = 2  # FXS: feed open (disconnect signal)
    ON_HOOK_AUDIO = 4  # audio while on-hook: caller ID to the phone, or from the line
    POLARITY_SENSE = 8  # FXO: reports reversal
    CURRENT_SENSE = 16  # FXO: reports loss of battery and of loop current
    PULSE_DIAL = 32  # FXO: dials by loop breaks
    LIFELINE = 64  # the relay joins this FXS line to this adapter's first FXO line


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A line of HELLO's table; its index in the table is its number in all other frames."""

    kind: LineKind
    capabilities: Capabilities = Capabilities(0)


_KINDS = {0: LineKind.FXS, 1: LineKind.FXO}
_KIND_CODES = {kind: code for code, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Hello:
    """Adapter: who I am. Of another major version only the version can be read."""

    TYPE: ClassVar[int] = 0x01
    session: int
    model: str
    serial: str
    firmware: str
    lines: tuple[LineEntry, ...]
    major: int = VERSION_MAJOR
    minor: int = VERSION_MINOR

    def to_bytes(self) -> bytes:
        """Body of the frame; raises BadFrame for too many lines."""
        if len(self.lines) > LINES_MAX:
            raise BadFrame("too many lines")
        texts = pack_text(self.model) + pack_text(self.serial) + pack_text(self.firmware)
        table = b"".join(_LINE.pack(_KIND_CODES[line.kind], line.capabilities) for line in self.lines)
        head = _VERSION.pack(self.major, self.minor) + _U32.pack(self.session)
        return bytes([self.TYPE]) + head + texts + bytes([len(self.lines)]) + table

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        major, minor = fields.take(_VERSION)
        if major != VERSION_MAJOR:
            return cls(0, "", "", "", (), major, minor)
        (session,) = fields.take(_U32)
        model, serial, firmware = fields.text(), fields.text(), fields.text()
        count = fields.byte()
        if count > LINES_MAX:
            raise BadFrame("too many lines")
        lines = tuple(_parse_line(fields) for _ in range(count))
        return cls(session, model, serial, firmware, lines, major, minor)


def _parse_line(fields: Fields) -> LineEntry:
    kind, capabilities = fields.take(_LINE)
    if kind not in _KINDS:
        raise BadFrame("unknown kind of line")
    return LineEntry(_KINDS[kind], Capabilities(capabilities & 0x7F))


@dataclass(frozen=True, slots=True)
class HelloRequest:
    """Host: end any session and say HELLO."""

    TYPE: ClassVar[int] = 0x02
    major: int = VERSION_MAJOR
    minor: int = VERSION_MINOR

    def to_bytes(self) -> bytes:
        """Body of the frame."""
        return bytes([self.TYPE, self.major, self.minor])

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(*fields.take(_VERSION))


@dataclass(frozen=True, slots=True)
class HostHello:
    """Host: I take the session that HELLO offers."""

    TYPE: ClassVar[int] = 0x03
    session: int
    major: int = VERSION_MAJOR
    minor: int = VERSION_MINOR

    def to_bytes(self) -> bytes:
        """Body of the frame."""
        return bytes([self.TYPE, self.major, self.minor]) + _U32.pack(self.session)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        major, minor = fields.take(_VERSION)
        (session,) = fields.take(_U32)
        return cls(session, major, minor)


@dataclass(frozen=True, slots=True)
class Refuse:
    """Host: I do not work with this adapter, in words."""

    TYPE: ClassVar[int] = 0x04
    text: str

    def to_bytes(self) -> bytes:
        """Body of the frame."""
        return bytes([self.TYPE]) + pack_text(self.text)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(fields.text())
