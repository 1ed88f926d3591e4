"""What `make bench` makes of its measures: verdicts, disturbances, what is kept between runs, what breaks off."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import document, outcome, running
from tests.bench.catalogue import Area, Bench, benches
from tests.bench.machine import Load
from tests.bench.measure import Figure, Measure
from tests.bench.outcome import Outcome

DELAY = Measure("delay", "ms", "from here to there", goal=40)
QUIET = Load(ours=30.0, others=0.5, stolen=0.1, stolen_worst=1.0)


def kept(name: str, *values: float, machine: str = "this one") -> Outcome:
    return Outcome(name, "2026-01-01", "abc", machine, 1.0, QUIET, (Figure(DELAY, values).row(),))


@contextmanager
def nowhere(_: Path) -> Iterator[list[str]]:
    yield []


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((30, 35, 40), "met"), ((30, 35, 41), "met (worst: no)"), ((30, 41, 42), "missed"), ((), "not measured")],
)
def test_the_median_is_held_against_the_goal_and_the_worst_is_told(values: tuple[float, ...], verdict: str) -> None:
    assert Figure(DELAY, values).row().verdict == verdict


def test_where_more_is_better_the_lowest_is_the_worst() -> None:
    heard = replace(DELAY, goal=990, is_more_better=True)
    assert Figure(heard, (980, 1000, 1000)).row().verdict == "met (worst: no)"


def test_a_hundred_values_have_a_99th_percentile_beside_their_maximum() -> None:
    assert Figure(DELAY, tuple(range(99))).row().p99 is None
    row = Figure(DELAY, tuple(range(1, 201))).row()
    assert (row.count, row.low, row.middle, row.p99, row.high) == (200, 1, 100.5, 198, 200)


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (QUIET, ""),
        (replace(QUIET, others=20.0), "other load 20 %"),
        (replace(QUIET, stolen=3.0), "3.0 % stolen"),
        (replace(QUIET, stolen_worst=40.0), "40 % stolen in one second"),
    ],
)
def test_a_run_beside_other_work_is_told_as_disturbed(load: Load, words: str) -> None:
    assert load.disturbance == words


def test_repeated_measures_take_the_place_of_kept_ones_and_leave_the_others(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    outcome.write(path, [kept("delay", 30), kept("start", 2)])
    both = outcome.merged(outcome.read(path), [kept("delay", 35)])
    assert both == {"delay": kept("delay", 35), "start": kept("start", 2)}


def test_figures_of_another_machine_do_not_stand_beside_these() -> None:
    others = {"start": kept("start", 2, machine="another one")}
    assert list(outcome.merged(others, [kept("delay", 35)])) == ["delay"]


def test_what_an_older_program_kept_is_measured_anew(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    for text in ("", "{", '[{"name": "delay"}]'):
        path.write_text(text)
        assert outcome.read(path) == {}


def test_a_measure_that_breaks_off_is_named_with_its_reason_and_stops_no_other(tmp_path: Path) -> None:
    sites: list[list[str]] = []

    def breaks(site: list[str], folder: Path, times: int) -> list[Figure]:
        sites.append(site)
        raise OSError("no telephone in the house")

    def goes_on(site: list[str], folder: Path, times: int) -> list[Figure]:
        assert all(site is not before for before in sites), "nobody knows how a measure that broke off left its site"
        return [Figure(DELAY, (30.0,) * times)]

    chosen = [Bench("one", Area.CALL, nowhere, breaks, 1), Bench("two", Area.CALL, nowhere, goes_on, 3)]
    first, second = running.take(chosen, None)
    assert (first.broke_off, first.rows) == ("no telephone in the house", ())
    assert (second.broke_off, second.rows[0].count) == ("", 3)
    document.write(tmp_path / "figures.md", chosen, {"one": first, "two": second})
    text = (tmp_path / "figures.md").read_text()
    assert "**one broke off**: no telephone in the house" in text
    assert "| delay | ms | 3 | 30 | 30 |  | 30 | ≤ 40 | met" in text


def test_measures_in_a_row_share_a_site_and_find_no_other_box_running() -> None:
    kinds = [kind for kind, _ in itertools.groupby(bench.site for bench in benches())]
    assert len(kinds) == len(set(kinds))


def test_no_two_measures_have_the_same_name() -> None:
    names = [bench.name for bench in benches()]
    assert len(names) == len(set(names))
