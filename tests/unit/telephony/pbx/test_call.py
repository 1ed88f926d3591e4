"""A call between legs that note what they are told: who rings, who talks, who is told why it ended."""

import pytest

from firmware.telephony.events import Cause
from tests.unit.telephony.pbx.call_scene import Scene
from tests.unit.telephony.pbx.fake_legs import making, vanished


@pytest.fixture
def scene() -> Scene:
    return Scene()


# ---- offering and answering ----------------------------------------------------------------------------


def test_the_called_is_offered_the_caller_and_its_ringing_is_heard(scene: Scene) -> None:
    call = scene.start(making(scene.bob))
    assert scene.bob.told == ["offer 11"]
    scene.exchange.leg_ringing(scene.bob)
    assert scene.ann.told == ["ringing"] and call.state == "ringing"
    assert scene.bridge.pairs == set()


def test_who_answers_is_joined_with_the_caller(scene: Scene) -> None:
    call = scene.talk()
    assert scene.ann.told == ["ringing", "answer"]
    assert call.state == "talking" and scene.bridge.has(scene.ann, scene.bob)
    assert call.legs == [scene.ann, scene.bob]


def test_of_a_group_the_first_to_answer_talks_and_the_others_stop_ringing(scene: Scene) -> None:
    scene.start(making(scene.bob, scene.cid, scene.dee))
    for leg in (scene.bob, scene.cid, scene.dee):
        scene.exchange.leg_ringing(leg)
    assert scene.ann.told == ["ringing"], "ringback starts once"
    scene.exchange.leg_answered(scene.cid)
    assert scene.bob.cause is scene.dee.cause is Cause.CANCELLED
    assert scene.bridge.has(scene.ann, scene.cid)


def test_of_two_who_answer_at_once_the_second_is_not_heard(scene: Scene) -> None:
    scene.start(making(scene.bob, scene.cid))
    scene.exchange.leg_answered(scene.bob)
    scene.exchange.leg_answered(scene.cid)
    assert scene.bridge.has(scene.ann, scene.bob) and scene.cid.cause is Cause.CANCELLED


def test_the_codec_is_that_of_whichever_side_has_one(scene: Scene) -> None:
    scene.bob.codec = "g722"
    assert scene.talk().codec == "g722"


# ---- early media ---------------------------------------------------------------------------------------


def test_early_media_of_the_one_who_is_called_are_heard(scene: Scene) -> None:
    scene.start(making(scene.bob))
    scene.exchange.leg_progress(scene.bob)
    assert scene.bridge.has(scene.ann, scene.bob) and scene.ann.told == ["progress"]
    scene.exchange.leg_answered(scene.bob)
    assert scene.bridge.has(scene.ann, scene.bob) and scene.ann.told == ["progress", "answer"]


def test_early_media_of_one_of_several_are_not(scene: Scene) -> None:
    scene.start(making(scene.bob, scene.cid))
    scene.exchange.leg_progress(scene.bob)
    assert scene.bridge.pairs == set() and scene.ann.told == []


def test_new_media_are_joined_instead_of_the_old(scene: Scene) -> None:
    scene.talk()
    scene.bob.media = "new media of bob"
    scene.exchange.leg_media_changed(scene.bob)
    assert scene.bridge.has(scene.ann, scene.bob)


def test_media_that_are_not_there_yet_are_joined_when_they_come(scene: Scene) -> None:
    scene.bob.media = None
    scene.talk()
    assert scene.bridge.pairs == set()
    scene.bob.media = "media of bob at last"
    scene.exchange.leg_media_changed(scene.bob)
    assert scene.bridge.has(scene.ann, scene.bob)


# ---- ends ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_whoever_hangs_up_ends_the_call_for_the_other(scene: Scene, who: str) -> None:
    call = scene.talk()
    gone, left = (scene.ann, scene.bob) if who == "ann" else (scene.bob, scene.ann)
    scene.exchange.leg_ended(gone, Cause.NORMAL)
    assert left.cause is Cause.NORMAL and gone.cause is None
    assert call.is_over and call.legs == [] and scene.bridge.pairs == set()


