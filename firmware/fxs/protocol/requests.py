"""REQUEST and its answers. Knows neither when they are repeated nor what an order does."""

import enum
import struct
from dataclasses import dataclass
from typing import ClassVar, Self

from firmware.fxs.protocol.orders import ORDERS, Order
from firmware.fxs.protocol.wire import BadFrame, Fields

_U16 = struct.Struct("<H")
_REQUEST = struct.Struct("<HBB")


class NakCode(enum.IntEnum):
    """Why a request was not performed."""

    UNKNOWN_LINE = 1
    UNKNOWN_ORDER = 2
    BAD_ARGUMENT = 3
    WRONG_STATE = 4  # ring while lifted, flash while not seized
    BUSY = 5  # the queue of breaks is full
    NOT_CAPABLE = 6
    HARDWARE = 7


@dataclass(frozen=True, slots=True)
class UnknownOrder:
    """An order of a newer minor version, or one with arguments that make no sense: answered with NAK."""

    code: int
    is_malformed: bool


@dataclass(frozen=True, slots=True)
class Request:
    """Host: do this; answered by Ack or Nak of the same number."""

    TYPE: ClassVar[int] = 0x10
    number: int
    line: int
    order: Order | UnknownOrder

    def to_bytes(self) -> bytes:
        """Body of the frame; raises BadFrame for arguments that cannot be sent."""
        if isinstance(self.order, UnknownOrder):
            raise BadFrame("unknown order")
        head = _REQUEST.pack(self.number, self.line, self.order.CODE)
        return bytes([self.TYPE]) + head + self.order.to_bytes()

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame. A bad order still gives a Request, since its number is owed an answer."""
        number, line, code = fields.take(_REQUEST)
        kind = ORDERS.get(code)
        if kind is None:
            return cls(number, line, UnknownOrder(code, is_malformed=False))
        try:
            return cls(number, line, kind.from_fields(fields))
        except BadFrame:
            return cls(number, line, UnknownOrder(code, is_malformed=True))


@dataclass(frozen=True, slots=True)
class Ack:
    """Adapter: the request is being performed."""

    TYPE: ClassVar[int] = 0x11
    number: int

    def to_bytes(self) -> bytes:
        """Body of the frame."""
        return bytes([self.TYPE]) + _U16.pack(self.number)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(*fields.take(_U16))


@dataclass(frozen=True, slots=True)
class Nak:
    """Adapter: the request is not performed. A code not in NakCode is a newer version's."""

    TYPE: ClassVar[int] = 0x12
    number: int
    code: int

    def to_bytes(self) -> bytes:
        """Body of the frame."""
        return bytes([self.TYPE]) + _U16.pack(self.number) + bytes([self.code])

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        (number,) = fields.take(_U16)
        return cls(number, fields.byte())
