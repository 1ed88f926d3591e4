"""Who answers to a destination: telephones of every kind, groups of them, and every way out in an emergency."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

from firmware.telephony.directory import House, RosterDirectory
from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.extension import Extension
from firmware.telephony.lines.port import Phase
from firmware.telephony.numbering.routes import TrunkTry
from firmware.telephony.pbx.attempts import Attempt
from firmware.telephony.seams import Dialled
from firmware.telephony.summary import Origin
from tests.unit.telephony.pbx.fake_legs import FakeLeg

EVERYBODY = Destination("group", "all")


class Roster:
    """Telephones on sockets, SIP trunks and outside lines, as the directory sees them; `called`: what went out."""

    def __init__(self, *extensions: str, trunks: Sequence[str] = (), lines: Sequence[str] = ()) -> None:
        self.called: list[tuple[str, str]] = []
        self.routes: Sequence[str] = ()
        self.telephones = [
            SimpleNamespace(identity=SimpleNamespace(extension=each), phase=Phase.ON_HOOK, new_leg=FakeLeg)
            for each in extensions
        ]
        self.sip_trunks = [SimpleNamespace(name=name, is_ready=True, call=self._called(name)) for name in trunks]
        self.line_trunks = [
            SimpleNamespace(
                name=name, is_ready=True, is_dead=False, phase=SimpleNamespace(value="idle"), call=self._called(name)
            )
            for name in lines
        ]

    def _called(self, trunk: str) -> Callable[..., FakeLeg]:
        def call(number: str, **shown: object) -> FakeLeg:
            self.called.append((trunk, number))
            return FakeLeg(trunk)

        return call


class Routes:
    """Puts a 0 before what trunk "pbx" is to call."""

    def judge(self, request: object) -> Any:
        raise AssertionError("emergency calls are not judged")

    def emergency(self, number: str, trunks: Sequence[str]) -> Sequence[TrunkTry]:
        return [TrunkTry(name, f"0{number}" if name == "pbx" else number) for name in trunks]


def directory(roster: Roster, *registered: str, outbound: object = None) -> RosterDirectory:
    house = House(
        profile=Extension,
        ip_phones=lambda number: [lambda events: cast(Any, FakeLeg(number))] if number in registered else (),
        registered=lambda: registered,
    )
    return RosterDirectory(cast(Any, roster), cast(Any, None), house=house, outbound=cast(Any, outbound))


def rung(found: Sequence[Attempt] | Cause) -> list[str]:
    assert not isinstance(found, Cause)
    return [leg.extension.number for attempt in found for leg in attempt.legs if leg.extension]


def from_extension(number: str) -> Dialled:
    return Dialled(Origin(Caller(number), extension=number), EVERYBODY)


def test_everybody_is_telephones_on_sockets_and_ip_telephones_but_not_who_calls() -> None:
    house = directory(Roster("101", "102"), "203", "201", "101")
    assert rung(house.attempts(EVERYBODY, from_extension("102"))) == ["101", "101", "201", "203"]
    assert rung(house.attempts(EVERYBODY, from_extension("201"))) == ["101", "101", "102", "203"]


def test_everybody_is_32_extensions_at_the_most_those_on_sockets_first() -> None:
    house = directory(Roster("901", "902"), *(str(number) for number in range(1000, 3000)))
    numbers = rung(house.attempts(EVERYBODY, from_extension("1001")))
    assert numbers[:3] == ["901", "902", "1000"] and len(numbers) == 32 and "1001" not in numbers


def test_where_nobody_is_there_nobody_is_rung() -> None:
    assert directory(Roster("101")).attempts(EVERYBODY, from_extension("101")) is Cause.UNREACHABLE


def calls(roster: Roster, outbound: object = None) -> list[tuple[str, str]]:
    """What goes out for an emergency call, in order, where no way answers."""
    found = directory(roster, outbound=outbound).attempts(Destination("emergency", "112"), from_extension("101"))
    assert not isinstance(found, Cause)
    for attempt in found:
        for leg in attempt.legs:
            leg.make(cast(Any, None))
    return roster.called


def test_an_emergency_goes_out_by_every_way_those_of_the_order_first() -> None:
    roster = Roster(trunks=["a", "b"], lines=["line:1"])
    roster.routes = ["line:1", "b"]
    assert calls(roster) == [("line:1", "112"), ("b", "112"), ("a", "112")]


def test_an_emergency_goes_out_in_the_form_that_each_trunk_wants() -> None:
    assert calls(Roster(trunks=["a", "pbx"]), Routes()) == [("a", "112"), ("pbx", "0112")]


def test_an_emergency_takes_a_line_that_is_in_use_in_its_form_too() -> None:
    roster = Roster(trunks=["a"], lines=["pbx", "line:2"])
    roster.line_trunks[0].is_ready = False
    roster.line_trunks[1].is_dead = roster.line_trunks[1].is_ready = False
    roster.line_trunks[1].phase.value = "lost"
    assert calls(roster, Routes()) == [("a", "112"), ("pbx", "0112")]