def test_a_caller_who_gives_up_stops_every_ringing(scene: Scene) -> None:
    call = scene.start(making(scene.bob, scene.cid))
    scene.exchange.leg_ringing(scene.bob)
    scene.exchange.leg_ended(scene.ann, Cause.CANCELLED)
    assert scene.bob.cause is scene.cid.cause is Cause.CANCELLED
    assert call.is_over and call.cause is Cause.CANCELLED


def test_a_caller_who_gives_up_before_anybody_was_tried_leaves_nobody_ringing(scene: Scene) -> None:
    scene.exchange.leg_ended(scene.ann, Cause.CANCELLED)
    scene.start(making(scene.bob))
    assert scene.bob.told == [] and scene.states == ["ended"]


def test_a_refused_call_tells_the_caller_why(scene: Scene) -> None:
    scene.call.finish(Cause.NO_CHANNEL)
    assert scene.ann.cause is Cause.NO_CHANNEL and scene.call.is_over


def test_a_lost_adapter_is_the_cause_for_the_other_side(scene: Scene) -> None:
    call = scene.talk()
    scene.exchange.leg_ended(scene.bob, Cause.DEVICE_LOST)
    assert scene.ann.cause is Cause.DEVICE_LOST and call.cause is Cause.DEVICE_LOST


def test_nothing_that_comes_after_the_end_is_heard(scene: Scene) -> None:
    call = scene.talk()
    scene.exchange.leg_ended(scene.bob, Cause.NORMAL)
    before = list(scene.states)
    scene.exchange.leg_ended(scene.ann, Cause.NORMAL)
    scene.exchange.leg_answered(scene.bob)
    scene.exchange.leg_ringing(scene.bob)
    call.finish(Cause.FAILED)
    scene.exchange.leg_digit(scene.bob, "5")
    assert scene.states == before and scene.ann.told.count("end") == 1


def test_nobody_answers() -> None:
    scene = Scene(no_answer_s=0.03)
    call = scene.start(making(scene.bob))
    scene.exchange.leg_ringing(scene.bob)
    assert scene.loop.run_until(lambda: call.is_over, 5)
    assert scene.ann.cause is Cause.NO_ANSWER and scene.bob.cause is Cause.CANCELLED


def test_a_call_that_is_answered_does_not_end_for_want_of_an_answer() -> None:
    scene = Scene(no_answer_s=0.02)
    call = scene.talk()
    assert not scene.loop.run_until(lambda: call.is_over, 0.06)


# ---- one after the other -------------------------------------------------------------------------------


def test_where_a_trunk_cannot_be_reached_the_next_one_is_tried(scene: Scene) -> None:
    call = scene.start(making(scene.bob, via="main"), making(scene.cid, via="line:1"))
    assert call.via == "main" and scene.cid.told == []
    scene.exchange.leg_ended(scene.bob, Cause.NETWORK)
    assert call.via == "line:1" and scene.cid.told == ["offer 11"] and scene.ann.told == []


def test_a_busy_number_is_not_tried_over_the_next_trunk(scene: Scene) -> None:
    scene.start(making(scene.bob), making(scene.cid))
    scene.exchange.leg_ended(scene.bob, Cause.BUSY)
    assert scene.cid.told == [] and scene.ann.cause is Cause.BUSY


def test_a_far_end_that_is_not_there_is_not_tried_over_the_next_trunk(scene: Scene) -> None:
    scene.start(making(scene.bob), making(scene.cid))
    scene.exchange.leg_ended(scene.bob, Cause.from_sip(480))
    assert scene.cid.told == [] and scene.ann.cause is Cause.UNREACHABLE


def test_the_last_trunk_says_why(scene: Scene) -> None:
    scene.start(making(scene.bob), making(scene.cid))
    scene.exchange.leg_ended(scene.bob, Cause.NETWORK)
    scene.exchange.leg_ended(scene.cid, Cause.UNKNOWN_NUMBER)
    assert scene.ann.cause is Cause.UNKNOWN_NUMBER


def test_early_media_of_a_trunk_that_fails_are_parted_before_the_next_is_tried(scene: Scene) -> None:
    scene.start(making(scene.bob), making(scene.cid))
    scene.exchange.leg_progress(scene.bob)
    scene.exchange.leg_ended(scene.bob, Cause.FAILED)
    assert scene.bridge.pairs == set()
    scene.exchange.leg_answered(scene.cid)
    assert scene.bridge.has(scene.ann, scene.cid)


