"""Calls to write, and a writer that is stopped in the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from firmware.records import ENDED, CallFilter, CallRecord, CallRecords, Cursor, RecordWriter

WAIT_S = 20.0
T0 = 1_800_000_000.0  # 2027-01-15 08:00 UTC


def outgoing(id: str = "1", *, started_at: float = T0, **changes: object) -> CallRecord:
    """Extension 11 calls outside, and it rings."""
    record = CallRecord(
        id,
        started_at,
        utc_offset_s=3600,
        source_number="11",
        source_name="Kitchen",
        source_extension="11",
        source_address="fxs1",
        dialled="number:+4930123456",
        destination_kind="number",
        destination_number="+4930123456",
        trunk="main",
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def incoming(id: str = "1", *, started_at: float = T0, **changes: object) -> CallRecord:
    """Somebody outside calls extension 11."""
    record = CallRecord(
        id,
        started_at,
        source_number="+498912345",
        source_name="Aunt",
        source_trunk="main",
        dialled="extension:11",
        destination_kind="extension",
        destination_number="11",
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def ended(record: CallRecord, *, talked_s: float | None = 60.0, cause: str = "NORMAL") -> CallRecord:
    """The call, over: answered after 5 s, or not at all."""
    answered_at = None if talked_s is None else record.started_at + 5
    return replace(
        record,
        answered_at=answered_at,
        ended_at=record.started_at + 5 + (talked_s or 0.0),
        billed_s=int(talked_s or 0),
        cause=cause,
        q850=16 if cause == "NORMAL" else 19,
        state=ENDED,
    )


@contextmanager
def writing(path: Path) -> Iterator[RecordWriter]:
    """A writer that runs."""
    writer = RecordWriter(path)
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()


def written(path: Path, *records: CallRecord) -> CallRecords:
    """A reader of a file in which these are."""
    with writing(path) as writer:
        for record in records:
            writer.post(record)
        assert writer.is_written(WAIT_S)
    return CallRecords(path)


def all_pages(records: CallRecords, filter: CallFilter, limit: int) -> list[CallRecord]:
    """Every call that fits, page by page."""
    found: list[CallRecord] = []
    after: Cursor | None = None
    while True:
        page = records.page(filter, after, limit)
        assert len(page.calls) <= limit
        found += page.calls
        if page.next is None:
            return found
        after = Cursor.parse(str(page.next))
        assert after == page.next
