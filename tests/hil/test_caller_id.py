"""Who calls, shown by a ringing telephone: decoded by the simulated telephone from the audio of the line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from firmware.fxs.callerid.listening import RING_OVER_S
from tests.support.box import Box
from tests.support.scenes import TRIES, calm, changed, comes, put_down, ring_other
from tests.support.waiting import until

SETTINGS = {
    "country": "UK",
    "telephones/1/name": "Hall",
    "dialling/digit_map": "[2-9]xxxxxx",  # no outside number begins like an extension
}
SHOWN_S = 6.0  # a ring of 2 s, a pause, a second of FSK


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a country's telephones are told: by which modem, and whether before the first ring."""

    name: str
    modem: str
    is_before_ring: bool = False
    is_reversed: bool = False


SCHEMES = [
    Scheme("bellcore-fsk", "bell202"),
    Scheme("etsi-fsk-during-ringing", "v23"),
    Scheme("etsi-fsk-ring-pulse", "v23"),
    Scheme("etsi-fsk-dtas", "v23", is_before_ring=True),
    Scheme("sin227", "v23", is_before_ring=True, is_reversed=True),
    Scheme("dtmf", "dtmf", is_before_ring=True),
    Scheme("dtmf-reversal", "dtmf", is_before_ring=True, is_reversed=True),
    Scheme("dtmf-denmark", "dtmf", is_before_ring=True),
]
OWN = ("etsi-fsk-ring-pulse", "etsi-fsk-dtas", "dtmf-reversal", "dtmf-denmark")  # no country's here
BY_COUNTRY = {"US": "bellcore-fsk", "UK": "sin227", "DE": "etsi-fsk-during-ringing"}


@dataclass(frozen=True, slots=True)
class Displays:
    """What telephones show from now on: they show the last caller until the next one calls."""

    box: Box
    since: float

    @classmethod
    def of(cls, box: Box) -> "Displays":
        state = box.simulator.call("state")
        assert isinstance(state, dict)
        return cls(box, state["now"])

    def shown(self, number: int) -> dict[str, Any] | None:
        """The new caller, if any."""
        caller: dict[str, Any] | None = self.box.phone(number).state["caller_id"]
        return caller if caller and caller["heard_at"] > self.since else None

    def wait(self, number: int) -> dict[str, Any]:
        """The new caller, once shown."""
        return until(lambda: self.shown(number), SHOWN_S, f"telephone {number} shows who calls") or {}

    def of_call(self, caller: int = 1, called: int = 2) -> dict[str, Any]:
        """One telephone calls the other, and the caller is shown."""
        for _ in range(TRIES):  # a message that lost a piece to a stall is not shown
            ring_other(self.box, caller, called)
            if comes(lambda: self.shown(called), SHOWN_S):
                break
            put_down(self.box, caller)
        return self.wait(called)


@pytest.fixture
def displays(box: Box) -> Displays:
    return Displays.of(box)


@pytest.fixture(params=list(BY_COUNTRY))
def country(box: Box, request: pytest.FixtureRequest) -> Iterator[Scheme]:
    """The box is there; its scheme."""
    box.fault(country=request.param)
    with changed(box, country=request.param):
        yield next(scheme for scheme in SCHEMES if scheme.name == BY_COUNTRY[request.param])


def test_a_telephone_shows_who_calls_in_the_way_of_its_country(displays: Displays, country: Scheme) -> None:
    _assert_shown_by(displays, country)


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme.name in OWN], ids=lambda scheme: scheme.name)
def test_a_telephone_shows_who_calls_in_a_way_of_its_own(box: Box, displays: Displays, scheme: Scheme) -> None:
    with changed(box, telephones__2__caller_id_scheme=scheme.name):
        _assert_shown_by(displays, scheme)


def test_where_caller_id_is_off_a_telephone_rings_at_once_and_shows_nobody(box: Box, displays: Displays) -> None:
    with changed(box, telephones__2__caller_id_scheme="off"):
        ring_other(box)
        box.phone(2).wait("burst", False)
        assert displays.shown(2) is None


