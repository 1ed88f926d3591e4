"""What is told of calls for the records: three moments, one record a call, durations that no clock disturbs."""

import pytest

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.pbx.chronicle import Chronicle
from firmware.telephony.summary import CallSummary, LegQuality, Origin
from tests.unit.telephony.pbx.exchange_scene import Scene
from tests.unit.telephony.pbx.fake_legs import FakeLeg, making


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_call_is_told_at_its_start_at_its_answer_and_at_its_end(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    scene.hang_up(outside)
    start, answer, end = scene.summaries
    assert (start.answered_at, start.ended_at, start.cause) == (None, None, None)
    assert answer.answered_at is not None and answer.ended_at is None
    assert (end.cause, end.answered_by, end.destination_address) == (Cause.NORMAL, "101", inside.address)
    assert end.origin.called == "4711" and end.trunk == "main" and end.started_at == 1_000_000.0
    assert len({start.id, answer.id, end.id}) == 1 and len(end.id) == 32


def test_a_call_that_is_refused_is_told_at_its_start_and_its_end(scene: Scene) -> None:
    scene.from_inside("101", "extension:999")
    start, end = scene.summaries
    assert start.id == end.id and end.cause is Cause.UNKNOWN_NUMBER and end.answered_at is None and end.billed_s == 0


def test_billed_seconds_count_from_the_answer_by_the_monotonic_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 50.0
    monkeypatch.setattr("firmware.telephony.pbx.chronicle.time.monotonic", lambda: now)
    told: list[CallSummary] = []
    walls = iter((1000.0, 5.0, 9_999_999.0))
    chronicle = Chronicle(
        Origin(Caller("101"), "101"), Destination("number", "0301234"), wall=lambda: next(walls), tell=told.append
    )
    now = 60.0
    chronicle.answered(FakeLeg("outside", address="198.51.100.1:5060"))
    now = 72.9
    chronicle.end(Cause.NORMAL)
    end = told[-1]
    assert (end.started_at, end.answered_at, end.ended_at, end.billed_s) == (1000.0, 1010.0, pytest.approx(1022.9), 12)
    assert end.answered_by == "0301234" and end.destination_address == "198.51.100.1:5060"


def test_the_quality_of_both_legs_is_noted(scene: Scene) -> None:
    outside, inside = scene.outside_talk("101")
    outside.sounded, inside.sounded = LegQuality("pcma", mos=4.3), LegQuality("g722", mos=4.1)
    scene.hang_up(inside)
    (end,) = scene.ended
    assert end.source_quality == outside.sounded and end.destination_quality == inside.sounded


def test_the_trunk_is_the_one_that_the_call_went_out_by(scene: Scene) -> None:
    main, second = FakeLeg("main"), FakeLeg("second")
    scene.directory.found["0301234"] = [making(main, via="main"), making(second, via="second")]
    caller = scene.from_inside("101", "number:0301234")
    scene.hang_up(main, Cause.NETWORK)
    scene.answer(second)
    scene.hang_up(caller)
    (end,) = scene.ended
    assert end.trunk == "second" and end.answered_by == "0301234"


def test_a_conference_is_two_calls_that_know_of_each_other(scene: Scene) -> None:
    outside, first = scene.outside_talk("101")
    scene.exchange.leg_held(first, True)
    second = scene.from_inside("101", "extension:103", media=first.media or "")
    scene.answer(scene.rung("103"))
    scene.exchange.conference(first, second)
    scene.hang_up(outside)
    scene.hang_up(second)
    one, two = scene.ended
    assert one.history == two.history == ("conference",) and one.linked == two.id and two.linked == one.id


# ---- charges -------------------------------------------------------------------------------------------


def test_a_charge_is_handed_back_with_its_seconds_when_the_leg_ends(scene: Scene) -> None:
    outside, charge = FakeLeg("main"), object()
    scene.directory.found["0900"] = [making(outside, charge=charge, via="main")]
    caller = scene.from_inside("101", "number:0900")
    scene.answer(outside)
    assert scene.charges == []
    scene.hang_up(caller)
    ((back, seconds),) = scene.charges
    assert back is charge and 0 <= seconds < 5


@pytest.mark.parametrize("end", ["refused", "given up", "no leg"])
def test_a_charge_that_came_to_nothing_is_handed_back_with_nothing(scene: Scene, end: str) -> None:
    outside, charge = FakeLeg("main"), object()
    scene.directory.found["0900"] = [making(*([] if end == "no leg" else [outside]), charge=charge, via="main")]
    caller = scene.from_inside("101", "number:0900")
    if end != "no leg":
        scene.hang_up(outside if end == "refused" else caller, Cause.BUSY)
    assert scene.charges == [(charge, 0.0)]
    scene.check_nothing_is_left()


def test_a_caller_who_gives_up_before_anything_was_tried_costs_nothing(scene: Scene) -> None:
    scene.directory.found["0900"] = [making(FakeLeg("main"), charge=object())]
    leg = FakeLeg("telephone")
    scene.exchange.originate(leg, Destination("number", "0900"), Origin(Caller("101"), "101"))
    scene.exchange.leg_ended(leg, Cause.CANCELLED)
    scene.settle()
    assert scene.directory.asked == [] and scene.charges == []
    scene.check_nothing_is_left()


def test_a_call_that_lasts_as_long_as_it_may_ends(scene: Scene) -> None:
    outside = FakeLeg("main")
    scene.directory.found["0900"] = [making(outside, charge=object(), max_s=0.02)]
    caller = scene.from_inside("101", "number:0900")
    scene.answer(outside)
    scene.until(lambda: caller.cause is not None)
    assert caller.cause is outside.cause is Cause.BARRED
    scene.check_nothing_is_left()
