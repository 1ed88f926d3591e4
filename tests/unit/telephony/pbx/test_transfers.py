"""Transfers, blind and after a word, by telephone and by REFER; and what becomes of them when nobody answers."""

import pytest

from firmware.telephony.events import Cause, Destination
from firmware.telephony.legs import TransferAsked
from firmware.telephony.pbx import call as call_module
from firmware.telephony.seams import Dialled, DialVerdict, Feature, Refuse
from tests.unit.telephony.pbx.exchange_scene import Scene
from tests.unit.telephony.pbx.fake_legs import FakeLeg, making

EXT_103 = Destination("extension", "103")


class Barring(Feature):
    """Outside numbers may not be called."""

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        return Refuse(Cause.BARRED) if dialled.destination.kind == "number" else None


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def short_tone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_module, "_FAILURE_TONE_S", 0.02)


def consult(scene: Scene, first: FakeLeg) -> tuple[FakeLeg, FakeLeg]:
    """The telephone of `first` holds its call and calls 103; its second leg, and the telephone that rings."""
    scene.exchange.leg_held(first, True)
    second = scene.from_inside(first.extension, "extension:103", media=first.media or "")
    scene.ring(scene.rung("103"))
    return second, scene.rung("103")


# ---- blind ---------------------------------------------------------------------------------------------


