"""Summaries become records, and extensions remember their calls."""

from dataclasses import replace
from pathlib import Path

import pytest

from firmware.gateway.journal import CALLS_EACH, Journal, load_in_background, record_of
from firmware.records import CallRecord, CallRecords, Quality, RecordWriter
from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.summary import CallSummary, LegQuality, Origin

T0 = 1_800_000_000.0
WAIT_S = 20.0


class Sink:
    """Keeps what is posted."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []

    def post(self, record: CallRecord) -> None:
        self.records.append(record)


def out(id: str, number: str = "+4930123456", *, at: float = T0, extension: str = "11") -> CallSummary:
    origin = Origin(Caller(extension, "Kitchen"), extension=extension, called=number, address="fxs1")
    destination = Destination("number", number)
    return CallSummary(id, origin, destination, destination, "main", at)


def into(id: str, number: str = "+498912345", *, at: float = T0, to: str = "extension:11") -> CallSummary:
    origin = Origin(Caller(number, "Aunt"), trunk="main", called="+4930999", address="192.0.2.1:5060")
    destination = Destination.parse(to)
    return CallSummary(id, origin, destination, destination, "main", at)


def over(summary: CallSummary, *, by: str = "", cause: Cause = Cause.NORMAL) -> CallSummary:
    answered_at = summary.started_at + 3 if by else None
    return replace(
        summary, answered_at=answered_at, ended_at=summary.started_at + 63, answered_by=by, cause=cause, billed_s=60
    )


def test_everything_of_a_summary_is_in_its_record() -> None:
    summary = replace(
        over(into("7"), by="12", cause=Cause.BUSY),
        destination=Destination("group", "all"),
        destination_address="fxs2",
        history=("forwarded:12",),
        linked="6",
        source_quality=LegQuality("PCMA", 1.0, 2.0, 3.0, 4.0),
    )
    record = record_of(summary)
    assert (record.id, record.started_at, record.answered_at, record.ended_at) == ("7", T0, T0 + 3, T0 + 63)
    assert (record.source_number, record.source_name, record.source_extension) == ("+498912345", "Aunt", "")
    assert (record.source_address, record.source_trunk, record.trunk) == ("192.0.2.1:5060", "main", "main")
    assert (record.dialled, record.destination_kind, record.destination_number) == ("extension:11", "group", "all")
    assert (record.destination_address, record.answered_by, record.billed_s) == ("fxs2", "12", 60)
    assert (record.cause, record.q850, record.history, record.linked) == ("BUSY", 17, ("forwarded:12",), "6")
    assert (record.source_quality, record.destination_quality) == (Quality("PCMA", 1.0, 2.0, 3.0, 4.0), None)
    assert (record.state, record.direction) == ("ended", "in")


def test_a_call_is_up_until_it_ended() -> None:
    sink = Sink()
    journal = Journal(sink)
    for summary in (out("1"), replace(out("1"), answered_at=T0 + 3), over(out("1"), by="+4930123456")):
        journal.summary(summary)
    assert [record.state for record in sink.records] == ["up", "up", "ended"]
    assert {record.direction for record in sink.records} == {"out"}


@pytest.mark.parametrize("at", [-1e18, 1e18, float("inf"), float("nan")])
def test_a_clock_that_is_far_off_hurts_nobody(at: float) -> None:
    assert record_of(out("1", at=at)).id == "1"


def test_redial_and_call_return_know_the_latest() -> None:
    journal = Journal(Sink())
    assert (journal.last_called("11"), journal.last_caller("11"), journal.last_missed("11")) == ("", "", "")
    journal.summary(over(out("1", "110"), by="110"))
    journal.summary(over(out("2", "120")))
    journal.summary(over(into("3", "+491"), by="11"))
    journal.summary(over(into("4", "+492")))
    journal.summary(over(into("5", "+493"), by="11"))
    assert (journal.last_called("11"), journal.last_caller("11"), journal.last_missed("11")) == ("120", "+493", "+492")


def test_a_caller_who_withheld_the_number_is_not_returned() -> None:
    journal = Journal(Sink())
    journal.summary(over(into("1")))
    hidden = into("2")
    journal.summary(over(replace(hidden, origin=replace(hidden.origin, caller=Caller("+499", withheld=True)))))
    assert journal.last_caller("11") == ""


def test_who_answered_for_another_remembers_the_call_too() -> None:
    journal = Journal(Sink())
    journal.summary(over(into("1"), by="12"))
    assert [call.is_answered for call in journal.calls_of("12")] == [True]
    assert [call.is_answered for call in journal.calls_of("11")] == [False]


def test_calls_inside_are_returned_to_the_extension() -> None:
    journal = Journal(Sink())
    inside = replace(out("1"), dialled=Destination("extension", "12"), destination=Destination("extension", "12"))
    journal.summary(over(inside))
    assert journal.last_caller("12") == "11"
    assert journal.last_called("11") == "12"


def test_codes_and_services_are_not_redialled() -> None:
    journal = Journal(Sink())
    journal.summary(over(replace(out("1"), dialled=Destination("service", "echo"))))
    assert journal.last_called("11") == ""


def test_an_extension_remembers_so_many_calls() -> None:
    journal = Journal(Sink())
    for number in range(CALLS_EACH + 5):
        journal.summary(over(into(str(number), f"+49{number}")))
    assert len(journal.calls_of("11")) == CALLS_EACH
    assert journal.last_caller("11") == f"+49{CALLS_EACH + 4}"


def test_what_was_before_a_restart_is_remembered_and_what_came_since_goes_first(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    writer = RecordWriter(path)
    writer.start()
    before = Journal(writer)
    for number in range(30):
        before.summary(over(out(str(number), f"+49{number}", at=T0 + number)))
    before.summary(over(into("x", at=T0 + 40)))
    assert writer.is_written(WAIT_S)
    writer.stop()
    after = Journal(Sink())
    after.summary(over(out("new", "+1", at=T0 + 100)))
    load_in_background(after, CallRecords(path), ["11", "12"]).join(WAIT_S)
    numbers = [call.number for call in after.calls_of("11")]
    assert numbers[:3] == ["+1", "+498912345", "+4929"]
    assert len(numbers) == CALLS_EACH
    assert after.calls_of("12") == ()


def test_records_that_cannot_be_read_leave_the_memory_empty(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.write_bytes(b"no database" * 1000)
    journal = Journal(Sink())
    load_in_background(journal, CallRecords(path), ["11"]).join(WAIT_S)
    assert journal.calls_of("11") == ()


def test_who_was_erased_is_not_remembered() -> None:
    journal = Journal(Sink())
    journal.summary(over(into("1")))
    journal.summary(over(into("2", "+491")))
    journal.forget("+491")
    assert journal.last_caller("11") == "+498912345"
