"""Emergency calls: nothing is asked, every way is tried within 3 s, and nothing disturbs them."""

import pytest

from firmware.telephony.events import Cause, Destination
from firmware.telephony.pbx import switching
from firmware.telephony.pbx.surroundings import ExchangeLimits
from firmware.telephony.seams import Dialled, DialVerdict, Feature, Refuse
from tests.unit.telephony.pbx.exchange_scene import Scene
from tests.unit.telephony.pbx.fake_legs import FakeLeg, making, vanished


class Nosy(Feature):
    """Refuses everything, and notes that it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        self.asked += 1
        return Refuse(Cause.BARRED)

    def on_ended(self, call: object) -> None:
        self.asked += 1


def calling(scene: Scene, *legs: FakeLeg) -> FakeLeg:
    scene.directory.found["112"] = [making(leg, via=leg.name) for leg in legs]
    return scene.from_inside("101", "emergency:112")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switching, "_HURRY_S", 0.02)


def test_no_feature_is_asked() -> None:
    nosy = Nosy()
    scene = Scene(nosy)
    rescue = FakeLeg("rescue")
    caller = calling(scene, rescue)
    assert rescue.told == ["offer 101"]
    scene.hang_up(caller)
    assert nosy.asked == 0
    scene.check_nothing_is_left()


def test_a_way_that_says_nothing_gets_company_from_the_next(hurried: None) -> None:
    scene = Scene()
    slow, quick = FakeLeg("main"), FakeLeg("line:1")
    caller = calling(scene, slow, quick)
    assert quick.told == []
    scene.until(lambda: quick.told == ["offer 101"])
    assert slow.cause is None, "slow is better than none"
    scene.exchange.leg_answered(quick)
    assert slow.cause is Cause.CANCELLED and scene.bridge.has(caller, quick)


def test_the_time_for_each_way_is_three_seconds() -> None:
    assert switching._HURRY_S == 3.0


def test_a_way_that_progresses_is_left_alone(hurried: None) -> None:
    scene = Scene()
    first, second = FakeLeg("main"), FakeLeg("line:1")
    caller = calling(scene, first, second)
    scene.exchange.leg_progress(first)
    assert scene.bridge.has(caller, first)
    assert not scene.loop.run_until(lambda: second.told != [], 0.1)


def test_every_way_is_tried_whatever_the_one_before_said() -> None:
    scene = Scene()
    ways = [FakeLeg(name) for name in ("main", "second", "line:1")]
    caller = calling(scene, *ways)
    for way, cause in zip(ways[:2], (Cause.BUSY, Cause.REJECTED), strict=True):
        scene.hang_up(way, cause)
    assert ways[2].told == ["offer 101"]
    scene.hang_up(ways[2], Cause.NETWORK)
    assert caller.cause is not None
    scene.check_nothing_is_left()


def test_it_rings_as_long_as_the_caller_waits() -> None:
    scene = Scene(limits=ExchangeLimits(no_answer_s=0.01))
    caller = calling(scene, FakeLeg("main"))
    assert not scene.loop.run_until(lambda: caller.cause is not None, 0.1)


def test_the_call_on_the_line_that_is_needed_gives_way() -> None:
    scene = Scene(limits=ExchangeLimits(voice_channels=2))
    on_line, _ = scene.from_outside("extension:102", trunk="line:1"), scene.answer(scene.rung("102"))
    younger, _ = scene.talk("103", "104")
    rescue = FakeLeg("rescue")
    scene.directory.found["112"] = [making(rescue, via="line:1", is_exclusive=True)]
    scene.from_inside("101", "emergency:112")
    assert on_line.cause is Cause.PREEMPTED and younger.cause is None and rescue.told == ["offer 101"]


def test_a_line_that_is_in_use_is_cleared_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.telephony.pbx.offering._CLEARING_S", 0.02)
    scene = Scene()
    on_line = scene.from_outside("extension:102", trunk="line:1")
    rescue = FakeLeg("rescue")
    free, taken = making(rescue, via="line:1"), vanished(via="line:1")
    (candidate,) = free.legs

    def make(events: object) -> FakeLeg:
        if on_line.cause is None:
            raise LookupError("the line is in use")
        return candidate.make(events)  # type: ignore[arg-type,return-value]

    object.__setattr__(taken.legs[0], "make", make)
    scene.directory.found["112"] = [taken]
    scene.from_inside("101", "emergency:112")
    assert on_line.cause is Cause.PREEMPTED
    scene.until(lambda: rescue.told == ["offer 101"])


def test_where_there_is_no_way_at_all_the_caller_hears_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.telephony.pbx.offering._CLEARING_S", 0.001)
    scene = Scene()
    scene.directory.found["112"] = [vanished(via="main")]
    caller = scene.from_inside("101", "emergency:112")
    scene.until(lambda: caller.cause is not None)
    scene.check_nothing_is_left()


def test_it_can_be_neither_held_nor_transferred_away() -> None:
    scene = Scene()
    rescue = FakeLeg("rescue")
    caller = calling(scene, rescue)
    scene.exchange.leg_answered(rescue)
    scene.exchange.leg_held(caller, True)
    scene.exchange.transfer_blind(caller, Destination("extension", "102"), "101")
    second = scene.from_inside("101", "extension:103")
    scene.exchange.transfer_attended(caller, second)
    scene.exchange.conference(caller, second)
    assert scene.bridge.heard_by(caller) == {rescue.media} and "hold" not in rescue.told
    assert caller.cause is rescue.cause is None


def test_no_second_call_disturbs_it() -> None:
    scene = Scene()
    caller = calling(scene, FakeLeg("rescue"))
    other = scene.from_inside("102", "extension:101")
    assert other.cause is Cause.BUSY and "101" not in scene.directory.rung and caller.cause is None
