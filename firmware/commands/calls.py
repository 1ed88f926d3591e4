"""`twinline calls`: the call records, as a table or as CSV. Reads the file; only to delete has a gateway to run."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.commands import OK
from firmware.commands.say import complain, say

if TYPE_CHECKING:
    from firmware.records import CallFilter, CallRecord, CallRecords

_LIMIT, _LIMIT_MAX = 30, 100_000  # a list on a screen; whoever wants more takes CSV
_HEADINGS = ("STARTED", "FROM", "TO", "BY", "TIME", "RESULT", "MOS")
_NAME_MAX = 30
_STATE_WORDS = {"up": "in progress", "interrupted": "interrupted, the power failed"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("--number", default="", metavar="N", help="who takes part; a final * stands for the rest")
    parser.add_argument("--since", type=_begin, metavar="D", help="from this day or time on: 2027-01-31[T08:00]")
    parser.add_argument("--until", type=_end, metavar="D", help="up to the end of this day, or before this time")
    parser.add_argument("--missed", action="store_true", help="only calls that nobody here took")
    parser.add_argument("--csv", action="store_true", help="all that is known, for spreadsheets, without a limit")
    parser.add_argument("--forget", default="", metavar="N", help="delete the records of all calls of this number")
    parser.add_argument("--limit", type=_limit, default=_LIMIT, metavar="N", help=f"how many at the most ({_LIMIT})")


def run(arguments: argparse.Namespace) -> int:
    """Print them, the latest first; or have some deleted."""
    if arguments.forget:
        return _forget(Path(arguments.config), arguments.forget)
    from firmware.control.errors import Refused
    from firmware.records import FILE_NAME, CallFilter, CallRecords, RecordsUnavailable

    records = CallRecords(Path(arguments.config) / FILE_NAME)
    number = arguments.number
    filter = CallFilter(
        number=number.removesuffix("*"),
        is_prefix=number.endswith("*"),
        since=arguments.since,
        until=arguments.until,
        is_missed=True if arguments.missed else None,
    )
    try:
        if arguments.csv:
            for line in records.csv(filter):
                sys.stdout.write(line)
        else:
            _print_table(records, filter, arguments.limit)
    except RecordsUnavailable as error:
        raise Refused(str(error)) from error
    return OK


def _forget(config: Path, number: str) -> int:
    from firmware.control import ControlClient
    from firmware.folder import Folder

    with ControlClient(Folder(config).gateway_socket) as gateway:
        gateway.call("calls.forget", number=number)
    say(f"calls of {number} are being deleted from the records")
    return OK


def table(calls: Iterable["CallRecord"]) -> list[str]:
    """Lines with aligned columns, the headings first."""
    rows = [_HEADINGS, *(_row(call) for call in calls)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _print_table(records: "CallRecords", filter: "CallFilter", limit: int) -> None:
    calls: list[CallRecord] = []
    page = records.page(filter, None, limit)
    calls += page.calls
    while page.next is not None and len(calls) < limit:
        page = records.page(filter, page.next, limit - len(calls))
        calls += page.calls
    if not calls:
        complain("no calls")
        return
    for line in table(calls):
        say(line)
    if page.next is not None:
        count = records.count(filter)
        complain(f"{len(calls)} of {count.number}{'' if count.is_exact else ' or more'} calls; --limit shows more")


def _row(call: "CallRecord") -> Sequence[str]:
    from firmware.records import local_time

    started = local_time(call.started_at, call.utc_offset_s)[:19].replace("T", " ")
    return (started, _source(call), _destination(call), _way(call), _length(call), _result(call), _mos(call))


def _source(call: "CallRecord") -> str:
    if call.is_withheld and not call.source_extension:
        return "withheld"
    number = call.source_extension or call.source_number
    return " ".join(filter(None, (number, call.source_name[:_NAME_MAX]))) or "unknown"


def _destination(call: "CallRecord") -> str:
    number = call.destination_number
    if call.destination_kind not in ("extension", "number"):
        number = f"{call.destination_kind} {number}"
    by = call.answered_by
    return f"{number} ({by})" if by and by != call.destination_number else number


def _way(call: "CallRecord") -> str:
    """The trunks by which it came and left."""
    return " > ".join(dict.fromkeys(filter(None, (call.source_trunk, call.trunk))))


def _length(call: "CallRecord") -> str:
    if call.answered_at is None or call.ended_at is None:
        return ""
    seconds = max(0, round(call.ended_at - call.answered_at))
    return f"{seconds // 60}:{seconds % 60:02}"


def _result(call: "CallRecord") -> str:
    from firmware.telephony.events import Cause

    words = _STATE_WORDS.get(call.state, "")
    if words:
        return words
    if call.cause == "NORMAL" and call.answered_at is not None:
        return "answered"
    return Cause[call.cause].facts.words if call.cause in Cause.__members__ else call.cause.lower()


def _mos(call: "CallRecord") -> str:
    scores = [quality.mos for quality in (call.source_quality, call.destination_quality) if quality is not None]
    known = [score for score in scores if score is not None]
    return f"{min(known):.1f}" if known else ""


def _begin(text: str) -> float:
    return _moment(text).timestamp()


def _end(text: str) -> float:
    moment = _moment(text)
    return (moment + timedelta(days=1) if len(text) == len("2027-01-31") else moment).timestamp()


def _moment(text: str) -> datetime:
    """Local time, as the clock on the wall has it. Out of range is no date either."""
    try:
        moment = datetime.fromisoformat(text).astimezone()
        moment.timestamp()
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2027-01-31 or 2027-01-31T08:00") from error
    return moment


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _LIMIT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {_LIMIT_MAX}")
    return int(text)
