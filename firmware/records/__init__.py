"""What happened: calls and security events, in SQLite. One writer, any number of readers. Knows nothing of ours."""

from firmware.records.keeping import Retention
from firmware.records.query import CallFilter, Count, Cursor, Page
from firmware.records.reader import CallRecords, RecordsUnavailable
from firmware.records.rows import ENDED, INTERRUPTED, UP, CallRecord, Quality, SecurityEvent
from firmware.records.schema import FILE_NAME
from firmware.records.spreadsheet import local_time
from firmware.records.writer import RecordWriter

__all__ = [
    "ENDED",
    "FILE_NAME",
    "INTERRUPTED",
    "UP",
    "CallFilter",
    "CallRecord",
    "CallRecords",
    "Count",
    "Cursor",
    "Page",
    "Quality",
    "RecordWriter",
    "RecordsUnavailable",
    "Retention",
    "SecurityEvent",
    "local_time",
]
