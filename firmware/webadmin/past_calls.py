"""Past calls out of the records, as the page of calls shows them."""

from collections.abc import Iterator, Sequence

from firmware.control import Unreachable
from firmware.records import CallFilter, CallRecord, CallRecords, Cursor, RecordsUnavailable, local_time
from firmware.webadmin.calls_page import PAGE_ROWS, PastCall

_SHOWN_MAX = 10_000  # deeper in the list nobody pages: a number finds the call


class PastCalls:
    """As `calls_page.CallRecords`, over the records' own reader."""

    def __init__(self, records: CallRecords) -> None:
        self._records = records

    def calls(self, text: str, extension: str, start: int, count: int) -> tuple[int, Sequence[PastCall]]:
        """By the beginning of a number; raises Unreachable in words where the records cannot be read."""
        wanted = CallFilter(number=text.strip(), is_prefix=bool(text.strip()), extension=extension)
        try:
            total = self._records.count(wanted).number
            found = list(self._walk(wanted, min(start + count, _SHOWN_MAX)))
        except RecordsUnavailable as error:
            raise Unreachable(str(error)) from error
        return min(total, _SHOWN_MAX), [_shown(record) for record in found[start:]]

    def _walk(self, wanted: CallFilter, most: int) -> Iterator[CallRecord]:
        after: Cursor | None = None
        while most > 0:
            page = self._records.page(wanted, after, min(most, PAGE_ROWS * 10))
            yield from page.calls
            most, after = most - len(page.calls), page.next
            if after is None:
                return


def _shown(record: CallRecord) -> PastCall:
    caller = record.source_extension or record.source_number or ("anonymous" if record.is_withheld else "")
    return PastCall(
        began=local_time(record.started_at, record.utc_offset_s),
        caller=f"{caller} {record.source_name}".strip(),
        callee=record.destination_number,
        seconds=float(record.billed_s),
        cause=record.cause.lower().replace("_", " ") or record.state,
    )
