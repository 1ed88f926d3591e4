"""Summaries become records, and extensions remember their calls."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.gateway.journal import record_of, remember_in_background
from firmware.records import CallRecords, Quality, RecordWriter
from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.features.history import History
from firmware.telephony.summary import CallSummary, LegQuality, Origin

T0 = 1_800_000_000.0
WAIT_S = 20.0


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
    stages = (out("1"), replace(out("1"), answered_at=T0 + 3), over(out("1"), by="+4930123456"))
    assert [record_of(stage).state for stage in stages] == ["up", "up", "ended"]


@pytest.mark.parametrize("at", [-1e18, 1e18, float("inf"), float("nan")])
def test_a_clock_that_is_far_off_hurts_nobody(at: float) -> None:
    assert record_of(out("1", at=at)).id == "1"


class Posted:
    """A loop whose posts are done when they are asked for."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def post(self, action: Callable[[], None]) -> None:
        self.waiting.append(action)


def remembered(path: Path, history: History) -> History:
    loop = Posted()
    remember_in_background(history, CallRecords(path), ["11", "12"], loop).join(WAIT_S)  # type: ignore[arg-type]
    for action in loop.waiting:
        action()
    return history


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Records of three calls: 11 called out, somebody called 11, 11 called 12."""
    writer = RecordWriter(tmp_path / "records.db")
    writer.start()
    inside = CallSummary(
        "c",
        Origin(Caller("11"), extension="11", called="12"),
        Destination("extension", "12"),
        Destination("extension", "12"),
        "",
        T0 + 200,
    )
    for summary in (out("a"), into("b", at=T0 + 100), inside):
        writer.post(record_of(over(summary)))
    writer.stop()
    return tmp_path / "records.db"


def test_what_was_before_a_restart_is_remembered(path: Path) -> None:
    history = remembered(path, History())
    assert history.last_called("11") == Destination("extension", "12")
    last = history.last_caller("11")
    assert last is not None and last.number == "+498912345"
    last = history.last_caller("12")
    assert last is not None and last.extension == "11"


def test_what_came_since_the_start_counts_more(path: Path) -> None:
    history = History()
    history.remember("11", called=Destination("number", "+4940"), caller=Caller("+4950"))
    remembered(path, history)
    assert history.last_called("11") == Destination("number", "+4940")
    last = history.last_caller("11")
    assert last is not None and last.number == "+4950"


def test_records_that_cannot_be_read_tell_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "records.db"
    broken.write_bytes(b"no database" * 1000)
    history = remembered(broken, History())
    assert history.last_called("11") is None and history.last_caller("11") is None
