"""What a caller hears while the called side falls silent before its answer, and sounds again."""

import pytest

from tests.unit.telephony.pbx.call_scene import Scene
from tests.unit.telephony.pbx.fake_legs import FakeSounds, making

RINGBACK = {frozenset({"media of ann", "tone ringback"})}


@pytest.fixture
def scene() -> Scene:
    return Scene(sounds=FakeSounds())


def test_a_telephone_plays_ringback_by_itself_again(scene: Scene) -> None:
    scene.start(making(scene.bob))
    scene.exchange.leg_progress(scene.bob)
    scene.exchange.leg_silent(scene.bob)
    assert scene.ann.told == ["progress"], "nobody rings yet"
    scene.exchange.leg_ringing(scene.bob)
    assert scene.ann.told == ["progress", "ringing"] and scene.bridge.pairs == set()
    scene.exchange.leg_progress(scene.bob)
    assert scene.ann.told[2:] == ["progress"] and scene.bridge.has(scene.ann, scene.bob)
    scene.exchange.leg_silent(scene.bob)
    assert scene.ann.told[3:] == ["ringing"] and scene.bridge.pairs == set()


def test_others_hear_our_ringback_once_they_were_put_through(scene: Scene) -> None:
    scene.ann.makes_own_tones = False
    scene.start(making(scene.bob))
    scene.exchange.leg_silent(scene.bob)
    scene.exchange.leg_ringing(scene.bob)
    assert scene.ann.told == ["ringing"] and scene.bridge.pairs == set(), "it rings by itself"
    scene.exchange.leg_progress(scene.bob)
    assert scene.bridge.has(scene.ann, scene.bob)
    scene.exchange.leg_silent(scene.bob)
    assert scene.bridge.pairs == RINGBACK
    scene.exchange.leg_answered(scene.bob)
    assert scene.bridge.has(scene.ann, scene.bob) and len(scene.bridge.pairs) == 1


def test_the_silence_of_another_leaves_alone_whoever_is_heard(scene: Scene) -> None:
    scene.start(making(scene.bob, scene.cid))
    scene.exchange.leg_silent(scene.cid)
    scene.exchange.leg_ringing(scene.bob)
    assert scene.ann.told == ["ringing"]
