"""A telephone performs what its machine decides: commands to the line, words to its calls, each in its order."""

import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from firmware import countries
from firmware.fxs.line import (
    AnnounceCall,
    Caller,
    Flashed,
    LineCommand,
    LineFound,
    LineId,
    LineKind,
    OffHook,
    OnHook,
    Ring,
    StopAnnouncing,
)
from firmware.telephony.events import Cause, Destination
from firmware.telephony.legs import Leg, Offered
from firmware.telephony.lines.port import Phase
from firmware.telephony.lines.telephone import Telephone, TelephoneIdentity
from firmware.telephony.lines.telephone_leg import TelephoneLeg
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.tones import Rendered, render
from firmware.telephony.summary import Origin
from tests.unit.telephony.lines.port_runs import DE, ONE, OTHER, PLAN, US

LINE = LineId(LineKind.FXS, 1)


class Lines:
    """Notes what the line is told."""

    def __init__(self) -> None:
        self.told: list[LineCommand] = []

    def perform(self, line: LineId, command: LineCommand) -> None:
        assert line == LINE
        self.told.append(command)

    def attach(self, line: LineId, path: object) -> None: ...

    def tone_dialled(self, line: LineId) -> None: ...

    def last(self, kind: type) -> Any:
        return [command for command in self.told if isinstance(command, kind)][-1]


class Ear:
    """What is played to the handset."""

    port = "the line's port"

    def __init__(self) -> None:
        self.played: list[Rendered | None] = []

    def open(self) -> None: ...

    def close(self) -> None: ...

    def play(self, sound: Rendered | None) -> None:
        self.played.append(sound)

    def play_digit(self, digit: str) -> None: ...


