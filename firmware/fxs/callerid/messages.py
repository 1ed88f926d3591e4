"""Messages to a telephone on the hook (data link layer): who calls, and whether messages wait. Built and parsed.

Knows no modem; timing: `plan.py`.
"""

import enum
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from firmware.fxs.line import Caller

GR30_NAME_MAX = 15  # GR-1188 sect. 3: name field
GR30_NUMBER_MAX = 15  # GR-30 leaves it to the service; 15 digits is the longest number of E.164
ETSI_NAME_MAX = 50  # EN 300 659-3 cl. 5.4.6
ETSI_NUMBER_MAX = 20  # EN 300 659-3 cl. 5.4.2
_ABSENT = {"P": True, "O": False}  # reason for absence: is it withheld?
_COUNT_MAX = 255  # EN 300 659-3 cl. 5.4: number of messages, one byte
_INDICATORS = {b"\xff": True, b"\x00": False}  # EN 300 659-3 cl. 5.4: visual indicator
_SDMF_LAMP = {b"B" * 3: True, b"o" * 3: False}  # GR-1401: 0x42 lights it, 0x6F puts it out, each sent three times
_NUMBER_SIGNS = frozenset("0123456789*#")


class Message(enum.IntEnum):
    """Message types of GR-30 sect. 2.4 and EN 300 659-3 cl. 5.2."""

    SDMF_CALL = 0x04
    SDMF_MESSAGE_WAITING = 0x06
    CALL_SETUP = 0x80
    MESSAGE_WAITING = 0x82


class Parameter(enum.IntEnum):
    """Parameter types of GR-1188, GR-31 and EN 300 659-3 cl. 5.3."""

    DATE_AND_TIME = 0x01
    NUMBER = 0x02
    NUMBER_ABSENT = 0x04
    NAME = 0x07
    NAME_ABSENT = 0x08
    VISUAL_INDICATOR = 0x0B
    CALL_TYPE = 0x11
    NUMBER_OF_MESSAGES = 0x13


class BadMessage(ValueError):
    """Not a message of that kind, or one that was damaged on the way."""


@dataclass(frozen=True, slots=True)
class HeardMessage:
    """A call's message: who, and the sender's MMDDHHMM ("" when it sent none or nonsense)."""

    caller: Caller
    date_and_time: str


def build_sdmf(caller: Caller, when: datetime) -> bytes:
    """GR-30 single data message: date, time and number or the reason for its absence."""
    number = _clean_number(caller.number, GR30_NUMBER_MAX)
    shown = _absence(caller) if caller.withheld or not number else number
    return _seal(Message.SDMF_CALL, _stamp(when) + shown.encode("ascii"))


def build_mdmf(caller: Caller, when: datetime) -> bytes:
    """GR-30 multiple data message: date, number and name, each or the reason for its absence."""
    payload = _parameter(Parameter.DATE_AND_TIME, _stamp(when))
    return _seal(Message.CALL_SETUP, payload + _parties(caller, GR30_NUMBER_MAX, GR30_NAME_MAX))


def build_etsi(caller: Caller, when: datetime) -> bytes:
    """EN 300 659-3 call setup: call type (voice), date, number and name or the reasons for their absence."""
    payload = _parameter(Parameter.CALL_TYPE, b"\x01") + _parameter(Parameter.DATE_AND_TIME, _stamp(when))
    return _seal(Message.CALL_SETUP, payload + _parties(caller, ETSI_NUMBER_MAX, ETSI_NAME_MAX))


def build_mdmf_lamp(count: int) -> bytes:
    """GR-1401 in multiple data message format: the lamp of a telephone for which `count` messages wait."""
    return _seal(Message.MESSAGE_WAITING, _indicator(count))


def build_etsi_lamp(count: int) -> bytes:
    """EN 300 659-3 cl. 5.2.2: the lamp, and the number for those that have a display."""
    number = _parameter(Parameter.NUMBER_OF_MESSAGES, bytes([min(count, _COUNT_MAX)]))
    return _seal(Message.MESSAGE_WAITING, _indicator(count) + number)


def parse_lamp(message: bytes) -> bool:
    """Whether a message lamp is to be lit or dark; raises BadMessage."""
    payload = _payload(message)
    if message[0] == Message.SDMF_MESSAGE_WAITING and payload in _SDMF_LAMP:
        return _SDMF_LAMP[payload]
    if message[0] == Message.MESSAGE_WAITING:
        indicator = _parameters(payload).get(Parameter.VISUAL_INDICATOR, b"")
        if indicator in _INDICATORS:
            return _INDICATORS[indicator]
    raise BadMessage("not a lamp's message")


