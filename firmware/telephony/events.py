"""The neutral words of a call, shared by ports, trunks and the exchange. No SIP, no line, no clock."""

import enum
import re
from dataclasses import dataclass

from firmware.fxs.line import Caller

__all__ = ["Caller", "Cause", "Destination"]

# A code of 20 letters with a number of 32 digits behind it has room.
_DESTINATION = re.compile(r"([a-z]+):([A-Za-z0-9*#+._-]{1,64})")


@dataclass(frozen=True, slots=True)
class CauseFacts:
    """One row of the cause table: Q.850 value, SIP status, tone for the caller, words for people."""

    q850: int
    sip: int
    tone: str
    words: str


class Cause(enum.Enum):
    """Why a call ended. The one table between SIP status, Q.850, what the caller hears and words."""

    NORMAL = CauseFacts(16, 603, "busy", "hung up")
    BUSY = CauseFacts(17, 486, "busy", "busy")
    NO_ANSWER = CauseFacts(19, 480, "congestion", "no answer")
    CANCELLED = CauseFacts(16, 487, "congestion", "the caller gave up")
    UNREACHABLE = CauseFacts(20, 480, "congestion", "not reachable")
    REJECTED = CauseFacts(21, 603, "busy", "rejected")
    UNKNOWN_NUMBER = CauseFacts(1, 404, "sit", "no such number")
    INVALID_NUMBER = CauseFacts(28, 484, "sit", "number not complete")
    BARRED = CauseFacts(57, 403, "sit", "barred")
    NO_CHANNEL = CauseFacts(34, 503, "congestion", "all voice channels in use")
    MOVED = CauseFacts(23, 480, "congestion", "sent elsewhere")  # Q.850 redirection to new destination
    LOOP = CauseFacts(25, 482, "congestion", "forwards lead in a circle")  # Q.850 exchange routing error
    PREEMPTED = CauseFacts(8, 503, "congestion", "ended for an emergency call")
    NETWORK = CauseFacts(38, 503, "congestion", "the way there is out of order")
    NO_ROUTE = CauseFacts(3, 503, "congestion", "no trunk is ready for outside calls")
    DEVICE_LOST = CauseFacts(27, 480, "congestion", "the adapter was lost")
    MEDIA = CauseFacts(88, 488, "congestion", "no common codec or encryption")
    TIMEOUT = CauseFacts(102, 408, "congestion", "the far end did not respond")
    FAILED = CauseFacts(41, 500, "congestion", "failed")

    @property
    def facts(self) -> CauseFacts:
        """The row of this cause."""
        return self.value

    @classmethod
    def from_sip(cls, status: int) -> "Cause":
        """The cause of a final SIP status (RFC 3398 section 8.2.6.1 where it speaks of one)."""
        if 200 <= status < 300:
            return cls.NORMAL
        if 300 <= status < 400:
            return cls.MOVED
        return _BY_SIP.get(status) or (cls.REJECTED if status >= 600 else cls.FAILED)


_BY_SIP = {
    401: Cause.REJECTED,
    403: Cause.BARRED,
    404: Cause.UNKNOWN_NUMBER,
    407: Cause.REJECTED,
    408: Cause.TIMEOUT,
    410: Cause.UNKNOWN_NUMBER,
    415: Cause.MEDIA,
    480: Cause.UNREACHABLE,
    484: Cause.INVALID_NUMBER,
    482: Cause.LOOP,
    483: Cause.LOOP,
    486: Cause.BUSY,
    487: Cause.CANCELLED,
    488: Cause.MEDIA,
    502: Cause.NETWORK,
    503: Cause.NETWORK,
    504: Cause.TIMEOUT,
    600: Cause.BUSY,
    603: Cause.REJECTED,
    604: Cause.UNKNOWN_NUMBER,
    606: Cause.MEDIA,
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a call can be sent, written `kind:value`: `extension:11`, `group:all`, `number:+4930...`."""

    kind: str
    value: str

    @classmethod
    def parse(cls, text: str) -> "Destination":
        """Read `kind:value`; ValueError in words otherwise."""
        match = _DESTINATION.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a destination like extension:11 or group:all")
        return cls(*match.groups())

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"
