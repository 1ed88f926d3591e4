"""Three-way conferences of a telephone: who hears whom, and who stays when somebody leaves."""

import pytest

from firmware.telephony.events import Cause
from firmware.telephony.pbx.surroundings import ExchangeLimits
from tests.unit.telephony.pbx.exchange_scene import Scene
from tests.unit.telephony.pbx.fake_legs import FakeLeg

Four = tuple[FakeLeg, FakeLeg, FakeLeg, FakeLeg]


def conference(scene: Scene) -> Four:
    """101 talks with a caller from outside and with 103 at once: both others, and both of its legs."""
    outside, first = scene.outside_talk("101")
    scene.exchange.leg_held(first, True)
    second = scene.from_inside("101", "extension:103", media=first.media or "")
    third = scene.rung("103")
    scene.answer(third)
    scene.exchange.conference(first, second)
    return outside, third, first, second


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_all_three_hear_each_other(scene: Scene) -> None:
    outside, third, first, _ = conference(scene)
    assert outside.told[-1] == "resume"
    assert scene.bridge.pairs == {
        frozenset({outside.media, third.media}),
        frozenset({outside.media, first.media}),
        frozenset({third.media, first.media}),
    }
    assert scene.exchange.channels_used == 2
    assert [call.chronicle.summary.history for call in scene.exchange.calls] == [("conference",), ("conference",)]


@pytest.mark.parametrize("who", [0, 1])
def test_one_who_leaves_leaves_the_two_others(scene: Scene, who: int) -> None:
    legs = conference(scene)
    stays = legs[1 - who]
    scene.hang_up(legs[who])
    assert scene.bridge.has(stays, legs[2]) and stays.cause is None
    scene.hang_up(stays)
    scene.check_nothing_is_left()


def test_the_telephone_that_hangs_up_ends_all(scene: Scene) -> None:
    outside, third, first, second = conference(scene)
    scene.exchange.leg_ended(first, Cause.NORMAL)
    scene.hang_up(second)
    assert outside.cause is third.cause is Cause.NORMAL
    scene.check_nothing_is_left()


def test_where_the_settings_say_so_the_two_others_stay_together() -> None:
    scene = Scene(limits=ExchangeLimits(voice_channels=8, is_conference_kept=True))
    outside, third, first, second = conference(scene)
    scene.exchange.leg_ended(first, Cause.NORMAL)
    scene.hang_up(second)
    assert outside.cause is third.cause is None and scene.bridge.has(outside, third)
    scene.hang_up(third)
    scene.check_nothing_is_left()


def test_a_leg_that_the_telephone_drops_alone_ends_only_its_own_call() -> None:
    scene = Scene(limits=ExchangeLimits(voice_channels=8, is_conference_kept=True))
    outside, third, first, second = conference(scene)
    scene.hang_up(second)
    assert third.cause is Cause.NORMAL and scene.bridge.has(outside, first)
    scene.hang_up(first)
    scene.check_nothing_is_left()


def test_an_adapter_that_is_lost_ends_all_even_where_conferences_are_kept() -> None:
    scene = Scene(limits=ExchangeLimits(voice_channels=8, is_conference_kept=True))
    outside, third, first, second = conference(scene)
    scene.exchange.leg_ended(first, Cause.DEVICE_LOST)
    scene.hang_up(second, Cause.DEVICE_LOST)
    assert outside.cause is third.cause is Cause.DEVICE_LOST
    scene.check_nothing_is_left()


def test_one_who_holds_hears_nobody_and_is_heard_by_nobody(scene: Scene) -> None:
    outside, third, first, _ = conference(scene)
    scene.exchange.leg_held(outside, True)
    assert scene.bridge.heard_by(outside) == set()
    assert first.media in scene.bridge.heard_by(third)
    scene.exchange.leg_held(outside, False)
    assert scene.bridge.heard_by(outside) == {third.media, first.media}


def test_a_call_that_still_rings_cannot_be_joined(scene: Scene) -> None:
    outside, first = scene.outside_talk("101")
    second = scene.from_inside("101", "extension:103", media=first.media or "")
    scene.exchange.conference(first, second)
    assert scene.bridge.has(outside, first)


def test_new_media_of_one_are_joined_with_both_others(scene: Scene) -> None:
    outside, third, first, _ = conference(scene)
    outside.media = "new media"
    scene.exchange.leg_media_changed(outside)
    assert scene.bridge.heard_by(outside) == {third.media, first.media}
    assert len(scene.bridge.pairs) == 3
