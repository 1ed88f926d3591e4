"""Graphs as SVG: scales, no data, one value, hostile names; well-formed, named, and the same as a table."""

import itertools
import math
import time
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.records import Counted, LineSample, Span, TrunkState
from firmware.webadmin.graphs import Column, Curve, Graph, Mark, Point, Stretch, Strip, bars, curves, strips
from firmware.webadmin.graphs.markup import element
from firmware.webadmin.graphs.scale import Scale, ticks, worded
from firmware.webadmin.past import call_graphs, course_graphs, moments

HOSTILE = "</title><script>alert(1)</script>&\"'\x00\u202e"
SVG = "{http://www.w3.org/2000/svg}"
NOON = moments.midnight("2026-03-10")
assert NOON is not None
DAY = Span(NOON, NOON + 86_400)


def parsed(svg: str) -> ElementTree.Element:
    """As strict as XML is, as a browser is not."""
    root = ElementTree.fromstring(svg)
    for node in root.iter():
        for name, value in node.attrib.items():
            assert name != "style" and not name.startswith("on"), "the Content-Security-Policy forbids it"
            assert "nan" not in value and "inf" not in value, (node.tag, name, value)
    return root


def titles(svg: str) -> list[str]:
    return [node.text or "" for node in parsed(svg).iter("title")]


@given(st.floats(allow_nan=True), st.floats(allow_nan=True), st.booleans())
def test_ticks_hold_what_is_drawn_and_are_few(low: float, high: float, are_whole: bool) -> None:
    if abs(low) > 1e12 or abs(high) > 1e12:
        low, high = 0.0, 1.0
    if math.isfinite(low) and math.isfinite(high):
        low, high = sorted((low, high))
    found = ticks(low, high, are_whole=are_whole)
    assert 2 <= len(found) <= 8
    assert list(found) == sorted(set(found))
    if math.isfinite(low) and math.isfinite(high):
        room = max(abs(low), abs(high)) * 1e-6
        assert found[0] <= low + room and found[-1] >= high - room


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0, 0, ["0", "1"]), (0, 7, ["0", "2", "4", "6", "8"]), (1, 4.5, ["1", "2", "3", "4", "5"]),
     (0, 0.3, ["0.0", "0.1", "0.2", "0.3"]), (-40, 30, ["-40", "-20", "0", "20", "40"])],
)  # fmt: skip
def test_ticks_are_round_numbers(low: float, high: float, words: list[str]) -> None:
    found = ticks(low, high)
    assert [worded(value, found) for value in found] == words


def test_what_lies_beyond_a_scale_is_put_on_its_edge() -> None:
    scale = Scale(0, 10, 100, 0)
    assert [scale.place(value) for value in (-5, 0, 5, 99, math.nan)] == [100, 100, 50, 0, 100]
    assert Scale(3, 3, 10, 20).place(3) == 10


def test_everything_that_is_no_element_is_escaped() -> None:
    assert element("text", "<b>", x=1.04, class_='"') == '<text x="1" class="&quot;">&lt;b&gt;</text>'
    assert element("g", element("title", "a"), class_=None) == "<g><title>a</title></g>"
    assert len(element("title", "x" * 5000)) < 300


def test_hostile_names_stay_text_in_every_graph() -> None:
    point = Point(1.0, 2.0, HOSTILE)
    for svg in (
        bars("a", HOSTILE, HOSTILE, [Column((1.0, 2.0), HOSTILE)], ("c1", "c2"), [Mark(0.5, HOSTILE)], unit=HOSTILE),
        curves("b", HOSTILE, HOSTILE, [Curve("c1", (point,), 1.0)], (0, 2), [Mark(1, HOSTILE)], unit=HOSTILE),
        strips("c", HOSTILE, HOSTILE, [Strip(HOSTILE, (Stretch(0, 1, "good", HOSTILE),))], (0, 2), [Mark(1, HOSTILE)]),
    ):
        assert "<script" not in svg
        assert titles(svg)[0] == HOSTILE.replace("\x00", "")


@pytest.mark.parametrize("count", [0, 1, 2, 400])
def test_a_graph_of_any_number_of_values_is_well_formed_and_named(count: int) -> None:
    columns = [Column((float(n % 7), 0.0, 1.0), str(n)) for n in range(count)]
    points = tuple(Point(float(n), 3.0, str(n)) for n in range(count))
    stretches = tuple(Stretch(n, n + 1, "good", str(n)) for n in range(count))
    for svg in (
        bars("x", "t", "s", columns, ("c1", "c2", "c3"), []),
        curves("x", "t", "s", [Curve("c1", points, 1.0)], (0, 400), []),
        strips("x", "t", "s", [Strip("main", stretches)] if count else [], (0, 400), []),
    ):
        root = parsed(svg)
        assert root.get("role") == "img" and root.get("aria-labelledby") == "x-title x-desc"
        assert [node.text for node in root][:2] == ["t", "s"]
        assert len(titles(svg)) == 1 + count


