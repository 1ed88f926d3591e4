"""Pickup: directed, in a group, of anything that rings."""

import pytest

from firmware.telephony.events import Cause
from firmware.telephony.extension import Extension
from firmware.telephony.pbx.pickup import is_meant
from tests.unit.telephony.pbx.exchange_scene import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.parametrize("code", ["102", "any", "group.desk"])
def test_a_call_that_rings_elsewhere_is_answered_by_who_picks_it_up(scene: Scene, code: str) -> None:
    scene.directory.profiles["102"] = Extension("102", pickup_group="desk")
    caller = scene.from_outside("extension:102")
    scene.ring(scene.rung("102"))
    picker = scene.from_inside("103", f"pickup:{code}")
    assert scene.rung("102").cause is Cause.CANCELLED and picker.told == ["answer"]
    assert caller.told == ["ringing", "answer"] and scene.bridge.has(caller, picker)
    summary = scene.call.chronicle.summary
    assert summary.history == ("picked-up:103",) and summary.answered_by == "103"
    assert scene.exchange.channels_used == 1
    scene.hang_up(picker)
    assert caller.cause is Cause.NORMAL and len(scene.ended) == 1
    scene.check_nothing_is_left()


def test_where_nothing_rings_there_is_congestion(scene: Scene) -> None:
    picker = scene.from_inside("103", "pickup:any")
    assert picker.cause is not None and picker.cause.facts.tone == "congestion"
    scene.talk("101", "102")
    assert scene.from_inside("103", "pickup:102").cause is Cause.UNREACHABLE
    assert scene.from_inside("103", "pickup:group.desk").cause is Cause.UNREACHABLE


def test_an_extension_of_another_group_is_not_picked_up_by_group(scene: Scene) -> None:
    scene.directory.profiles["102"] = Extension("102", pickup_group="yard")
    scene.from_outside("extension:102")
    scene.ring(scene.rung("102"))
    assert scene.from_inside("103", "pickup:group.desk").cause is Cause.UNREACHABLE


def test_nobody_outside_picks_up(scene: Scene) -> None:
    scene.from_outside("extension:102")
    scene.ring(scene.rung("102"))
    assert scene.from_outside("pickup:any").cause is Cause.UNREACHABLE


def test_the_oldest_call_is_picked_up_first(scene: Scene) -> None:
    first = scene.from_outside("extension:102")
    scene.ring(scene.rung("102"))
    scene.from_outside("extension:101")
    scene.ring(scene.rung("101"))
    picker = scene.from_inside("103", "pickup:any")
    assert scene.bridge.has(first, picker)


def test_any_means_ones_own_group_for_who_is_in_one() -> None:
    desk, yard, none = (Extension(n, pickup_group=g) for n, g in (("1", "desk"), ("2", "yard"), ("3", "")))
    assert is_meant("any", desk, desk) and not is_meant("any", yard, desk) and not is_meant("any", none, desk)
    assert is_meant("any", desk, none) and is_meant("any", desk, None)
    assert is_meant("group.yard", yard, desk) and not is_meant("group.", none, desk)
