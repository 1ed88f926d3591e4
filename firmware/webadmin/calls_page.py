"""Past calls: filter, pages, CSV. Knows not where they are kept."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import bottle

from firmware.webadmin import words
from firmware.webadmin.door import Route
from firmware.webadmin.language import _, ngettext
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit
from firmware.webadmin.words import clean

PAGE_ROWS = 50
CSV_ROWS_MAX = 10_000  # what a spreadsheet still opens at once
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class PastCall:
    """One call. `began` is local wall time in ISO 8601, `cause` in English words; parties may be hostile texts."""

    began: str
    caller: str
    callee: str
    seconds: float
    cause: str


class CallRecords(Protocol):
    """Reads the records of calls."""

    def calls(self, text: str, extension: str, start: int, count: int) -> tuple[int, Sequence[PastCall]]:
        """How many contain `text` (of `extension`, when that is not empty), and some, the newest first."""


class CallsPage:
    """The routes of /calls; a resident sees the own."""

    def __init__(self, records: CallRecords) -> None:
        self._records = records

    def routes(self) -> Iterator[Route]:
        """For residents too."""
        yield Route("GET", "/calls", Role.RESIDENT, self._show)
        yield Route("GET", "/calls.csv", Role.RESIDENT, self._csv)

    def _show(self, visit: Visit) -> str:
        text, number = visit.query.get("q", "")[:60], visit.query.get("page", "1")[:6]
        page = max(1, int(number)) if number.isdecimal() else 1
        total, calls = self._records.calls(text, visit.extension, (page - 1) * PAGE_ROWS, PAGE_ROWS)
        rows = [
            (call.began, clean(call.caller, 60), clean(call.callee, 60), words.duration(call.seconds),
             words.sentence(_(clean(call.cause, 100))))
            for call in calls
        ]  # fmt: skip
        found = ngettext("{} call", "{} calls", total).format(total)
        pages = max(1, -(-total // PAGE_ROWS))
        return visit.html("calls", rows=rows, found=found, query=text, page=page, pages=pages)

    def _csv(self, visit: Visit) -> str:
        _total, calls = self._records.calls(visit.query.get("q", "")[:60], visit.extension, 0, CSV_ROWS_MAX)
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["began", "from", "to", "seconds", "ended"])
        for call in calls:
            cells = (call.began, call.caller, call.callee, str(round(call.seconds)), call.cause)
            writer.writerow([_harmless(cell) for cell in cells])
        bottle.response.content_type = "text/csv; charset=utf-8"
        bottle.response.set_header("Content-Disposition", 'attachment; filename="calls.csv"')
        return out.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet would reckon with what begins like a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
