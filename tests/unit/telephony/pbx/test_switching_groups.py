"""Groups of extensions: who of them is rung, in which order, and what becomes of a call that none takes."""

from firmware.telephony.events import Cause, Destination
from firmware.telephony.pbx.attempts import Attempt
from firmware.telephony.seams import Refuse
from tests.unit.telephony.pbx.answering import Answering, to
from tests.unit.telephony.pbx.exchange_scene import Scene


def group(scene: Scene, *numbers: str, **terms: object) -> None:
    members = [scene.directory.candidate(number) for number in numbers]
    if "ring_s" in terms:
        scene.directory.found["sales"] = [
            Attempt([member], ring_s=float(str(terms["ring_s"])), is_in_turn=True) for member in members
        ]
    else:
        scene.directory.found["sales"] = [Attempt(members)]


def test_each_member_of_a_group_is_asked_about_and_who_forwards_or_refuses_is_left_out() -> None:
    scene = Scene(Answering(offer={"102": to("extension:101"), "103": Refuse(Cause.BUSY)}))
    group(scene, "102", "103", "104")
    scene.from_inside("101", "group:sales")
    assert [scene.rung(number).told for number in ("102", "103", "104")] == [[], [], ["offer 101"]]


def test_where_every_member_refuses_the_group_is_busy() -> None:
    scene = Scene(Answering(offer={"102": Refuse(Cause.BUSY), "103": to("extension:101")}))
    group(scene, "102", "103")
    assert scene.from_inside("101", "group:sales").cause is Cause.BUSY


def test_several_devices_of_one_extension_ring_together_and_are_asked_about_once() -> None:
    feature = Answering()
    scene = Scene(feature)
    group(scene, "102", "102")
    caller = scene.from_inside("101", "group:sales")
    first, second = scene.directory.rung["102"]
    assert first.told == second.told == ["offer 101"] and len(feature.offers) == 1
    scene.answer(second)
    assert first.cause is Cause.CANCELLED and scene.bridge.has(caller, second)


def test_a_group_in_turn_rings_one_after_the_other() -> None:
    scene = Scene()
    group(scene, "102", "103", ring_s=0.02)
    caller = scene.from_inside("101", "group:sales")
    assert scene.rung("102").told == ["offer 101"] and scene.rung("103").told == []
    scene.until(lambda: scene.rung("103").told == ["offer 101"])
    assert scene.rung("102").cause is Cause.CANCELLED
    scene.answer(scene.rung("103"))
    assert scene.bridge.has(caller, scene.rung("103"))


def test_a_busy_member_of_a_group_in_turn_is_passed_over_at_once() -> None:
    scene = Scene()
    group(scene, "102", "103", ring_s=60)
    scene.from_inside("101", "group:sales")
    scene.hang_up(scene.rung("102"), Cause.BUSY)
    assert scene.rung("103").told == ["offer 101"]


def test_a_group_that_nobody_answers_goes_where_it_says() -> None:
    scene = Scene()
    scene.directory.others["sales"] = Destination("extension", "104")
    group(scene, "102", "103", ring_s=0.01)
    scene.from_inside("101", "group:sales")
    scene.until(lambda: "104" in scene.directory.rung)
    assert scene.rung("104").told == ["offer 101"]