def parse(message: bytes) -> HeardMessage:
    """Type, length, payload, checksum of a call's message; raises BadMessage."""
    payload = _payload(message)
    if message[0] == Message.SDMF_CALL:
        return _parse_sdmf(payload)
    if message[0] == Message.CALL_SETUP:
        return _parse_parameters(payload)
    raise BadMessage("not a call's message")


def clean_text(text: str, length_max: int) -> str:
    """Outside text as a display can show it: printable ASCII, accents dropped, single spaces, cut."""
    plain = unicodedata.normalize("NFKD", text[: 4 * length_max].replace("ß", "ss"))
    kept = (c for c in plain if not unicodedata.combining(c))
    signs = (c if " " <= c <= "~" else " " if c.isspace() else "?" if c.isprintable() else "" for c in kept)
    return " ".join("".join(signs).split())[:length_max].rstrip()


def _clean_number(number: str, length_max: int) -> str:
    """Digits, * and #: displays choke on the rest, and redial from it."""
    return "".join(c for c in number[: 4 * length_max] if c in _NUMBER_SIGNS)[:length_max]


def _absence(caller: Caller) -> str:
    return "P" if caller.withheld else "O"


def _parties(caller: Caller, number_max: int, name_max: int) -> bytes:
    reason = _absence(caller).encode("ascii")
    number = _clean_number(caller.number, number_max)
    name = clean_text(caller.name, name_max)
    if caller.withheld:
        number = name = ""
    shown_number = (
        _parameter(Parameter.NUMBER, number.encode("ascii")) if number else _parameter(Parameter.NUMBER_ABSENT, reason)
    )
    shown_name = _parameter(Parameter.NAME, name.encode("ascii")) if name else _parameter(Parameter.NAME_ABSENT, reason)
    return shown_number + shown_name


def _parameter(kind: Parameter, value: bytes) -> bytes:
    return bytes([kind, len(value)]) + value


def _stamp(when: datetime) -> bytes:
    return f"{when:%m%d%H%M}".encode("ascii")


def _indicator(count: int) -> bytes:
    return _parameter(Parameter.VISUAL_INDICATOR, b"\xff" if count else b"\x00")


def _seal(kind: Message, payload: bytes) -> bytes:
    message = bytes([kind, len(payload)]) + payload
    # GR-30 sect. 2.4, EN 300 659-3 cl. 5: two's complement of the sum of all bytes before.
    return message + bytes([-sum(message) & 0xFF])


def _payload(message: bytes) -> bytes:
    if len(message) < 3 or len(message) != message[1] + 3:
        raise BadMessage("length")
    if sum(message) & 0xFF:
        raise BadMessage("checksum")
    return message[2:-1]


def _parse_sdmf(payload: bytes) -> HeardMessage:
    if len(payload) < 8:
        raise BadMessage("too short")
    shown = _text(payload[8:])
    if shown in _ABSENT:
        return HeardMessage(Caller(withheld=_ABSENT[shown]), _heard_stamp(payload[:8]))
    return HeardMessage(Caller(number=_clean_number(shown, ETSI_NUMBER_MAX)), _heard_stamp(payload[:8]))


def _parameters(payload: bytes) -> dict[int, bytes]:
    values: dict[int, bytes] = {}
    while payload:
        if len(payload) < 2 or len(payload) < 2 + payload[1]:
            raise BadMessage("parameter")
        values.setdefault(payload[0], payload[2 : 2 + payload[1]])
        payload = payload[2 + payload[1] :]
    return values


def _parse_parameters(payload: bytes) -> HeardMessage:
    values = _parameters(payload)
    number = _clean_number(_text(values.get(Parameter.NUMBER, b"")), ETSI_NUMBER_MAX)
    name = clean_text(_text(values.get(Parameter.NAME, b"")), ETSI_NAME_MAX)
    is_withheld = not number and _text(values.get(Parameter.NUMBER_ABSENT, b"")) == "P"
    stamp = _heard_stamp(values.get(Parameter.DATE_AND_TIME, b""))
    return HeardMessage(Caller(number, name, is_withheld), stamp)


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")


def _heard_stamp(raw: bytes) -> str:
    return raw.decode("ascii") if len(raw) == 8 and raw.isdigit() else ""