class Exchange:
    """Notes what it is told, by legs and by the telephone, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.legs: list[TelephoneLeg] = []

    def originate(self, leg: Leg, destination: Destination, origin: Origin) -> Any:
        assert isinstance(leg, TelephoneLeg)
        self.legs.append(leg)
        self.told.append(f"originate {destination}")
        return self

    def transfer_blind(self, leg: Leg, destination: Destination, origin_extension: str) -> None:
        self.told.append(f"transfer {self.legs.index(leg)} to {destination} by {origin_extension}")  # type: ignore[arg-type]

    def transfer_attended(self, first: Leg, second: Leg) -> None:
        self._both("transfer", first, second)

    def conference(self, first: Leg, second: Leg) -> None:
        self._both("conference", first, second)

    def _both(self, what: str, first: Leg, second: Leg) -> None:
        self.told.append(f"{what} {self.legs.index(first)} {self.legs.index(second)}")  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        def told(leg: TelephoneLeg, *values: object) -> None:
            self.told.append(" ".join([name, str(self.legs.index(leg)), *map(str, values)]))

        return told


class Scene:
    """A telephone of a country with everything round it."""

    def __init__(self, code: str) -> None:
        self.lines, self.ear, self.exchange, self.loop = Lines(), Ear(), Exchange(), CallLoop()
        country = countries.load(code)
        flash = {"US": US, "DE": DE}[code].flash
        self.telephone = Telephone(
            TelephoneIdentity(LINE, "11", "Hall"),
            lines=self.lines,
            audio=self.ear,  # type: ignore[arg-type]
            loop=self.loop,
            exchange=self.exchange,
            rules=lambda: replace(US, plan=PLAN, flash=flash),
            tone=lambda name: render(getattr(country.tones, name)),
            on_change=lambda: None,
            ring_cadence_ms=lambda name: country.ring_patterns.get(name, ()),
        )
        self.telephone.take(LineFound(LINE, "1"))

    def offer(self, caller: Caller, ring: str = "") -> TelephoneLeg:
        leg = self.telephone.new_leg()
        leg.events = self.exchange  # type: ignore[assignment]
        self.exchange.legs.append(leg)
        leg.offer(Offered(caller, ring))
        self.settle()
        return leg

    def do(self, *events: type) -> None:
        for event in events:
            self.telephone.take(event(LINE))
        self.settle()

    def dial(self, digits: str) -> TelephoneLeg:
        for digit in digits:
            self.telephone.digit_heard(digit)
        self.settle()
        return self.exchange.legs[-1]

    def settle(self) -> None:
        """Let the loop do what is posted."""
        is_done: list[bool] = []
        self.loop.post(lambda: is_done.append(True))
        assert self.loop.run_until(lambda: bool(is_done), 5)


@pytest.fixture
def us() -> Iterator[Scene]:
    yield Scene("US")


@pytest.fixture
def de() -> Iterator[Scene]:
    yield Scene("DE")


def test_a_call_rings_in_the_pattern_that_was_asked_for(us: Scene) -> None:
    us.offer(ONE, "3")
    assert us.lines.last(Ring) == Ring((400, 200, 400, 200, 800, 4000), ONE)
    assert us.exchange.told == ["leg_ringing 0"]


def test_an_unknown_pattern_rings_as_usual(us: Scene) -> None:
    us.offer(ONE, "9")
    assert us.lines.last(Ring) == Ring((), ONE)


def test_a_second_caller_is_announced_with_the_burst_of_the_countrys_tone(us: Scene) -> None:
    us.offer(ONE)
    us.do(OffHook)
    us.offer(OTHER)
    announced = us.lines.last(AnnounceCall)
    assert announced.repeat_ms == 10_000 and announced.caller == OTHER
    assert len(announced.tone) % 2 == 0 and 295 <= len(announced.tone) / 16 <= 300
    us.do(Flashed)
    assert us.lines.last(StopAnnouncing) is not None
    assert us.exchange.told[-2:] == ["leg_held 0 True", "leg_answered 1"]


def test_the_announcement_of_two_bursts_keeps_the_pause_between_them(de: Scene) -> None:
    de.offer(ONE)
    de.do(OffHook)
    de.offer(OTHER)
    announced = de.lines.last(AnnounceCall)
    assert announced.repeat_ms == 5600 and 595 <= len(announced.tone) / 16 <= 600


def test_a_waiting_call_rings_with_its_caller_when_the_handset_is_put_down(us: Scene) -> None:
    us.offer(ONE)
    us.do(OffHook)
    us.offer(OTHER, "2")
    us.do(OnHook)
    assert us.lines.last(Ring) == Ring((800, 400, 800, 4000), OTHER)
    us.do(OffHook)
    assert us.exchange.told[-1] == "leg_answered 1"


def test_a_call_made_and_held_rings_back_without_a_caller(us: Scene) -> None:
    us.do(OffHook)
    us.dial("12").answer()
    us.do(Flashed, OnHook)
    assert us.lines.last(Ring) == Ring()


def test_three_talk_after_everything_that_the_calls_were_told_before(us: Scene) -> None:
    us.offer(ONE)
    us.do(OffHook, Flashed)
    us.dial("12").answer()
    us.do(Flashed)
    assert us.exchange.told[-3:] == ["leg_held 0 True", "originate extension:12", "conference 0 1"]


def test_hanging_up_hands_both_calls_over_and_ends_neither(de: Scene) -> None:
    first = de.offer(ONE)
    de.do(OffHook, Flashed)
    second = de.dial("12")
    second.ringing()
    de.do(OnHook)
    assert de.exchange.told[-1] == "transfer 0 1"
    first.end(Cause.NORMAL)
    second.end(Cause.NORMAL)
    de.settle()
    assert de.telephone.phase is Phase.ON_HOOK
    assert not any(word.startswith("leg_ended") for word in de.exchange.told)


def test_a_party_that_is_gone_meanwhile_is_not_joined(us: Scene) -> None:
    first = us.offer(ONE)
    us.do(OffHook, Flashed)
    us.dial("12").answer()
    us.loop.post(functools.partial(first.end, Cause.NORMAL))  # on its way already when R is pressed
    us.do(Flashed)
    assert "conference 0 1" not in us.exchange.told
    assert us.telephone.phase is Phase.TALKING and not us.telephone.has_held_call


def test_a_third_caller_hears_busy(us: Scene) -> None:
    us.offer(ONE)
    us.do(OffHook)
    us.offer(OTHER)
    us.offer(ONE)
    assert us.exchange.told[-1] == f"leg_ended 2 {Cause.BUSY}"
