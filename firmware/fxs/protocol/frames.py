"""Frames of docs/adapter-protocol.md and their bytes, for both ends. No I/O, no clock."""

import binascii
import struct
from dataclasses import dataclass
from typing import ClassVar, Self, get_args

from cobs import cobs  # type: ignore[import-untyped, unused-ignore]

from firmware.fxs.protocol.hello import (
    LINES_MAX,
    VERSION_MAJOR,
    VERSION_MINOR,
    Capabilities,
    Hello,
    HelloRequest,
    HostHello,
    LineEntry,
    Refuse,
)
from firmware.fxs.protocol.reports import REPORTS, Report
from firmware.fxs.protocol.requests import Ack, Nak, NakCode, Request, UnknownOrder
from firmware.fxs.protocol.wire import BadFrame, Fields

__all__ = [
    "LINES_MAX",
    "MAX_ENCODED_BYTES",
    "NONE_PLAYED",
    "VERSION_MAJOR",
    "VERSION_MINOR",
    "Ack",
    "Audio",
    "BadFrame",
    "Capabilities",
    "Decoder",
    "Event",
    "EventAck",
    "Frame",
    "Heartbeat",
    "Hello",
    "HelloRequest",
    "HostHello",
    "LineEntry",
    "Nak",
    "NakCode",
    "Refuse",
    "Request",
    "UnknownOrder",
    "encode",
]

NONE_PLAYED = 0xFFFF  # the number before 0; once in 65536 blocks it is also that of one that did sound
MAX_FRAME_BYTES = 512  # type to CRC; the largest is HELLO, 20 ms of audio has 328
MAX_ENCODED_BYTES = MAX_FRAME_BYTES + 3  # COBS adds one byte for each 254 begun

_CRC = struct.Struct("<H")
_CRC_INIT = 0xFFFF
_U16 = struct.Struct("<H")
_HEARTBEAT = struct.Struct("<IIHHH")
_EVENT = struct.Struct("<HIBB")
_AUDIO_HEADER = struct.Struct("<BBHH")
_NUMBERS = struct.Struct("<HH")
_BLOCK_BYTES = frozenset((80, 160, 320))  # 5, 10, 20 ms


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Both: I live. Counters of the sender's side, modulo 65536; a host sends no sample."""

    TYPE: ClassVar[int] = 0x05
    session: int
    sample: int = 0
    bad_frames: int = 0
    starved_blocks: int = 0
    dropped_blocks: int = 0

    def to_bytes(self) -> bytes:
        """Body of the frame."""
        counters = (self.bad_frames & 0xFFFF, self.starved_blocks & 0xFFFF, self.dropped_blocks & 0xFFFF)
        return bytes([self.TYPE]) + _HEARTBEAT.pack(self.session, self.sample & 0xFFFFFFFF, *counters)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(*fields.take(_HEARTBEAT))


@dataclass(frozen=True, slots=True)
class Event:
    """Adapter: this happened at `sample`. `report` is None for a kind of a newer minor version."""

    TYPE: ClassVar[int] = 0x20
    number: int
    sample: int
    line: int
    report: Report | None

    def to_bytes(self) -> bytes:
        """Body of the frame."""
        if self.report is None:
            raise BadFrame("no report")
        head = _EVENT.pack(self.number, self.sample & 0xFFFFFFFF, self.line, self.report.CODE)
        return bytes([self.TYPE]) + head + self.report.to_bytes()

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        number, sample, line, code = fields.take(_EVENT)
        kind = REPORTS.get(code)
        return cls(number, sample, line, None if kind is None else kind.from_fields(fields))


@dataclass(frozen=True, slots=True)
class EventAck:
    """Host: all events up to this number have arrived."""

    TYPE: ClassVar[int] = 0x21
    number: int

    def to_bytes(self) -> bytes:
        """Body of the frame."""
        return bytes([self.TYPE]) + _U16.pack(self.number)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame."""
        return cls(*fields.take(_U16))


@dataclass(frozen=True, slots=True)
class Audio:
    """Both: one block, 16-bit linear little-endian at 8 kHz, numbered from 0 at START_AUDIO.

    `played`, from the adapter: the host's block that sounded while this one was sampled.
    """

    TYPE: ClassVar[int] = 0x30
    line: int
    number: int
    samples: bytes
    played: int = NONE_PLAYED

    def to_bytes(self) -> bytes:
        """Body of the frame."""
        return _AUDIO_HEADER.pack(self.TYPE, self.line, self.number, self.played) + self.samples

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """Parse; raises BadFrame for a block of another length than 5, 10 or 20 ms."""
        line, (number, played), samples = fields.byte(), fields.take(_NUMBERS), fields.rest()
        if len(samples) not in _BLOCK_BYTES:
            raise BadFrame("block length")
        return cls(line, number, samples, played)


Frame = Hello | HelloRequest | HostHello | Refuse | Heartbeat | Request | Ack | Nak | Event | EventAck | Audio

_KINDS: dict[int, type[Frame]] = {kind.TYPE: kind for kind in get_args(Frame)}


def encode(frame: Frame) -> bytes:
    """The frame as it goes over the wire, delimiters included; raises BadFrame for what cannot be sent."""
    body = frame.to_bytes()
    if len(body) + _CRC.size > MAX_FRAME_BYTES:
        raise BadFrame("too long")
    # The delimiter in front ends whatever garbage came before, so that it costs no good frame.
    framed: bytes = cobs.encode(body + _CRC.pack(binascii.crc_hqx(body, _CRC_INIT)))
    return b"\0" + framed + b"\0"


class Decoder:
    """Bytes to frames. Holds at most MAX_ENCODED_BYTES; what cannot be a frame is dropped and counted."""

    def __init__(self) -> None:
        self.good = 0
        self.bad = 0
        self._held = b""
        self._is_discarding = False

    @property
    def held_bytes(self) -> int:
        """Bytes of a frame that has not ended."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """Frames that end within `data`. Never raises."""
        *chunks, rest = (self._held + data).split(b"\0")
        frames: list[Frame] = []
        for chunk in chunks:
            if self._is_discarding:
                self._is_discarding = False
            elif chunk:
                self._decode(chunk, frames)
        self._hold(rest)
        return frames

    def _hold(self, rest: bytes) -> None:
        if self._is_discarding:
            self._held = b""
        elif len(rest) > MAX_ENCODED_BYTES:
            self.bad += 1
            self._is_discarding = True
            self._held = b""
        else:
            self._held = rest

    def _decode(self, chunk: bytes, frames: list[Frame]) -> None:
        try:
            frame = _parse(chunk)
        except (BadFrame, cobs.DecodeError):
            self.bad += 1
            return
        self.good += 1
        if frame is not None:
            frames.append(frame)


def _parse(chunk: bytes) -> Frame | None:
    """One frame without its delimiter; None for a type of a newer minor version."""
    if len(chunk) > MAX_ENCODED_BYTES:
        raise BadFrame("too long")
    body = cobs.decode(chunk)
    # A CRC run over its own big-endian value leaves zero; ours is little-endian, hence the comparison.
    if not 3 <= len(body) <= MAX_FRAME_BYTES or binascii.crc_hqx(body[:-2], _CRC_INIT) != body[-2] | body[-1] << 8:
        raise BadFrame("length or CRC")
    if body[0] == Audio.TYPE and len(body) - 8 in _BLOCK_BYTES:  # short cut: nine frames in ten
        return Audio(body[1], body[2] | body[3] << 8, body[6:-2], body[4] | body[5] << 8)
    kind = _KINDS.get(body[0])
    return None if kind is None else kind.from_fields(Fields(body[1:-2]))
