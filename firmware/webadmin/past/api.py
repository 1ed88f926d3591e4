"""The API of what happened: past calls with the filters of the page, and the figures of its graphs. Knows no form."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import bottle

from firmware.records import CallRecord, CallRecords
from firmware.webadmin.door import Route
from firmware.webadmin.json_body import answer
from firmware.webadmin.language import _
from firmware.webadmin.past.calls_filter import asked, own_extension
from firmware.webadmin.past.calls_page import PAGE_ROWS, one_call, read
from firmware.webadmin.past.statistics import DEFAULT, RANGES, span_of
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit


class PastApi:
    """The routes below /api/v1/records; a resident's token shows the own calls."""

    def __init__(self, records: CallRecords) -> None:
        self._records = records

    def routes(self) -> Iterator[Route]:
        """Each with the role that a token needs."""
        yield Route("GET", "/api/v1/records/calls", Role.RESIDENT, self._calls)
        yield Route("GET", "/api/v1/records/calls/<key:re:[0-9]{1,18}>", Role.RESIDENT, self._call)
        yield Route("GET", "/api/v1/records/statistics", Role.RESIDENT, self._statistics)

    def _calls(self, visit: Visit) -> str:
        wanted = asked(visit)
        wrong = [*wanted.wrong, *(["before"] if visit.query.get("before") and wanted.before is None else [])]
        if wrong:
            raise bottle.HTTPError(400, _("These calls cannot be looked for: {}.").format(", ".join(wrong)))
        page = read(lambda: self._records.page(wanted.filter, wanted.before, PAGE_ROWS))
        return answer(
            {"calls": [_readable(call) for call in page.calls], "before": str(page.next) if page.next else None}
        )

    def _call(self, visit: Visit, key: str) -> str:
        return answer(_readable(one_call(self._records, visit, int(key))))

    def _statistics(self, visit: Visit) -> str:
        range = RANGES.get(visit.query.get("range", DEFAULT))
        if range is None:
            raise bottle.HTTPError(400, _("The range has to be one of {}.").format(", ".join(RANGES)))
        span = span_of(range)
        shown: dict[str, Any] = {"since": span.since, "until": span.until}
        shown["calls"] = [asdict(some) for some in read(lambda: self._records.counts(span, own_extension(visit)))]
        judged = read(lambda: self._records.judged_calls(span, own_extension(visit)))
        shown["sounds"] = [_sound(call) for call in judged]
        if visit.role is Role.INSTALLER:
            shown["trunks"] = [asdict(state) for state in read(lambda: self._records.trunk_states(span))]
            samples = read(lambda: self._records.line_samples(span, range.sample_s))
            shown["lines"] = [asdict(sample) for sample in samples]
        return answer(shown)


def _readable(call: CallRecord) -> dict[str, Any]:
    """Every field; of a caller who withheld the number, neither number nor name."""
    shown = {**asdict(call), "direction": call.direction, "is_missed": call.is_missed}
    return {**shown, "source_number": "", "source_name": ""} if call.is_withheld else shown


def _sound(call: CallRecord) -> dict[str, Any]:
    shown = _readable(call)
    return {name: shown[name] for name in ("key", "started_at", "source_quality", "destination_quality")}
