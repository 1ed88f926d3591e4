"""The page of calls reads the records that the gateway wrote."""

from pathlib import Path

import pytest

from firmware.control import Unreachable
from firmware.records import ENDED, CallRecord, CallRecords, RecordWriter
from firmware.webadmin.past_calls import PastCalls

T0 = 1_800_000_000.0


def record(number: int) -> CallRecord:
    return CallRecord(
        id=f"{number:032x}",
        started_at=T0 + number,
        utc_offset_s=3600,
        answered_at=T0 + number + 2,
        ended_at=T0 + number + 62,
        source_number="101",
        source_extension="101" if number % 2 else "102",
        dialled=f"number:+4930{number:03}",
        destination_kind="number",
        destination_number=f"+4930{number:03}",
        billed_s=60,
        cause="NORMAL",
        state=ENDED,
    )


@pytest.fixture
def calls(tmp_path: Path) -> PastCalls:
    writer = RecordWriter(tmp_path / "records.db")
    writer.start()
    for number in range(120):
        writer.post(record(number))
    assert writer.is_written(20)
    writer.stop()
    return PastCalls(CallRecords(tmp_path / "records.db"))


def test_the_newest_calls_come_first_page_by_page(calls: PastCalls) -> None:
    total, first = calls.calls("", "", 0, 50)
    _, last = calls.calls("", "", 100, 50)
    assert total == 120
    assert [call.callee for call in first[:2]] == ["+4930119", "+4930118"]
    assert [call.callee for call in last][-1] == "+4930000" and len(last) == 20
    assert first[0].seconds == 60.0 and first[0].began.endswith("+01:00")


def test_a_number_is_found_by_its_beginning_and_a_resident_sees_the_own(calls: PastCalls) -> None:
    assert calls.calls("+493001", "", 0, 50)[0] == 10
    total, own = calls.calls("", "101", 0, 100)
    assert total == 60 and all(call.caller.startswith("101") for call in own)


def test_records_that_cannot_be_read_are_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"no database" * 1000)
    with pytest.raises(Unreachable):
        PastCalls(CallRecords(tmp_path / "records.db")).calls("", "", 0, 50)