def test_a_blind_transfer_lets_the_other_side_hear_ringback_then_the_target(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    scene.exchange.leg_held(inside, True)
    scene.exchange.transfer_blind(inside, EXT_103, "101")
    assert inside.cause is Cause.NORMAL and outside.told[-1] == "resume"
    assert scene.bridge.heard_by(outside) == {"music"}
    target = scene.rung("103")
    assert target.offered is not None and target.offered.caller.number == "0301234"
    scene.ring(target)
    assert scene.bridge.heard_by(outside) == {"tone ringback"}
    scene.exchange.leg_answered(target)
    assert scene.bridge.has(outside, target) and outside.told.count("answer") == 1
    assert scene.call.chronicle.summary.history == ("transferred:101",)
    scene.hang_up(outside)
    scene.check_nothing_is_left()


def test_a_telephone_that_is_transferred_plays_ringback_itself(scene: Scene) -> None:
    calling, called = scene.talk("101", "102")
    scene.exchange.transfer_blind(called, EXT_103, "102")
    scene.ring(scene.rung("103"))
    assert calling.told[-1] == "ringing" and scene.bridge.heard_by(calling) == set()
    scene.exchange.leg_answered(scene.rung("103"))
    assert calling.told[-1] == "answer" and scene.bridge.has(calling, scene.rung("103"))


def test_it_is_judged_as_if_the_transferring_extension_had_dialled(scene: Scene) -> None:
    _, inside = scene.outside_talk("101")
    scene.exchange.transfer_blind(inside, EXT_103, "101")
    _, dialled = scene.directory.asked[-1]
    assert dialled.origin.extension == "101" and dialled.extension == scene.directory.profiles["101"]


def test_a_target_that_does_not_answer_rings_the_transferor_back(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    scene.exchange.transfer_blind(inside, EXT_103, "101")
    scene.hang_up(scene.rung("103"), Cause.BUSY)
    again = scene.rung("101")
    assert again is not inside and again.told == ["offer 0301234"] and outside.cause is None
    scene.answer(again)
    assert scene.bridge.has(outside, again)
    scene.hang_up(again)
    scene.check_nothing_is_left()


def test_where_the_transferor_is_busy_too_the_tone_says_so_and_the_call_ends(scene: Scene, short_tone: None) -> None:
    outside, inside = scene.outside_talk("101")
    scene.exchange.transfer_blind(inside, EXT_103, "101")
    scene.from_inside("101", "extension:104")
    scene.hang_up(scene.rung("103"), Cause.BUSY)
    assert scene.bridge.heard_by(outside) == {"tone busy"}
    scene.until(lambda: outside.cause is not None)
    assert outside.cause is Cause.BUSY


def test_a_transfer_to_a_barred_number_comes_back(short_tone: None) -> None:
    scene = Scene(Barring())
    outside, inside = scene.outside_talk("101")
    scene.exchange.transfer_blind(inside, Destination("number", "0900123"), "101")
    assert scene.rung("101").told == ["offer 0301234"]
    scene.hang_up(scene.rung("101"), Cause.REJECTED)
    assert scene.bridge.heard_by(outside) == {"tone sit"}
    scene.until(lambda: outside.cause is not None)
    assert outside.cause is Cause.BARRED
    scene.check_nothing_is_left()


def test_whoever_hangs_up_while_the_target_rings_leaves_nothing_ringing(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    scene.exchange.transfer_blind(inside, EXT_103, "101")
    scene.hang_up(outside)
    assert scene.rung("103").cause is Cause.CANCELLED
    scene.check_nothing_is_left()


# ---- attended ------------------------------------------------------------------------------------------


def test_after_a_word_the_two_others_talk_and_both_legs_end(scene: Scene) -> None:
    outside, first = scene.outside_talk("101")
    second, third = consult(scene, first)
    scene.exchange.leg_answered(third)
    assert scene.exchange.channels_used == 2
    scene.exchange.transfer_attended(first, second)
    assert first.cause is second.cause is Cause.NORMAL
    assert scene.bridge.has(outside, third) and outside.told[-1] == "resume"
    assert scene.exchange.channels_used == 1
    one, two = scene.call.chronicle.summary, scene.ended[0]
    assert one.history == two.history == ("transferred:101",)
    assert one.linked == two.id and two.linked == one.id
    assert str(one.destination) == "extension:103"
    scene.hang_up(third)
    assert outside.cause is Cause.NORMAL
    scene.check_nothing_is_left()


def test_a_transfer_while_the_second_still_rings_lets_the_first_wait_for_it(scene: Scene) -> None:
    outside, first = scene.outside_talk("101")
    second, third = consult(scene, first)
    scene.exchange.transfer_attended(first, second)
    assert first.cause is second.cause is Cause.NORMAL
    assert scene.bridge.heard_by(outside) == {"tone ringback"} and third.cause is None
    scene.exchange.leg_answered(third)
    assert scene.bridge.has(outside, third)
    scene.hang_up(outside)
    scene.check_nothing_is_left()


def test_a_second_that_then_does_not_answer_sends_the_first_back(scene: Scene) -> None:
    outside, first = scene.outside_talk("101")
    second, third = consult(scene, first)
    scene.exchange.transfer_attended(first, second)
    scene.hang_up(third, Cause.REJECTED)
    scene.answer(scene.rung("101"))
    assert scene.bridge.has(outside, scene.rung("101"))


def test_of_two_calls_the_one_that_costs_goes_on(scene: Scene) -> None:
    outside, first = scene.outside_talk("101")
    scene.exchange.leg_held(first, True)
    mobile, charge = FakeLeg("mobile", makes_own_tones=False), object()
    scene.directory.found["0170"] = [making(mobile, via="main", charge=charge)]
    second = scene.from_inside("101", "number:0170", media=first.media or "")
    scene.answer(mobile)
    scene.exchange.transfer_attended(first, second)
    assert scene.bridge.has(outside, mobile) and scene.charges == []
    assert str(scene.call.chronicle.summary.dialled) == "number:0170"
    scene.hang_up(mobile)
    assert [handed_back for handed_back, _ in scene.charges] == [charge]
    scene.check_nothing_is_left()


def test_a_transfer_of_which_neither_was_answered_ends_both(scene: Scene) -> None:
    first = scene.from_inside("101", "extension:102")
    second = scene.from_inside("101", "extension:103")
    scene.exchange.transfer_attended(first, second)
    assert first.cause is second.cause is Cause.NORMAL
    scene.check_nothing_is_left()


def test_a_second_who_hangs_up_in_the_same_instant_sends_the_first_back(scene: Scene) -> None:
    outside, first = scene.outside_talk("101")
    second, third = consult(scene, first)
    scene.exchange.leg_answered(third)
    scene.hang_up(third)
    scene.exchange.transfer_attended(first, second)
    scene.answer(scene.rung("101"))
    assert first.cause is Cause.NORMAL and scene.bridge.has(outside, scene.rung("101"))
    scene.hang_up(outside)
    scene.check_nothing_is_left()


def test_who_is_on_hold_from_both_sides_stays_so_in_the_new_call(scene: Scene) -> None:
    outside, first = scene.outside_talk("101")
    second, third = consult(scene, first)
    scene.exchange.leg_answered(third)
    scene.exchange.leg_held(outside, True)
    scene.exchange.transfer_attended(first, second)
    assert third.told[-1] == "hold" and scene.bridge.heard_by(third) == {"music"}
    assert scene.bridge.heard_by(outside) == set()
    scene.exchange.leg_held(outside, False)
    assert scene.bridge.has(outside, third)


# ---- REFER ---------------------------------------------------------------------------------------------


def refer(scene: Scene, leg: FakeLeg, number: str, replaces: FakeLeg | None = None) -> list[int]:
    reports: list[int] = []
    scene.exchange.leg_transfer_asked(leg, TransferAsked(number, replaces, reports.append))
    return reports


def test_a_refer_rings_the_target_and_reports_how_it_went(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    reports = refer(scene, inside, "103")
    scene.ring(scene.rung("103"))
    assert reports == [180] and inside.cause is None
    scene.exchange.leg_answered(scene.rung("103"))
    assert reports == [180, 200] and inside.cause is Cause.NORMAL
    assert scene.bridge.has(outside, scene.rung("103"))
    scene.hang_up(outside)
    scene.check_nothing_is_left()


def test_a_refer_to_somebody_busy_gives_the_call_back(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    reports = refer(scene, inside, "103")
    scene.hang_up(scene.rung("103"), Cause.BUSY)
    assert reports == [486] and scene.bridge.has(outside, inside)
    scene.hang_up(inside)
    scene.check_nothing_is_left()


def test_a_refer_to_a_forbidden_number_is_refused_and_the_call_goes_on() -> None:
    scene = Scene(Barring())
    scene.directory.found["0900123"] = [making(FakeLeg("never"))]
    outside, inside = scene.outside_talk("101")
    assert refer(scene, inside, "0900123") == [403]
    assert refer(scene, inside, "5" * 200) == [404]
    assert scene.bridge.has(outside, inside) and outside.cause is inside.cause is None


def test_a_refer_from_outside_spends_nothing_of_ours(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    assert refer(scene, outside, "103") == [603]
    assert scene.bridge.has(outside, inside)


def test_a_refer_with_replaces_joins_two_calls(scene: Scene) -> None:
    outside, first = scene.outside_talk("101")
    second, third = consult(scene, first)
    scene.exchange.leg_answered(third)
    assert refer(scene, first, "", second) == [200]
    assert scene.bridge.has(outside, third) and first.cause is second.cause is Cause.NORMAL


def test_a_telephone_that_leaves_after_its_refer_is_rung_when_the_target_fails(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    refer(scene, inside, "103")
    scene.hang_up(inside)
    assert outside.cause is None
    scene.hang_up(scene.rung("103"), Cause.BUSY)
    assert scene.rung("101").told == ["offer 0301234"]
