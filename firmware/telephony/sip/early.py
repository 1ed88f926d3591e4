"""When a called side is heard before it answers, and when it only rings. Pure: knows no engine and no clock."""

from dataclasses import dataclass, replace
from enum import Enum

# A 18x with SDP promises sound; RFC 3960 section 3.2 has us ring only where no packets come. A media server's first are
# a round trip and its start away: ringback in less time than this would be a blip before its own.
GRACE_S = 0.5
# Speech without comfort noise pauses for a second or so; who says "ringing" after it does not go on speaking.
_PAUSE_S = 1.0
# Said to ring before it was heard: that may be a ringback tone sent without its silence, 5 s long (ITU-T E.180).
_TONE_PAUSE_S = 6.0


class Early(Enum):
    """What is news to the call."""

    RINGS = "rings"
    HEARD = "heard"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Rang:
    """180, 181 or 182, with SDP or without."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """Media were agreed on before the answer, for the first time or anew."""


@dataclass(frozen=True, slots=True)
class Received:
    """So many packets came so far, over all streams."""

    packets: int


@dataclass(frozen=True, slots=True)
class EarlyState:
    """What is known of one leg before its answer; times are monotonic, None: never."""

    is_ringing: bool = False
    is_heard: bool = False
    packets: int = 0
    rang_s: float | None = None
    streamed_s: float | None = None
    received_s: float | None = None


def step(state: EarlyState, event: Rang | Streamed | Received, now_s: float) -> tuple[EarlyState, list[Early]]:
    """Early media take precedence at once, ringback waits until it is clear that there are none."""
    news: list[Early] = []
    if isinstance(event, Rang):
        state = replace(state, rang_s=now_s)
    elif isinstance(event, Streamed) and state.streamed_s is None:
        state, news = replace(state, streamed_s=now_s), [Early.SILENT]
    elif isinstance(event, Received) and event.packets > state.packets:
        state = replace(state, packets=event.packets, received_s=now_s)
    if not state.is_heard and _is_received(state, now_s):
        state = replace(state, is_heard=True)
        news.append(Early.HEARD)
    elif state.is_heard and not _is_received(state, now_s):
        state = replace(state, is_heard=False)
        news.append(Early.SILENT)
    if state.rang_s is not None and not state.is_ringing and (state.is_heard or _is_waited_for(state, now_s)):
        state = replace(state, is_ringing=True)
        news.append(Early.RINGS)
    return state, news


def _is_received(state: EarlyState, now_s: float) -> bool:
    if state.received_s is None:
        return False
    if state.rang_s is None:  # a pause in what is said; nothing else could be heard
        return True
    pause_s = _PAUSE_S if state.rang_s > state.received_s else _TONE_PAUSE_S
    return now_s - state.received_s < pause_s


def _is_waited_for(state: EarlyState, now_s: float) -> bool:
    return state.streamed_s is None or now_s - state.streamed_s >= GRACE_S
