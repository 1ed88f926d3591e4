"""What is kept of a call and of a security event, as plain values that a database takes. Knows no database."""

import math
from dataclasses import dataclass, fields, replace
from typing import Any

TEXT_MAX = 256  # a display name comes from outside and is repeated on pages, in exports and mails
NUMBER_MAX = 64  # RFC 3261 user parts may be longer; E.164 has 15 digits
_HISTORY_MAX = 64  # steps; a call that is transferred more often than that is a loop
_INTEGER_MAX = 2**53  # what JSON and spreadsheets still tell apart

UP, ENDED, INTERRUPTED = "up", "ended", "interrupted"
IN, OUT, INTERNAL = "in", "out", "internal"
USUAL_CAUSE = "NORMAL"
_RINGING = ("extension", "group")  # where somebody could have answered; services and codes are no missed calls
INTERRUPTED_CAUSE, INTERRUPTED_Q850 = "INTERRUPTED", 41  # Q.850: temporary failure


@dataclass(frozen=True, slots=True)
class Quality:
    """How a leg over RTP sounded: loss in percent, times in ms, MOS 1 to 4.5; None: not known."""

    codec: str = ""
    loss_percent: float | None = None
    jitter_ms: float | None = None
    round_trip_ms: float | None = None
    mos: float | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call. `*_at` are seconds since the epoch (UTC), `utc_offset_s` what local time was ahead of it then.

    `state` is "up", "ended", or "interrupted" (the power failed; `ended_at` is right to 10 s then). `dialled` is a
    Destination as text. `history` tells in order what happened ("forwarded:101"); `linked` is the id of another call.
    """

    id: str
    started_at: float
    utc_offset_s: int = 0
    answered_at: float | None = None
    ended_at: float | None = None
    source_number: str = ""
    source_name: str = ""
    is_withheld: bool = False
    source_extension: str = ""
    source_address: str = ""
    source_trunk: str = ""
    dialled: str = ""
    destination_kind: str = ""
    destination_number: str = ""
    destination_address: str = ""
    trunk: str = ""
    answered_by: str = ""
    billed_s: int = 0
    cause: str = ""
    q850: int = 0
    history: tuple[str, ...] = ()
    linked: str = ""
    source_quality: Quality | None = None
    destination_quality: Quality | None = None
    state: str = UP
    key: int = 0

    @property
    def direction(self) -> str:
        """ "in" where it came by a trunk (even if it left again), "out" where it left by one, else "internal"."""
        return IN if self.source_trunk else OUT if self.trunk else INTERNAL

    @property
    def is_missed(self) -> bool:
        """Nobody here took it."""
        is_for_us = self.direction == IN or (self.direction == INTERNAL and self.destination_kind in _RINGING)
        return is_for_us and self.state != UP and self.answered_at is None

    @property
    def parties(self) -> frozenset[str]:
        """The numbers by which it is found."""
        dialled = self.dialled.partition(":")[2]
        numbers = (self.source_number, self.source_extension, dialled, self.destination_number, self.answered_by)
        return frozenset(filter(None, numbers))


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """Something that may be an attack, `count` times between `began_at` and `last_at` (seconds since the epoch)."""

    kind: str
    source: str
    words: str
    began_at: float
    last_at: float
    count: int = 1
    key: int = 0


@dataclass(frozen=True, slots=True)
class TrunkState:
    """How a trunk was from `began_at` to `ended_at` (seconds since the epoch; None: it still is), `words` about it.

    Between two of them that do not meet, the box was off.
    """

    trunk: str
    state: str
    words: str
    began_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class LineSample:
    """What an analogue line's audio was like in a call; `slips` since the sample before. None: not known."""

    line: str
    at: float
    erle_db: float | None = None
    depth_ms: float | None = None
    slips: int = 0
    drift_ppm: float | None = None


def cleaned_sample(sample: LineSample) -> LineSample:
    """With every value in its bounds."""
    figures = {name: _sane(getattr(sample, name)) for name in ("erle_db", "depth_ms", "drift_ppm")}
    slips = max(0, min(int(sample.slips), _INTEGER_MAX))
    return replace(sample, line=cleaned(sample.line, NUMBER_MAX), at=_sane(sample.at) or 0.0, slips=slips, **figures)


def cleaned(text: object, length_max: int = TEXT_MAX) -> str:
    """`text` as it may be stored and shown: printable (no control and no bidi characters), and no longer."""
    words = str(text)[: length_max + 1]
    if len(words) > length_max:
        words = words[: length_max - 1] + "…"
    return "".join(character if character.isprintable() else "?" for character in words)


def cleaned_call(record: CallRecord) -> CallRecord:
    """The record with every value in its bounds, whatever it was filled with: what a database surely takes."""
    changes: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, str):
            changes[field.name] = cleaned(value, NUMBER_MAX if field.name.endswith("_number") else TEXT_MAX)
        elif isinstance(value, float) and not math.isfinite(value):
            changes[field.name] = 0.0 if field.name == "started_at" else None
        elif isinstance(value, int):
            changes[field.name] = max(-_INTEGER_MAX, min(int(value), _INTEGER_MAX))
        elif isinstance(value, Quality):
            changes[field.name] = _cleaned_quality(value)
    history = tuple(cleaned(step) for step in record.history[:_HISTORY_MAX])
    return replace(record, **changes | {"history": history, "is_withheld": bool(record.is_withheld)})


def _cleaned_quality(quality: Quality) -> Quality:
    figures = (quality.loss_percent, quality.jitter_ms, quality.round_trip_ms, quality.mos)
    return Quality(cleaned(quality.codec), *map(_sane, figures))


def _sane(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None
