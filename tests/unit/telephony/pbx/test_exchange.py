"""The exchange with legs that note what they are told: voice channels, refusals, the end of all."""

import pytest

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.loop import CallLoop
from firmware.telephony.pbx.attempts import Attempt
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.pbx.surroundings import ExchangeLimits, Surroundings
from firmware.telephony.summary import Origin
from tests.unit.telephony.pbx.exchange_scene import FakeDirectory
from tests.unit.telephony.pbx.fake_legs import FakeBridge, FakeLeg, making, settle

ANN = Origin(Caller("11"), "11")
ANYBODY = Destination("number", "5551234")


class Scene:
    """An exchange with nobody in it."""

    def __init__(self) -> None:
        self.loop = CallLoop()
        self.bridge = FakeBridge()
        self.directory = FakeDirectory()
        self.limits = ExchangeLimits()
        self.changes = 0
        self.exchange = Exchange(
            loop=self.loop,
            bridge=self.bridge,
            surroundings=Surroundings(self.directory, lambda: self.limits),
            on_change=self._changed,
        )

    def _changed(self) -> None:
        self.changes += 1

    def call(self, name: str, kind: str = "number") -> tuple[FakeLeg, FakeLeg]:
        """A new caller calls a new called of that name; both legs."""
        calling, called = FakeLeg(f"caller of {name}"), FakeLeg(name)
        self.directory.found[name] = [making(called)]
        calling.events = self.exchange.originate(calling, Destination(kind, name), ANN)
        settle(self.loop)
        return calling, called


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_call_is_offered_to_whom_the_directory_names(scene: Scene) -> None:
    _, called = scene.call("5551234")
    assert [(where, dialled.origin) for where, dialled in scene.directory.asked] == [(ANYBODY, ANN)]
    assert called.told == ["offer 11"]
    assert [call.destination for call in scene.exchange.calls] == [ANYBODY]
    assert scene.exchange.channels_used == 1


def test_whoever_calls_knows_its_call_before_the_call_speaks_to_it(scene: Scene) -> None:
    calling = FakeLeg("caller")
    scene.exchange.originate(calling, Destination("number", "nobody"), ANN)
    (call,) = scene.exchange.calls
    assert calling.told == [] and not call.is_over
    settle(scene.loop)
    assert calling.cause is Cause.UNKNOWN_NUMBER and call.is_over


def test_a_number_that_leads_nowhere_is_refused_with_the_directorys_cause(scene: Scene) -> None:
    scene.directory.found["busy"] = Cause.NO_ROUTE
    calling = FakeLeg("caller")
    scene.exchange.originate(calling, Destination("number", "busy"), ANN)
    settle(scene.loop)
    assert calling.cause is Cause.NO_ROUTE
    assert scene.exchange.calls == [] and scene.exchange.channels_used == 0


def test_a_number_that_no_trunk_can_take_now_is_refused_with_that_cause(scene: Scene) -> None:
    scene.directory.found["no trunk"] = [Attempt([], charge=object(), cause=Cause.NO_ROUTE)]
    calling = FakeLeg("caller")
    calling.events = scene.exchange.originate(calling, Destination("number", "no trunk"), ANN)
    settle(scene.loop)
    assert calling.cause is Cause.NO_ROUTE
    assert scene.exchange.calls == []


def test_a_third_conversation_finds_no_voice_channel(scene: Scene) -> None:
    scene.call("one")
    scene.call("two")
    calling, called = scene.call("three")
    assert calling.cause is Cause.NO_CHANNEL and called.told == []
    assert scene.exchange.channels_used == 2


def test_a_call_that_ends_frees_its_channel(scene: Scene) -> None:
    first, _ = scene.call("one")
    scene.call("two")
    scene.exchange.leg_ended(first, Cause.NORMAL)
    assert scene.exchange.channels_used == 1
    assert scene.call("three")[1].told == ["offer 11"]


def test_a_ringing_call_and_a_held_one_each_take_a_channel(scene: Scene) -> None:
    first, called = scene.call("one")
    scene.exchange.leg_answered(called)
    scene.exchange.leg_held(first, True)
    scene.call("two")
    assert scene.call("three")[0].cause is Cause.NO_CHANNEL


def test_the_number_of_channels_is_a_setting_that_counts_from_the_next_call(scene: Scene) -> None:
    scene.limits = ExchangeLimits(voice_channels=1)
    scene.call("one")
    assert scene.call("two")[0].cause is Cause.NO_CHANNEL
    scene.limits = ExchangeLimits(voice_channels=3)
    assert scene.call("three")[1].told == ["offer 11"]
    assert scene.call("four")[1].told == ["offer 11"]
    scene.limits = ExchangeLimits(voice_channels=1)
    assert len(scene.exchange.calls) == 3, "what is up goes on"


def test_an_emergency_call_takes_no_channel(scene: Scene) -> None:
    scene.call("one")
    calling, called = scene.call("911", kind="emergency")
    assert calling.cause is None and called.told == ["offer 11"]
    assert scene.exchange.channels_used == 1


def test_where_all_channels_are_used_the_youngest_call_gives_way_to_an_emergency(scene: Scene) -> None:
    legs = [*scene.call("one"), *scene.call("two")]
    _, called = scene.call("911", kind="emergency")
    assert called.told == ["offer 11"]
    assert [leg.cause for leg in legs] == [None, None, Cause.PREEMPTED, Cause.CANCELLED]
    second_emergency, _ = scene.call("112", kind="emergency")
    assert second_emergency.cause is None and [leg.cause for leg in legs][:2] == [None, None]


def test_how_long_nobody_answers_is_a_setting(scene: Scene) -> None:
    scene.limits = ExchangeLimits(no_answer_s=0.02)
    calling, called = scene.call("one")
    assert scene.loop.run_until(lambda: not scene.exchange.calls, 5)
    assert calling.cause is Cause.NO_ANSWER and called.cause is Cause.CANCELLED


def test_all_calls_can_be_ended_at_once(scene: Scene) -> None:
    legs = [*scene.call("one"), *scene.call("two")]
    scene.exchange.leg_answered(legs[1])
    scene.exchange.end_all(Cause.NORMAL)
    assert scene.exchange.calls == [] and scene.bridge.pairs == set()
    assert all(leg.cause is not None for leg in legs)


def test_calls_have_numbers_of_their_own(scene: Scene) -> None:
    scene.call("one")
    scene.call("two")
    assert [call.number for call in scene.exchange.calls] == [1, 2]


def test_every_change_is_told(scene: Scene) -> None:
    _, called = scene.call("one")
    before = scene.changes
    scene.exchange.leg_ringing(called)
    assert scene.changes == before + 1
