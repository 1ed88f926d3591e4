"""Calls on their way into the records, and what each extension remembers of its calls. Never waits for the disk."""

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Protocol

from firmware.records import ENDED, UP, CallRecord, CallRecords, Quality, RecordsUnavailable
from firmware.telephony.summary import CallSummary, LegQuality

CALLS_EACH = 20
"""Calls that are remembered of each extension: call return and redial go back one, lists on telephones no further."""

_EXTENSIONS_MAX = 10_000  # as many as can be set
_BREATH_S = 0.001  # between extensions: a thread that only computes delays the audio of this process


class RecordSink(Protocol):
    """The writer, as it is used here."""

    def post(self, record: CallRecord) -> None: ...


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call of an extension: `number` is the other side's, "" where it withheld it."""

    number: str
    at: float
    is_outgoing: bool
    is_answered: bool


class Journal:
    """`summary` is for the exchange; the questions are for features, on the same thread."""

    def __init__(self, sink: RecordSink) -> None:
        self._sink = sink
        self._past: dict[str, deque[PastCall]] = {}
        self._lock = threading.Lock()

    def summary(self, summary: CallSummary) -> None:
        """A call started, was answered, or is over."""
        record = record_of(summary)
        self._sink.post(record)
        if record.state != UP:
            self._remember(record)

    def load(self, records: CallRecords, extensions: Iterable[str]) -> None:
        """Remember what was before the start; takes a while, so on a thread of its own. Raises RecordsUnavailable."""
        for extension in list(extensions)[:_EXTENSIONS_MAX]:
            found = [_past_of(record, extension) for record in records.latest_of(extension, CALLS_EACH)]
            earlier = [call for call in reversed(found) if call is not None]
            with self._lock:
                later = self._past.get(extension, ())
                newest = min((call.at for call in later), default=float("inf"))
                kept = [call for call in earlier if call.at < newest]
                self._past[extension] = deque([*kept, *later], CALLS_EACH)
            time.sleep(_BREATH_S)

    def calls_of(self, extension: str) -> tuple[PastCall, ...]:
        """The latest first."""
        with self._lock:
            return tuple(reversed(self._past.get(extension, ())))

    def last_called(self, extension: str) -> str:
        """The number for redial; "" for none."""
        return next((call.number for call in self.calls_of(extension) if call.is_outgoing and call.number), "")

    def last_caller(self, extension: str) -> str:
        """The number for call return, answered or not; "" for none, or where the last caller withheld it."""
        return next((call.number for call in self.calls_of(extension) if not call.is_outgoing), "")

    def last_missed(self, extension: str) -> str:
        """The last caller whom nobody there answered; "" for none."""
        missed = (call for call in self.calls_of(extension) if not (call.is_outgoing or call.is_answered))
        return next((call.number for call in missed), "")

    def forget(self, number: str) -> None:
        """Erased from the records, so from here too."""
        with self._lock:
            self._past.pop(number, None)
            for extension, calls in self._past.items():
                self._past[extension] = deque((call for call in calls if call.number != number), CALLS_EACH)

    def _remember(self, record: CallRecord) -> None:
        for extension in {record.source_extension, _called_extension(record), record.answered_by} - {""}:
            call = _past_of(record, extension)
            if call is None:
                continue
            with self._lock:
                if extension in self._past or len(self._past) < _EXTENSIONS_MAX:
                    self._past.setdefault(extension, deque(maxlen=CALLS_EACH)).append(call)


def load_in_background(journal: Journal, records: CallRecords, extensions: Iterable[str]) -> threading.Thread:
    """`Journal.load` on a thread; records that cannot be read leave the memory empty."""
    names = list(extensions)

    def load() -> None:
        try:
            journal.load(records, names)
        except RecordsUnavailable:
            pass  # the writer says so in its health

    thread = threading.Thread(target=load, name="journal", daemon=True)
    thread.start()
    return thread


def record_of(summary: CallSummary) -> CallRecord:
    """The row for a call as it stands."""
    origin, is_over = summary.origin, summary.ended_at is not None
    caller = origin.caller
    return CallRecord(
        id=summary.id,
        started_at=summary.started_at,
        utc_offset_s=_utc_offset_s(summary.started_at),
        answered_at=summary.answered_at,
        ended_at=summary.ended_at,
        source_number=caller.number,
        source_name=caller.name,
        is_withheld=caller.withheld,
        source_extension=origin.extension,
        source_address=origin.address,
        source_trunk=origin.trunk,
        dialled=str(summary.dialled),
        destination_kind=summary.destination.kind,
        destination_number=summary.destination.value,
        destination_address=summary.destination_address,
        trunk=summary.trunk,
        answered_by=summary.answered_by,
        billed_s=summary.billed_s,
        cause=summary.cause.name if summary.cause is not None else "",
        q850=summary.cause.facts.q850 if summary.cause is not None else 0,
        history=summary.history,
        linked=summary.linked,
        source_quality=_quality(summary.source_quality),
        destination_quality=_quality(summary.destination_quality),
        state=ENDED if is_over else UP,
    )


def _quality(quality: LegQuality | None) -> Quality | None:
    return None if quality is None else Quality(**asdict(quality))


def _utc_offset_s(at: float) -> int:
    try:
        offset = datetime.fromtimestamp(at, UTC).astimezone().utcoffset()
    except (OverflowError, ValueError, OSError):
        return -time.timezone
    return 0 if offset is None else int(offset.total_seconds())


def _called_extension(record: CallRecord) -> str:
    return record.destination_number if record.destination_kind == "extension" else ""


def _past_of(record: CallRecord, extension: str) -> PastCall | None:
    """How the extension sees the call; None where it took no part."""
    if record.source_extension == extension:
        kind, _, number = record.dialled.partition(":")
        if kind not in ("extension", "number", "emergency", "group"):
            return None  # services and codes are no calls to anybody
        return PastCall(number, record.started_at, True, record.answered_at is not None)
    if extension not in (_called_extension(record), record.answered_by):
        return None
    number = "" if record.is_withheld else record.source_extension or record.source_number
    return PastCall(number, record.started_at, False, record.answered_by == extension)
