"""Tones and ringing of each country, which is a setting that counts at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from tests.support.box import Box, Phone
from tests.support.scenes import changed, dial_until, put_down, ring_other
from tests.support.waiting import until

# No outside number begins like an extension: in open numbering plans the pause would come first.
SETTINGS = {"telephones/3": {"extension": "103"}, "dialling/digit_map": "[2-9]xxxxxx"}
SLACK_MS = 60  # blocks of 10 ms at either end, and windows of the ear


@dataclass(frozen=True, slots=True)
class Country:
    """ITU-T E.180 supplement 2: Hz, on and off times in ms."""

    code: str
    dial: Sequence[int]
    ringback: Sequence[int]
    busy: Sequence[int]
    congestion: Sequence[int]
    ringback_ms: Sequence[int]
    busy_ms: Sequence[int]
    congestion_ms: Sequence[int]
    ring_ms: Sequence[int]


COUNTRIES = [
    Country(
        *("US", (350, 440), (440, 480), (480, 620), (480, 620)),
        *((2000, 4000), (500, 500), (250, 250), (2000, 4000)),
    ),
    Country(
        *("UK", (350, 440), (400, 450), (400,), (400,)),
        *((400, 200, 400, 2000), (375, 375), (400, 350, 225, 525), (400, 200, 400, 2000)),
    ),
    Country(
        *("DE", (425,), (425,), (425,), (425,)),
        *((1000, 4000), (480, 480), (240, 240), (1000, 4000)),
    ),
]


@pytest.fixture(params=COUNTRIES, ids=lambda country: country.code)
def country(box: Box, request: pytest.FixtureRequest) -> Iterator[Country]:
    """The box is there."""
    chosen: Country = request.param
    box.fault(country=chosen.code)
    with changed(box, country=chosen.code):
        yield chosen


def test_tones_and_ringing_are_the_countrys(box: Box, country: Country) -> None:
    one, two = box.phone(1), box.phone(2)
    one.lift()
    one.wait_tone("dial")
    assert tuple(one.state["tone"]["hz"]) == country.dial
    put_down(box, 1)
    ring_other(box)
    until(lambda: tuple((one.state["tone"] or {}).get("hz", ())) == country.ringback, 5, "ringback is heard")
    # A whole turn: fewer would let a single ring pass for a double one.
    _wait_cadence(one, country.ringback_ms, len(country.ringback_ms))
    whole = len(country.ring_ms)
    until(lambda: _is_like(two.state["cadence_ms"], country.ring_ms, whole), 15, f"the bell: {two.state}")


def test_busy_and_congestion_are_the_countrys(box: Box, country: Country) -> None:
    one, two = box.phone(1), box.phone(2)
    two.lift()
    two.wait_tone("dial")
    two.dial("103")  # its socket is not there
    dial_until(box, 1, "102", lambda: box.line("fxs1")["state"] == "busy-tone")
    one.wait_tone("busy")
    assert tuple(one.state["tone"]["hz"]) == country.busy
    _wait_cadence(one, country.busy_ms, 3)
    two.wait_tone("congestion")
    assert tuple(two.state["tone"]["hz"]) == country.congestion
    _wait_cadence(two, country.congestion_ms, 3)


def test_a_country_that_is_set_during_a_call_counts_from_the_next_tone(box: Box) -> None:
    ring_other(box)
    box.phone(1).wait_tone("ringback")
    with changed(box, country="DE"):
        until(lambda: box.status()["country"] == "DE", 5, "the country is seen")
        assert tuple(box.phone(1).state["tone"]["hz"]) == (440, 480)
        box.phone(2).lift()
        box.wait_line("fxs1", "talking")
        box.phone(2).hang_up()
        box.phone(1).wait_tone("busy")
        assert tuple(box.phone(1).state["tone"]["hz"]) == (425,)


def _wait_cadence(phone: Phone, cadence_ms: Sequence[int], times: int) -> None:
    """Until so many whole on and off times were heard, and they are the cadence's."""
    until(
        lambda: _is_like((phone.state["tone"] or {}).get("cadence_ms", ()), cadence_ms, times),
        15,
        f"cadence {cadence_ms}",
    )


def _is_like(heard_ms: Sequence[int], cadence_ms: Sequence[int], times: int) -> bool:
    """Whether the last `times` of what was heard are in the cadence; of what was heard, the first is an "on"."""
    last = [(place, ms) for place, ms in enumerate(heard_ms)][-times:]
    if len(last) < times:
        return False
    turns = range(0, len(cadence_ms), 2)
    return any(
        all(abs(ms - cadence_ms[(place + turn) % len(cadence_ms)]) <= SLACK_MS for place, ms in last) for turn in turns
    )
