"""Bounded fields of the adapter protocol: integers and text, or none at all. Knows no frame."""

import struct
from dataclasses import dataclass
from typing import ClassVar, Self

TEXT_MAX_BYTES = 48  # model, serial number, version, reason: enough for words, and HELLO stays under a frame


class BadFrame(ValueError):
    """The bytes do not follow the protocol."""


def pack_text(text: str) -> bytes:
    """Length byte and UTF-8, cut at TEXT_MAX_BYTES between characters."""
    raw = text.encode("utf-8", "replace")[:TEXT_MAX_BYTES]
    raw = raw.decode("utf-8", "ignore").encode("utf-8")
    return bytes([len(raw)]) + raw


class Fields:
    """Reads fields one after another; raises BadFrame where they end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0

    def take(self, layout: struct.Struct) -> tuple[int, ...]:
        """The next integers of `layout`."""
        end = self._offset + layout.size
        if end > len(self._data):
            raise BadFrame("too short")
        values: tuple[int, ...] = layout.unpack_from(self._data, self._offset)
        self._offset = end
        return values

    def byte(self) -> int:
        """The next unsigned byte."""
        return self.raw(1)[0]

    def raw(self, count: int) -> bytes:
        """The next `count` bytes."""
        end = self._offset + count
        if end > len(self._data):
            raise BadFrame("too short")
        taken = self._data[self._offset : end]
        self._offset = end
        return taken

    def rest(self) -> bytes:
        """Everything not read yet."""
        return self.raw(len(self._data) - self._offset)

    def text(self) -> str:
        """A text; what is not printable becomes `?`, since it ends up in logs and on the page."""
        count = self.byte()
        if count > TEXT_MAX_BYTES:
            raise BadFrame("text too long")
        text = self.raw(count).decode("utf-8", "replace")
        return "".join(c if c.isprintable() else "?" for c in text)


@dataclass(frozen=True, slots=True)
class Bare:
    """An order or a report without arguments."""

    CODE: ClassVar[int] = 0

    def to_bytes(self) -> bytes:
        """No arguments."""
        return b""

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse."""
        return cls()
