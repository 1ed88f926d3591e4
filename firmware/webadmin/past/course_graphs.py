"""Graphs of trunks and lines: how each was over time. Knows no record's place and no request."""

import math
from collections.abc import Callable, Sequence

from firmware.records import LineSample, Span, TrunkState
from firmware.webadmin import words
from firmware.webadmin.graphs import Curve, Graph, Key, Point, Stretch, Strip, curves, strips
from firmware.webadmin.language import _, ngettext
from firmware.webadmin.past import moments
from firmware.webadmin.past.call_words import figure
from firmware.webadmin.said import retold
from firmware.webadmin.words import clean

_TRUNKS_MAX = 12  # strips on a page; more are a table's matter
_TONES = ("c1", "c4", "c3", "c5", "c6", "c2", "c7", "c8")  # those that are easily told apart first
_MEETING_S = 1.0  # states that are so near follow each other
_TABLE_MAX = 60  # the latest; the API has all of them


def uplinks(states: Sequence[TrunkState], span: Span) -> Graph:
    """One strip a trunk; where no trunk was watched, the box was off."""
    id, title = "uplink", _("Trunks over time")
    names = _latest(states)
    if not names:
        return Graph(id, title, _("Nothing is known of the trunks in this time."))
    off = [
        Stretch(since, until, "off", _said(since, until, _("the box was off"))) for since, until in _gaps(states, span)
    ]
    drawn = [_strip(name, states, span, off) for name in names]
    bad = [stretch for strip in drawn for stretch in strip.stretches if stretch.tone in ("bad", "warn")]
    summary = ngettext("{} outage", "{} outages", len(bad)).format(len(bad)) + ", "
    summary += _("{} in all.").format(
        words.about(sum(stretch.until - stretch.since for stretch in bad)) if bad else "0 s"
    )
    svg = strips(id, title, summary, drawn, (span.since, span.until), list(moments.marks(span.since, span.until)))
    keys = (Key("good", _("works")), Key("busy", _("registering")), Key("warn", _("not connected")),
            Key("bad", _("refused or lost")), Key("off", _("the box was off")))  # fmt: skip
    shown = {stretch.tone for strip in drawn for stretch in strip.stretches}
    told = sorted(
        ((strip.name, stretch) for strip in drawn for stretch in strip.stretches), key=lambda one: one[1].since
    )
    rows = [
        (name, moments.short(stretch.since), _lasted(stretch), stretch.words.rpartition(" · ")[2])
        for name, stretch in told[-_TABLE_MAX:]
    ]
    headings = (_("Trunk"), _("Since"), _("Lasted"), _("State"))
    return Graph(id, title, summary, svg, tuple(key for key in keys if key.tone in shown), headings, tuple(rows))


def lines(samples: Sequence[LineSample], span: Span, step_s: float) -> list[Graph]:
    """Echo, buffer and drift of each analogue line while it carried calls."""
    given: list[tuple[str, str, str, Callable[[LineSample], float | None], tuple[float, float]]] = [
        ("echo", _("Echo taken out"), "dB", lambda sample: sample.erle_db, (0.0, 20.0)),
        ("depth", _("Delay in the buffer"), "ms", lambda sample: sample.depth_ms, (0.0, 10.0)),
        ("drift", _("Drift of the line's clock"), "ppm", lambda sample: sample.drift_ppm, (-10.0, 10.0)),
    ]
    slips = sum(sample.slips for sample in samples)
    slipped = ngettext("{} slip in this time.", "{} slips in this time.", slips).format(slips)
    return [_of_lines(*one, samples, span, step_s, slipped) for one in given]


def line_name(line: str) -> str:
    """`Telephone 1`, as the overview says."""
    kind, number = line[:3], line[3:]
    known = {"fxs": _("Telephone {}"), "fxo": _("Outside line {}")}
    return known[kind].format(clean(number, 4)) if kind in known else clean(line, 20)


def _latest(states: Sequence[TrunkState]) -> list[str]:
    """Those trunks that are there, or were until lately, in the order of their coming."""
    seen: dict[str, float] = {}
    for state in states:
        seen[state.trunk] = max(seen.get(state.trunk, 0.0), math.inf if state.ended_at is None else state.ended_at)
    kept = set(sorted(seen, key=lambda trunk: seen[trunk])[-_TRUNKS_MAX:])
    return [trunk for trunk in seen if trunk in kept]


def _strip(name: str, states: Sequence[TrunkState], span: Span, off: Sequence[Stretch]) -> Strip:
    stretches = list(off)
    for state in states:
        since, until = max(state.began_at, span.since), min(state.ended_at or span.until, span.until)
        if state.trunk == name and until >= since:
            said = words.of_trunk(state.state)
            text = words.sentence(retold(clean(state.words, 200))) or said.words
            stretches.append(Stretch(since, until, said.tone, _said(since, until, text)))
    shown = name.startswith("line:")
    title = _("Outside line {}").format(clean(name[5:], 4)) if shown else clean(name, 40)
    return Strip(title, tuple(sorted(stretches, key=lambda stretch: stretch.since)))


def _gaps(states: Sequence[TrunkState], span: Span) -> list[tuple[float, float]]:
    """Between states of whatever trunk: nothing was watched."""
    found, covered = [], None
    for state in states:  # in the order of their beginning
        if covered is not None and state.began_at > covered + _MEETING_S and state.began_at > span.since:
            found.append((max(covered, span.since), min(state.began_at, span.until)))
        covered = max(covered or 0.0, state.ended_at if state.ended_at is not None else span.until)
    return found


def _of_lines(
    id: str, title: str, unit: str, value_of: Callable[[LineSample], float | None], bounds: tuple[float, float],
    samples: Sequence[LineSample], span: Span, step_s: float, slipped: str,
) -> Graph:  # fmt: skip
    points: dict[str, list[Point]] = {}
    rows = []
    for sample in samples:
        value = value_of(sample)
        if value is not None:
            name, said = line_name(sample.line), figure(value, unit)
            slips = ngettext("{} slip", "{} slips", sample.slips).format(sample.slips)
            points.setdefault(name, []).append(
                Point(sample.at, value, f"{name}, {moments.short(sample.at)}: {said}, {slips}")
            )
            rows.append((moments.short(sample.at), name, said, str(sample.slips)))
    if not points:
        return Graph(id, title, _("No analogue line carried a call for as long as a minute in this time."))
    values = [point.value for some in points.values() for point in some]
    summary = _("from {} to {}").format(figure(min(values), unit), figure(max(values), unit))
    toned = list(zip(_TONES, sorted(points), strict=False))
    drawn = [Curve(tone, tuple(points[name]), 2.5 * step_s) for tone, name in toned]
    marks = list(moments.marks(span.since, span.until))
    summary = f"{words.sentence(summary)}. {slipped}"
    svg = curves(id, title, summary, drawn, (span.since, span.until), marks, unit=unit, bounds=bounds)
    keys = tuple(Key(tone, name) for tone, name in toned)
    return Graph(id, title, summary, svg, keys, (_("Time"), _("Line"), title, _("Slips")), tuple(rows[-_TABLE_MAX:]))


def _said(since: float, until: float, text: str) -> str:
    return f"{moments.short(since)} – {moments.short(until)} · {text}"


def _lasted(stretch: Stretch) -> str:
    return words.about(stretch.until - stretch.since)
