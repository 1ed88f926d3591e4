"""Parking: slots that are said, calls that are fetched, and calls that nobody fetches."""

import pytest

from firmware.telephony.events import Cause, Destination
from firmware.telephony.pbx.parking import SLOTS, slot_for
from firmware.telephony.pbx.surroundings import ExchangeLimits
from tests.unit.telephony.pbx.exchange_scene import Scene
from tests.unit.telephony.pbx.fake_legs import FakeLeg


@pytest.fixture
def scene() -> Scene:
    return Scene()


def park(scene: Scene, code: str = "park:auto") -> tuple[FakeLeg, FakeLeg]:
    """101 holds a caller from outside and parks it; the caller, and the leg by which 101 dialled."""
    outside, held_by = scene.outside_talk("101")
    scene.exchange.leg_held(held_by, True)
    by = scene.from_inside("101", code, media=held_by.media or "")
    assert held_by.cause is Cause.NORMAL
    return outside, by


def test_a_parked_call_hears_music_and_its_slot_is_said(scene: Scene) -> None:
    outside, by = park(scene)
    assert scene.bridge.heard_by(outside) == {"music"}
    (said,) = scene.sounds.said
    assert said.name == "digits/7 digits/0 digits/1"
    scene.exchange.leg_answered(said)
    scene.hang_up(said)
    assert by.cause is Cause.NORMAL and scene.call.state == "parked"
    assert scene.exchange.channels_used == 1
    scene.hang_up(outside)
    scene.check_nothing_is_left()


def test_whoever_dials_the_slot_talks_with_the_parked_caller(scene: Scene) -> None:
    outside, _ = park(scene)
    fetcher = scene.from_inside("103", "retrieve:701")
    assert fetcher.told == ["answer"] and scene.bridge.has(outside, fetcher)
    summary = next(call for call in scene.exchange.calls if call.origin.trunk).chronicle.summary
    assert summary.history == ("parked:701",) and summary.answered_by == "103"
    assert scene.from_inside("104", "retrieve:701").cause is Cause.UNREACHABLE


def test_slots_are_given_in_order_and_can_be_chosen(scene: Scene) -> None:
    park(scene, "park:705")
    assert scene.sounds.said[-1].name == "digits/7 digits/0 digits/5"
    assert slot_for("auto", {"701": None}) == "702" and slot_for("705", {"705": None}) is None
    assert slot_for("auto", dict.fromkeys(SLOTS)) is None and slot_for("99", {}) is None


def test_with_nothing_on_hold_there_is_nothing_to_park(scene: Scene) -> None:
    scene.talk("102", "103")
    assert scene.from_inside("101", "park:auto").cause is Cause.UNREACHABLE


def test_a_blind_transfer_parks_too(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    scene.exchange.transfer_blind(inside, Destination("park", "auto"), "101")
    assert scene.call.state == "parked" and scene.bridge.heard_by(outside) == {"music"}
    assert scene.bridge.has(outside, FakeLeg("", media="music"))


def test_a_call_that_nobody_fetches_rings_whoever_parked_it() -> None:
    scene = Scene(limits=ExchangeLimits(park_s=0.02))
    outside, by = park(scene)
    scene.hang_up(by)
    parker = scene.rung("101")
    scene.until(lambda: scene.rung("101") is not parker)
    again = scene.rung("101")
    assert again.told == ["offer 0301234"]
    scene.answer(again)
    assert scene.bridge.has(outside, again)
    scene.hang_up(outside)
    scene.check_nothing_is_left()


def test_a_parked_call_that_nobody_ever_takes_ends() -> None:
    scene = Scene(limits=ExchangeLimits(park_s=0.005))
    outside, by = park(scene)
    scene.hang_up(by)
    rung: set[str] = set()

    def refuse() -> bool:
        leg = scene.rung("101")
        if leg.told == ["offer 0301234"] and leg.name + str(leg.media) not in rung:
            rung.add(leg.name + str(leg.media))
            scene.exchange.leg_ended(leg, Cause.BUSY)
        return scene.exchange.calls[0].state == "failing"

    scene.until(refuse)
    assert scene.bridge.heard_by(outside) == {"tone congestion"}
    scene.hang_up(outside)
    scene.check_nothing_is_left()


def test_a_parked_caller_that_rings_back_can_still_be_fetched() -> None:
    scene = Scene(limits=ExchangeLimits(park_s=0.02))
    outside, by = park(scene)
    scene.hang_up(by)
    parker = scene.rung("101")
    scene.until(lambda: scene.rung("101") is not parker)
    fetcher = scene.from_inside("103", "retrieve:701")
    assert scene.rung("101").cause is Cause.CANCELLED and scene.bridge.has(outside, fetcher)
