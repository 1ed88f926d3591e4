"""Graphs of calls: how many when, and how they sounded. Knows no record's place and no request."""

import bisect
from collections import Counter
from collections.abc import Callable, Sequence

from firmware.records import OUTCOMES, CallRecord, Counted, Quality, Span
from firmware.webadmin.graphs import Column, Curve, Graph, Key, Mark, Point, bars, curves
from firmware.webadmin.language import _, ngettext
from firmware.webadmin.past import call_words, moments
from firmware.webadmin.past.calls_filter import OUTCOMES as OUTCOME_WORDS
from firmware.webadmin.past.moments import DAY_S

CALLS_MAX = 60
"""Calls in a graph by call: more dots run together at 320 px."""

_TONES = ("c1", "c3", "c2")  # of OUTCOMES


def by_time(counted: Sequence[Counted], span: Span, step_s: int, title: str) -> Graph:
    """Calls in steps of hours or of days, answered or not."""
    edges = moments.steps(span.since, span.until, step_s)
    places = [Counter[str]() for _edge in edges]
    for some in counted:
        index = _place(edges, some.at)
        if span.since - step_s <= some.at < span.until and index is not None:
            places[index][some.outcome] += some.calls
    names = [moments.day(at) if step_s >= DAY_S else moments.short(at) for at in edges]
    stride = max(1, len(edges) // 6)
    length_s = span.until - span.since
    short = moments.clock if length_s <= 1.5 * DAY_S else moments.day if length_s <= 8 * DAY_S else moments.date_of
    marks = [
        Mark(index + 0.5, short(at), is_minor=index // stride % 2 == 1)
        for index, at in enumerate(edges) if index % stride == 0
    ]  # fmt: skip
    return _counts("calls", title, places, names, marks)


def by_hour_of_day(counted: Sequence[Counted]) -> Graph:
    """At which hour people call, all days together."""
    places = [Counter[str]() for _hour in range(24)]
    for some in counted:
        places[moments.hour(some.at)][some.outcome] += some.calls
    names = [f"{hour}:00" for hour in range(24)]
    marks = [Mark(hour + 0.5, names[hour], is_minor=hour % 8 == 4) for hour in range(0, 24, 4)]
    return _counts("hours", _("Calls by hour of the day"), places, names, marks)


def sounds(calls: Sequence[CallRecord], this: int = 0) -> list[Graph]:
    """MOS, loss and jitter of each call, newest first as they come; `this` call is marked."""
    ordered = list(reversed(calls[:CALLS_MAX]))
    return [
        _by_call("mos", _("Sound of each call (MOS)"), _("1 is bad, 4.5 is as good as it gets."), ordered, this,
                 call_words.worst_mos, "", (1.0, 4.5)),
        _by_call("loss", _("Packets lost in each call"), _("Above 3 % words get lost."), ordered, this,
                 lambda call: _worst(call, lambda quality: quality.loss_percent), "%", (0.0, 1.0)),
        _by_call("jitter", _("Jitter of each call"), _("Above 30 ms the delay grows."), ordered, this,
                 lambda call: _worst(call, lambda quality: quality.jitter_ms), "ms", (0.0, 10.0)),
    ]  # fmt: skip


def of_call(call: CallRecord, neighbours: Sequence[CallRecord]) -> list[Graph]:
    """The call among those of the days round it; [] where nothing is known of how it sounded."""
    if not call_words.qualities(call):
        return []
    return sounds(neighbours if any(other.key == call.key for other in neighbours) else [call, *neighbours], call.key)


def _counts(id: str, title: str, places: Sequence[Counter[str]], names: Sequence[str], marks: Sequence[Mark]) -> Graph:
    total = sum(place.total() for place in places)
    if not total:
        return Graph(id, title, _("There are no calls in this time."))
    labels = [_(OUTCOME_WORDS[outcome]) for outcome in OUTCOMES]
    columns = []
    for place, name in zip(places, names, strict=True):
        said = ", ".join(f"{label}: {place[outcome]}" for outcome, label in zip(OUTCOMES, labels, strict=True))
        columns.append(Column(tuple(float(place[outcome]) for outcome in OUTCOMES), f"{name}: {said}"))
    most = max(range(len(places)), key=lambda index: places[index].total())
    summary = ngettext("{} call", "{} calls", total).format(total)
    summary = f"{summary}. " + _("Most of them: {} ({}).").format(names[most], places[most].total())
    rows = [
        (name, *(str(place[outcome]) for outcome in OUTCOMES))
        for place, name in zip(places, names, strict=True) if place
    ]  # fmt: skip
    keys = tuple(Key(tone, label) for tone, label in zip(_TONES, labels, strict=True))
    drawn = bars(id, title, summary, columns, _TONES, marks)
    return Graph(id, title, summary, drawn, keys, (_("Time"), *labels), tuple(rows))


def _by_call(
    id: str, title: str, hint: str, calls: Sequence[CallRecord], this: int,
    value_of: Callable[[CallRecord], float | None], unit: str, bounds: tuple[float, float],
) -> Graph:  # fmt: skip
    points: dict[str, list[Point]] = {}
    rows, known = [], []
    for index, call in enumerate(calls):
        value = value_of(call)
        if value is None:
            continue
        when = call_words.row(call).began
        said = call_words.figure(value, unit, 2 if not unit else 1)
        tone = "this" if call.key == this else call_words.verdict(call_words.worst_mos(call)).tone
        points.setdefault(tone, []).append(Point(float(index), value, f"{when}, {call_words.caller(call)}: {said}"))
        rows.append((when, call_words.caller(call), said))
        known.append(value)
    if not known:
        return Graph(id, title, _("No call over the network was judged in this time."))
    counted = ngettext("{} call", "{} calls", len(known)).format(len(known))
    between = _("from {} to {}").format(call_words.figure(min(known), unit), call_words.figure(max(known), unit))
    summary = f"{counted}, {between}. {hint}"
    drawn = [Curve(tone, tuple(some), 0.0) for tone, some in points.items()]
    marks = [Mark(float(at), moments.day(calls[at].started_at), is_minor=False) for at in {0, len(calls) - 1}]
    svg = curves(id, title, summary, drawn, (-0.5, len(calls) - 0.5), marks, unit=unit, bounds=bounds, is_dotted=True)
    return Graph(id, title, summary, svg, _keys(points), (_("Call"), _("From"), title), tuple(rows))


def _keys(points: dict[str, list[Point]]) -> tuple[Key, ...]:
    words = {"this": _("this call"), "good": _("sounded well"), "warn": _("sounded fair"), "bad": _("sounded badly")}
    return tuple(Key(tone, said) for tone, said in words.items() if tone in points)


def _worst(call: CallRecord, figure: Callable[[Quality], float | None]) -> float | None:
    return max(
        (value for quality in call_words.qualities(call) if (value := figure(quality)) is not None), default=None
    )


def _place(edges: Sequence[float], at: float) -> int | None:
    """Which step it lies in."""
    index = bisect.bisect_right(edges, at) - 1
    return index if index >= 0 else None