def test_a_line_is_broken_where_nothing_is_known() -> None:
    points = tuple(Point(at, 1.0, "") for at in (0.0, 1.0, 2.0, 8.0, 9.0))
    path = next(parsed(curves("x", "", "", [Curve("c1", points, 1.5)], (0, 10), [])).iter("path"))
    assert [step for step in path.attrib["d"] if step.isalpha()] == ["M", "L", "L", "M", "L"]


def same_as_table(graph: Graph, hovers: int) -> None:
    assert len(titles(graph.svg)) - 1 == hovers and graph.rows
    assert all(len(row) == len(graph.headings) for row in graph.rows)


def test_calls_by_hour_are_counted_where_they_began() -> None:
    counted = [Counted(DAY.since + 9 * 3600 + quarter * 900, "in", "answered", 2) for quarter in range(4)]
    counted.append(Counted(DAY.since + 9 * 3600, "in", "missed", 1))
    graph = call_graphs.by_time(counted, DAY, 3600, "Calls by hour")
    same_as_table(graph, 24)
    assert [row[1:] for row in graph.rows] == [("8", "1", "0")]
    assert "09:00" in graph.rows[0][0] and "9 calls" in graph.summary
    assert call_graphs.by_hour_of_day(counted).rows == (("9:00", "8", "1", "0"),)
    empty = call_graphs.by_time([], DAY, 3600, "Calls by hour")
    assert (empty.svg, empty.rows) == ("", ()) and empty.summary


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_days_with_another_clock_time_have_their_hours_and_no_more() -> None:
    since, until = moments.midnight("2026-03-20"), moments.midnight("2026-04-05")
    assert since is not None and until is not None
    days = moments.steps(since, until, 86_400)
    assert [moments.short(at) for at in days[8:11]] == ["Sat 3/28 00:00", "Sun 3/29 00:00", "Mon 3/30 00:00"]
    assert days[10] - days[9] == 23 * 3600 and len(days) == 16
    hours = moments.steps(days[9], days[10], 3600)
    assert [moments.clock(at) for at in hours[:4]] == ["00:00", "01:00", "03:00", "04:00"] and len(hours) == 23
    for step_s in (3600, 4 * 3600):
        steps = moments.steps(since, until, step_s)
        assert all(0 < later - earlier <= step_s for earlier, later in itertools.pairwise(steps))
        assert set(days) <= set(steps)


def test_an_outage_and_a_box_that_was_off_are_told_apart() -> None:
    at = DAY.since
    states = [
        TrunkState("main", "registered", "", at - 99, at + 3600),
        TrunkState("line:1", "ready", "", at - 99, at + 10_000),
        TrunkState("main", "waiting", "no answer", at + 3600, at + 10_000),
        TrunkState("main", "registered", "", at + 20_000),
        TrunkState("line:1", "ready", "", at + 20_000),
    ]
    graph = course_graphs.uplinks(states, DAY)
    same_as_table(graph, 7)
    assert graph.summary.startswith("1 outage")
    main = [(row[0], row[3]) for row in graph.rows if row[0] == "main"]
    assert [words for _name, words in main] == ["Registered", "No answer", "the box was off", "Registered"]
    assert {key.tone for key in graph.keys} == {"good", "warn", "off"}
    assert course_graphs.uplinks([], DAY).svg == ""


def test_of_more_trunks_than_fit_those_are_drawn_that_are_there_or_were_lately() -> None:
    at = DAY.since
    gone = [TrunkState(f"gone{number}", "registered", "", at + number, at + 100 + number) for number in range(30)]
    graph = course_graphs.uplinks([TrunkState("main", "registered", "", at - 500), *gone], DAY)
    assert "main" in graph.svg and "gone29" in graph.svg and "gone5" not in graph.svg
    assert [row[0] for row in graph.rows][-1] == "gone29", "the table ends with the latest"


def test_each_line_has_a_curve_and_what_is_not_known_has_no_point() -> None:
    samples = [LineSample("fxs1", DAY.since + n * 900, 20.0, 4.0, n, None) for n in range(3)]
    samples.append(LineSample(HOSTILE, DAY.since, None, 5.0, 0, None))
    echo, depth, drift = course_graphs.lines(samples, DAY, 900.0)
    assert [key.words for key in echo.keys] == ["Telephone 1"]
    assert len(depth.rows) == 4 and "3 slips" in depth.summary and "<script" not in depth.svg
    assert (drift.svg, drift.rows) == ("", ())
