"""What happened: calls, states of trunks, samples of lines, security events, in SQLite. One writer, many readers."""

from firmware.records.keeping import Retention
from firmware.records.query import CallFilter, Count, Cursor, Page
from firmware.records.reader import CallRecords, RecordsUnavailable
from firmware.records.rows import ENDED, INTERRUPTED, UP, CallRecord, LineSample, Quality, SecurityEvent, TrunkState
from firmware.records.schema import FILE_NAME
from firmware.records.spreadsheet import local_time
from firmware.records.statistics import OUTCOMES, Counted, Span
from firmware.records.writer import RecordWriter

__all__ = [
    "ENDED",
    "FILE_NAME",
    "INTERRUPTED",
    "OUTCOMES",
    "UP",
    "CallFilter",
    "CallRecord",
    "CallRecords",
    "Count",
    "Counted",
    "Cursor",
    "LineSample",
    "Page",
    "Quality",
    "RecordWriter",
    "RecordsUnavailable",
    "Retention",
    "SecurityEvent",
    "Span",
    "TrunkState",
    "local_time",
]
