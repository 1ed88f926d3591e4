"""Hold with music: telephones and SIP, one side or both, and whoever comes and goes meanwhile."""

import pytest

from tests.unit.telephony.pbx.exchange_scene import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_held_party_hears_music_until_it_is_taken_back(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    scene.exchange.leg_held(inside, True)
    assert outside.told[-1] == "hold" and scene.bridge.pairs == {frozenset({outside.media, "music"})}
    scene.exchange.leg_held(inside, False)
    assert outside.told[-1] == "resume" and scene.bridge.has(outside, inside)


def test_two_who_hold_each_other_hear_nothing(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    scene.exchange.leg_held(inside, True)
    scene.exchange.leg_held(outside, True)
    assert scene.bridge.pairs == set()
    scene.exchange.leg_held(inside, False)
    assert scene.bridge.pairs == {frozenset({inside.media, "music"})}


def test_to_hold_twice_is_to_hold_once(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    scene.exchange.leg_held(inside, True)
    scene.exchange.leg_held(inside, True)
    assert outside.told.count("hold") == 1


def test_who_holds_while_it_still_rings_is_away_when_it_is_answered(scene: Scene) -> None:
    caller = scene.from_outside("extension:101")
    scene.exchange.leg_held(caller, True)
    called = scene.rung("101")
    scene.answer(called)
    assert called.told[-1] == "hold" and scene.call.state == "held"
    scene.exchange.leg_held(caller, False)
    assert scene.bridge.has(caller, called)


def test_one_piece_of_music_serves_several(scene: Scene) -> None:
    first, held_by = scene.outside_talk("101")
    second, also_held_by = scene.outside_talk("102")
    scene.exchange.leg_held(held_by, True)
    scene.exchange.leg_held(also_held_by, True)
    assert scene.bridge.pairs == {frozenset({first.media, "music"}), frozenset({second.media, "music"})}
    scene.hang_up(first)
    scene.hang_up(second)
    scene.check_nothing_is_left()