def test_lifting_amid_the_message_answers_and_nothing_of_it_is_shown(box: Box, displays: Displays) -> None:
    with changed(box, telephones__2__caller_id_scheme="etsi-fsk-during-ringing"):
        ring_other(box)
        box.phone(2).wait("burst", False)
        box.phone(2).lift()
        box.wait_line("fxs2", "talking")
        assert displays.shown(2) is None


def test_a_caller_from_outside_who_hides_is_shown_as_hiding(box: Box, displays: Displays) -> None:
    for _ in range(TRIES):
        box.outside.do("ring", from_="withheld")
        if comes(lambda: displays.shown(1), SHOWN_S):
            break
        calm(box)
        comes(lambda: False, RING_OVER_S)  # sooner the next ring is taken for the same call
    caller = displays.wait(1)
    assert caller["withheld"] and caller["number"] == caller["name"] == ""
    assert "withheld" not in box.log


@pytest.mark.parametrize("scheme", ["dtmf", "dtmf-reversal"])
def test_a_caller_from_outside_is_known_by_digits(box: Box, displays: Displays, scheme: str) -> None:
    with changed(box, outside_lines__1__caller_id_scheme=scheme):
        for _ in range(TRIES):
            calm(box)
            box.fault(caller_id=scheme)
            comes(lambda: False, RING_OVER_S)  # sooner the next ring is taken for the same call
            box.outside.do("ring", from_="02079460123")
            if comes(lambda: (displays.shown(1) or {}).get("number"), SHOWN_S):
                break
        assert displays.wait(1)["number"] == "02079460123"
        calm(box)


@pytest.mark.parametrize(
    ("name", "display"),
    [
        ("Zoë & Søren's <Café>", "Zoe & S?ren's <Cafe>"),
        ('"; DROP TABLE calls; --', '"; DROP TABLE calls; --'),
        ("☎☎ 北京 \u202edesrever", "?? ?? desrever"),
        ("x" * 40, "x" * 40),
    ],
)
def test_hostile_names_come_out_plain(box: Box, displays: Displays, name: str, display: str) -> None:
    with changed(box, telephones__1__name=name):
        caller = displays.of_call()
    assert caller["name"] == display and caller["number"] == "101"


def test_the_number_and_name_of_a_caller_from_outside_reach_both_telephones(box: Box, displays: Displays) -> None:
    for _ in range(TRIES):
        box.outside.do("ring", from_="02079460123", name="<b>Bob</b>")
        if all(comes(lambda n=number: _is_bob(displays.shown(n)), SHOWN_S) for number in (1, 2)):  # type: ignore[misc]
            break
        calm(box)
        comes(lambda: False, RING_OVER_S)  # sooner the next ring is taken for the same call
    assert _is_bob(displays.shown(1)) and _is_bob(displays.shown(2))
    assert "02079460123" not in box.log, "the log names nobody"


def _is_bob(caller: dict[str, Any] | None) -> bool:
    return caller is not None and (caller["number"], caller["name"]) == ("02079460123", "<b>Bob</b>")


def _assert_shown_by(displays: Displays, scheme: Scheme) -> None:
    box, caller = displays.box, displays.of_call()
    state = box.phone(2).state
    assert caller["number"] == "101" and not caller["withheld"] and caller["modem"] == scheme.modem
    if scheme.modem != "dtmf":
        assert caller["name"] == "Hall" and len(caller["date_and_time"]) == 8
    if scheme.is_reversed:
        assert state["polarity"] == "reversed"
    box.phone(2).wait("burst", True)
    rang_at = box.phone(2).state["ring_started_at"]
    assert (caller["heard_at"] < rang_at) == scheme.is_before_ring
    box.phone(2).lift()
    box.wait_line("fxs2", "talking")
    assert box.phone(2).state["polarity"] == "normal"
