"""Graphs over a day, a week or a month, and the figures behind them. Knows not how records are kept."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import bottle

from firmware.records import CallRecords, Span
from firmware.webadmin.door import Route
from firmware.webadmin.graphs import Graph
from firmware.webadmin.language import N_, _
from firmware.webadmin.past import call_graphs, course_graphs
from firmware.webadmin.past.calls_filter import own_extension
from firmware.webadmin.past.calls_page import read
from firmware.webadmin.past.moments import DAY_S, HOUR_S, floor
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit


@dataclass(frozen=True, slots=True)
class Range:
    """How much of the past: its name, and the steps of its columns and samples."""

    words: str
    seconds: int
    column_s: int
    sample_s: float
    title: str


RANGES = {
    "24h": Range(N_("24 hours"), DAY_S, HOUR_S, 900.0, N_("Calls by hour")),
    "7d": Range(N_("7 days"), 7 * DAY_S, 4 * HOUR_S, 7200.0, N_("Calls in four hours each")),
    "30d": Range(N_("30 days"), 30 * DAY_S, DAY_S, 21_600.0, N_("Calls by day")),
}
DEFAULT = "24h"


class StatisticsPage:
    """The route of /statistics; a resident sees the own calls and nothing of the box."""

    def __init__(self, records: CallRecords) -> None:
        self._records = records

    def routes(self) -> Iterator[Route]:
        """For residents too."""
        yield Route("GET", "/statistics", Role.RESIDENT, self._show)

    def _show(self, visit: Visit) -> str:
        name = visit.query.get("range", DEFAULT)
        if name not in RANGES:
            raise bottle.HTTPError(404, "")
        parts = self._calls(visit, RANGES[name])
        if visit.role is Role.INSTALLER:
            parts += self._box(RANGES[name])
        return visit.html("statistics", parts=parts, ranges=RANGES, chosen=name)

    def _calls(self, visit: Visit, range: Range) -> list[tuple[str, list[Graph]]]:
        span = span_of(range)
        counted = read(lambda: self._records.counts(span, own_extension(visit)))
        found = [call_graphs.by_time(counted, span, range.column_s, _(range.title))]
        if range.seconds > DAY_S:
            found.append(call_graphs.by_hour_of_day(counted))
        judged = read(lambda: self._records.judged_calls(span, own_extension(visit), call_graphs.CALLS_MAX))
        return [(_("Calls"), found), (_("Sound of the calls"), call_graphs.sounds(judged))]

    def _box(self, range: Range) -> list[tuple[str, list[Graph]]]:
        span = span_of(range)
        states = read(lambda: self._records.trunk_states(span))
        samples = read(lambda: self._records.line_samples(span, range.sample_s))
        return [
            (_("Uplink"), [course_graphs.uplinks(states, span)]),
            (_("Line quality"), course_graphs.lines(samples, span, range.sample_s)),
        ]


def small(records: CallRecords) -> Graph:
    """For the overview: the calls of the last 24 hours."""
    range = RANGES[DEFAULT]
    span = span_of(range)
    return call_graphs.by_time(read(lambda: records.counts(span)), span, range.column_s, _(range.title))


def span_of(range: Range) -> Span:
    """Whole columns, the one that is not over yet the last."""
    now = time.time()
    return Span(floor(now - range.seconds, range.column_s) + range.column_s, now)
