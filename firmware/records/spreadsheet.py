"""Calls as CSV (RFC 4180) that no spreadsheet takes for formulas. Knows no database."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from firmware.records.rows import CallRecord, Quality

HEADINGS = (
    *("started", "answered", "ended", "direction", "source number", "source name", "source extension"),
    *("source address", "source trunk", "dialled", "destination", "destination address", "trunk", "answered by"),
    *("billed s", "cause", "Q.850", "state", "history", "id", "linked"),
    *("source codec", "source loss %", "source jitter ms", "source round trip ms", "source MOS"),
    *("destination codec", "destination loss %", "destination jitter ms", "destination round trip ms"),
    "destination MOS",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET_MAX_S = 86_399  # datetime takes less than a day; the world has 14 h


def cells(call: CallRecord) -> tuple[str, ...]:
    """As HEADINGS name them."""
    times = (local_time(at, call.utc_offset_s) for at in (call.started_at, call.answered_at, call.ended_at))
    destination = f"{call.destination_kind}:{call.destination_number}" if call.destination_kind else ""
    return (
        *times,
        call.direction,
        "withheld" if call.is_withheld else call.source_number,
        *("" if call.is_withheld else call.source_name, call.source_extension, call.source_address),
        *(call.source_trunk, call.dialled, destination, call.destination_address, call.trunk, call.answered_by),
        *(str(call.billed_s), call.cause, str(call.q850), call.state, " ".join(call.history), call.id, call.linked),
        *_quality(call.source_quality),
        *_quality(call.destination_quality),
    )


def csv_line(values: Sequence[str]) -> str:
    """One line with its end."""
    return ",".join(_cell(value) for value in values) + "\r\n"


def local_time(at: float | None, offset_s: int) -> str:
    """`2026-01-31T12:00:00+01:00`; "" for None and for what no calendar has."""
    if at is None:
        return ""
    try:
        zone = timezone(timedelta(seconds=max(-_OFFSET_MAX_S, min(offset_s, _OFFSET_MAX_S))))
        return (_EPOCH + timedelta(seconds=int(at))).astimezone(zone).isoformat()
    except (OverflowError, ValueError):
        return ""


def _cell(value: str) -> str:
    if value.lstrip().startswith(_FORMULA):
        value = f"'{value}"
    if any(character in value for character in ',"\r\n') or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value


def _quality(quality: Quality | None) -> tuple[str, ...]:
    if quality is None:
        return ("",) * 5
    figures = (quality.loss_percent, quality.jitter_ms, quality.round_trip_ms, quality.mos)
    return (quality.codec, *("" if figure is None else f"{figure:g}" for figure in figures))