def test_a_leg_that_cannot_be_had_after_all_is_passed_over(scene: Scene) -> None:
    scene.start(vanished(), making(scene.cid))
    assert scene.cid.told == ["offer 11"]


def test_where_no_leg_can_be_had_the_call_is_unreachable(scene: Scene) -> None:
    scene.start(vanished(), vanished())
    assert scene.ann.cause is Cause.UNREACHABLE


def test_a_member_of_a_group_that_refuses_leaves_the_others_ringing(scene: Scene) -> None:
    call = scene.start(making(scene.bob, scene.cid))
    scene.exchange.leg_ended(scene.bob, Cause.BUSY)
    assert not call.is_over
    scene.exchange.leg_answered(scene.cid)
    assert scene.bridge.has(scene.ann, scene.cid)


@pytest.mark.parametrize("order", [(Cause.BUSY, Cause.UNREACHABLE), (Cause.UNREACHABLE, Cause.BUSY)])
def test_a_group_with_one_busy_telephone_is_busy(scene: Scene, order: tuple[Cause, Cause]) -> None:
    scene.start(making(scene.bob, scene.cid))
    scene.exchange.leg_ended(scene.bob, order[0])
    scene.exchange.leg_ended(scene.cid, order[1])
    assert scene.ann.cause is Cause.BUSY


# ---- hold and digits -----------------------------------------------------------------------------------


def test_a_held_side_hears_nothing_until_it_is_taken_back(scene: Scene) -> None:
    call = scene.talk()
    scene.exchange.leg_held(scene.ann, True)
    assert scene.bridge.pairs == set() and call.state == "held" and scene.bob.told[-1] == "hold"
    scene.exchange.leg_held(scene.ann, False)
    assert scene.bridge.has(scene.ann, scene.bob) and call.state == "talking"
    assert scene.bob.told[-1] == "resume"


def test_two_who_hold_each_other_must_both_come_back(scene: Scene) -> None:
    call = scene.talk()
    scene.exchange.leg_held(scene.ann, True)
    scene.exchange.leg_held(scene.bob, True)
    scene.exchange.leg_held(scene.ann, False)
    assert scene.bridge.pairs == set() and call.state == "held"
    scene.exchange.leg_held(scene.bob, False)
    assert scene.bridge.has(scene.ann, scene.bob) and call.state == "talking"


def test_new_media_during_hold_are_not_joined(scene: Scene) -> None:
    scene.talk()
    scene.exchange.leg_held(scene.bob, True)
    scene.bob.media = "new media of bob"
    scene.exchange.leg_media_changed(scene.bob)
    assert scene.bridge.pairs == set()


def test_a_held_call_can_end(scene: Scene) -> None:
    call = scene.talk()
    scene.exchange.leg_held(scene.ann, True)
    scene.exchange.leg_ended(scene.bob, Cause.NORMAL)
    assert scene.ann.cause is Cause.NORMAL and call.is_over


def test_digits_go_to_the_other_side_both_ways(scene: Scene) -> None:
    scene.talk()
    scene.exchange.leg_digit(scene.ann, "5")
    scene.exchange.leg_digit(scene.bob, "#")
    assert scene.bob.told[-1] == "digit 5" and scene.ann.told[-1] == "digit #"


def test_digits_before_the_answer_go_to_whoever_is_heard_already(scene: Scene) -> None:
    scene.start(making(scene.bob))
    scene.exchange.leg_progress(scene.bob)
    scene.exchange.leg_digit(scene.ann, "1")
    assert scene.bob.told[-1] == "digit 1"


def test_digits_to_a_telephone_that_only_rings_go_nowhere(scene: Scene) -> None:
    scene.start(making(scene.bob))
    scene.exchange.leg_digit(scene.ann, "1")
    assert scene.bob.told == ["offer 11"]


def test_digits_to_a_group_that_rings_go_nowhere(scene: Scene) -> None:
    scene.start(making(scene.bob, scene.cid))
    scene.exchange.leg_digit(scene.ann, "1")
    assert scene.bob.told == scene.cid.told == ["offer 11"]
