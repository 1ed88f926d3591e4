"""Calls on their way into the records, and what those tell the features after a start. Never waits for the disk."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime

from firmware.records import ENDED, UP, CallRecord, CallRecords, Quality, RecordsUnavailable
from firmware.telephony.events import Caller, Destination
from firmware.telephony.features.history import History
from firmware.telephony.loop import CallLoop
from firmware.telephony.summary import CallSummary, LegQuality

_LOOKED_AT = 20  # the latest calls of an extension: older ones nobody means by "the last"
_BREATH_S = 0.001  # between extensions: a thread that only computes delays the audio of this process
_REPEATED = ("extension", "number", "group")


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


def remember_in_background(
    history: History, records: CallRecords, extensions: Iterable[str], loop: CallLoop
) -> threading.Thread:
    """Tell `history` of the calls before the start, on the call thread; records that cannot be read tell nothing."""

    def read() -> None:
        try:
            for extension in list(extensions):
                tell = _last_calls(history, extension, records.latest_of(extension, _LOOKED_AT))
                loop.post(tell)
                time.sleep(_BREATH_S)
        except RecordsUnavailable:
            pass  # the writer says so in its health

    thread = threading.Thread(target=read, name="history", daemon=True)
    thread.start()
    return thread


def _last_calls(history: History, extension: str, latest_first: Iterable[CallRecord]) -> Callable[[], None]:
    called: Destination | None = None
    caller: tuple[Caller, str] | None = None
    for record in latest_first:
        if record.source_extension == extension:
            called = called or _repeatable(record.dialled)
        elif caller is None:
            number = Caller(record.source_number, record.source_name, record.is_withheld)
            caller = (number, record.source_extension)

    def tell() -> None:
        has_called, was_called = history.last_called(extension), history.last_caller(extension)
        history.remember(
            extension,
            called=None if has_called else called,  # since the start it is known better
            caller=caller[0] if caller and not was_called else None,
            caller_extension=caller[1] if caller else "",
        )

    return tell


def _repeatable(dialled: str) -> Destination | None:
    destination = Destination.parse(dialled)
    return destination if destination.kind in _REPEATED else None
