"""From what was dialled to who rings: features in order, forwards and their loops, groups, intercom, channels."""

import pytest

from firmware.telephony.events import Cause, Destination
from firmware.telephony.extension import Extension
from firmware.telephony.pbx.attempts import Attempt
from firmware.telephony.pbx.surroundings import ExchangeLimits
from firmware.telephony.seams import Confirm, Dialled, Refuse
from tests.unit.telephony.pbx.answering import Answering, Failing, to
from tests.unit.telephony.pbx.exchange_scene import Scene
from tests.unit.telephony.pbx.fake_legs import FakeLeg, making

# ---- dialling ------------------------------------------------------------------------------------------


def test_a_code_that_leads_to_an_extension_rings_it() -> None:
    scene = Scene(Answering({"code:speed-dial.5": to("extension:102")}))
    scene.from_inside("101", "code:speed-dial.5")
    assert scene.rung("102").told == ["offer 101"]
    assert scene.call.chronicle.summary.dialled == Destination("code", "speed-dial.5")
    assert scene.call.chronicle.summary.destination == Destination("extension", "102")


def test_a_refused_call_ends_with_the_features_cause() -> None:
    scene = Scene(Answering({"extension:102": Refuse(Cause.BARRED, "child lock")}))
    assert scene.from_inside("101", "extension:102").cause is Cause.BARRED
    scene.check_nothing_is_left()


def test_a_confirmed_code_is_answered_says_its_prompts_and_ends() -> None:
    scene = Scene(Answering({"code:dnd-on": Confirm(("vm-saved",))}))
    caller = scene.from_inside("101", "code:dnd-on")
    (said,) = scene.sounds.said
    assert said.name == "vm-saved" and scene.exchange.channels_used == 0
    scene.exchange.leg_answered(said)
    assert caller.told == ["answer"] and scene.bridge.has(caller, said)
    scene.hang_up(said)
    assert caller.cause is Cause.NORMAL
    scene.check_nothing_is_left()


def test_a_code_that_no_feature_knows_is_no_number() -> None:
    scene = Scene()
    assert scene.from_inside("101", "code:unheard-of").cause is Cause.UNKNOWN_NUMBER


def test_a_feature_that_throws_is_passed_over_on_every_seam() -> None:
    scene = Scene(Failing(), Answering(unanswered={("102", Cause.BUSY): to("extension:103")}))
    caller = scene.from_inside("101", "extension:102")
    scene.hang_up(scene.rung("102"), Cause.BUSY)
    scene.answer(scene.rung("103"))
    scene.hang_up(caller)
    scene.check_nothing_is_left()


# ---- forwards ------------------------------------------------------------------------------------------


def test_an_unconditional_forward_rings_the_other_extension_and_is_written_down() -> None:
    scene = Scene(Answering(offer={"102": to("extension:103", "102")}))
    scene.from_inside("101", "extension:102")
    assert "102" not in scene.directory.rung
    rung = scene.rung("103")
    assert rung.offered is not None and rung.offered.diverted_by == "102" and rung.offered.caller.number == "101"
    assert scene.call.chronicle.summary.history == ("forwarded:102",)


@pytest.mark.parametrize("cause", [Cause.BUSY, Cause.NO_ANSWER, Cause.UNREACHABLE, Cause.REJECTED])
def test_a_forward_of_unanswered_calls_goes_on_with_the_same_call(cause: Cause) -> None:
    scene = Scene(Answering(unanswered={("102", cause): to("extension:103", "102")}))
    caller = scene.from_inside("101", "extension:102")
    call = scene.call
    scene.hang_up(scene.rung("102"), cause)
    assert scene.call is call and caller.cause is None
    scene.answer(scene.rung("103"))
    assert scene.bridge.has(caller, scene.rung("103"))
    assert call.chronicle.summary.answered_by == "103"


def test_a_called_side_that_names_another_number_is_judged_as_if_it_had_been_dialled() -> None:
    scene = Scene()
    caller = scene.from_inside("101", "extension:102")
    scene.rung("102").moved_to = "103"
    scene.hang_up(scene.rung("102"), Cause.MOVED)
    assert caller.cause is None and scene.rung("103").offered is not None
    assert scene.call.chronicle.summary.history == ("forwarded:102",)
    scene.rung("103").moved_to = "101"
    scene.hang_up(scene.rung("103"), Cause.BUSY)
    assert caller.cause is Cause.BUSY, "only who says that the call has moved sends it on"


def test_two_telephones_that_send_calls_to_each_other_are_a_circle() -> None:
    scene = Scene()
    caller = scene.from_inside("101", "extension:102")
    for number, other in (("102", "103"), ("103", "102"), ("102", "103")):
        scene.rung(number).moved_to = other
        scene.hang_up(scene.rung(number), Cause.MOVED)
    assert caller.cause is Cause.LOOP


def test_a_member_of_a_group_sends_the_call_of_the_others_nowhere() -> None:
    scene = Scene()
    scene.directory.found["all"] = [Attempt([scene.directory.candidate(number) for number in ("102", "103")])]
    caller = scene.from_inside("101", "group:all")
    scene.rung("102").moved_to = "104"
    scene.hang_up(scene.rung("102"), Cause.MOVED)
    assert caller.cause is None and scene.rung("103").cause is None
    scene.hang_up(scene.rung("103"), Cause.BUSY)
    assert caller.cause is Cause.BUSY and "104" not in scene.directory.rung


def test_an_extension_without_a_device_is_forwarded_when_unreachable() -> None:
    scene = Scene(Answering(unanswered={("102", Cause.UNREACHABLE): to("extension:103")}))
    scene.directory.found["102"] = Cause.UNREACHABLE
    scene.from_inside("101", "extension:102")
    assert scene.rung("103").told == ["offer 101"]


def test_how_long_an_extension_rings_is_its_own_setting() -> None:
    scene = Scene(Answering(unanswered={("102", Cause.NO_ANSWER): to("extension:103")}))
    scene.directory.profiles["102"] = Extension("102", no_answer_s=0.02)
    scene.from_inside("101", "extension:102")
    scene.until(lambda: "103" in scene.directory.rung)
    assert scene.rung("102").cause is Cause.CANCELLED and scene.rung("103").told == ["offer 101"]


def test_forwards_that_lead_in_a_circle_end_with_the_cause_that_says_so() -> None:
    loop = {"102": to("extension:103", "102"), "103": to("extension:102", "103")}
    scene = Scene(Answering(offer=dict(loop)))
    assert scene.from_inside("101", "extension:102").cause is Cause.LOOP
    assert Cause.LOOP.facts.q850 == 25 and Cause.LOOP.facts.sip == 482
    scene.check_nothing_is_left()


def test_more_than_eight_rounds_are_a_loop_even_where_no_extension_comes_twice() -> None:
    feature = Answering({f"code:n.{n}": to(f"code:n.{n + 1}") for n in range(20)})
    scene = Scene(feature)
    assert scene.from_inside("101", "code:n.0").cause is Cause.LOOP
    assert len(feature.dialled) == 8


def test_the_directory_is_told_whose_forward_it_is() -> None:
    scene = Scene(Answering(offer={"102": to("number:0301234", "102")}))
    scene.directory.found["0301234"] = [making(FakeLeg("outside"), via="main")]
    scene.from_outside("extension:102")
    _, dialled = scene.directory.asked[-1]
    assert dialled.via == ("102",) and dialled.origin.trunk == "main"


def test_a_forward_to_an_emergency_number_is_no_emergency_call() -> None:
    scene = Scene(
        Answering(offer={"102": to("number:112", "102")}), limits=ExchangeLimits(emergency=frozenset({"112"}))
    )
    scene.directory.found["112"] = Cause.BARRED
    assert scene.from_inside("101", "extension:102").cause is Cause.BARRED
    assert scene.directory.asked[-1][0].kind == "number"


def test_a_speed_dial_to_an_emergency_number_is_an_emergency_call() -> None:
    scene = Scene(
        Answering({"code:speed-dial.1": to("number:112")}), limits=ExchangeLimits(emergency=frozenset({"112"}))
    )
    scene.directory.found["112"] = [making(FakeLeg("rescue"), via="main")]
    scene.from_inside("101", "code:speed-dial.1")
    assert scene.call.is_emergency and scene.directory.asked[-1][0] == Destination("emergency", "112")


# ---- intercom ------------------------------------------------------------------------------------------


def test_an_intercom_call_asks_to_be_put_through_at_once() -> None:
    scene = Scene()
    scene.from_inside("101", "intercom:102")
    offered = scene.rung("102").offered
    assert offered is not None and offered.is_intercom


def test_an_extension_that_forbids_intercom_is_rung_and_nobody_outside_has_it() -> None:
    scene = Scene()
    scene.directory.profiles["102"] = Extension("102", is_intercom_allowed=False)
    scene.from_inside("101", "intercom:102")
    offered = scene.rung("102").offered
    assert offered is not None and not offered.is_intercom
    assert scene.from_outside("intercom:103").cause is Cause.REJECTED


# ---- channels ------------------------------------------------------------------------------------------


def test_a_third_caller_from_outside_goes_where_the_settings_send_it() -> None:
    scene = Scene(limits=ExchangeLimits(voice_channels=1))
    scene.talk("101", "102")
    assert scene.from_outside("extension:103").cause is Cause.NO_CHANNEL
    scene.directory.full = Destination("extension", "104")
    scene.from_outside("extension:103")
    assert scene.rung("104").told == ["offer 0301234"] and "103" not in scene.directory.rung
    assert scene.from_inside("103", "extension:104").cause is Cause.NO_CHANNEL


def test_services_and_codes_take_no_channel() -> None:
    scene = Scene(Answering({"code:dnd-on": Confirm()}), limits=ExchangeLimits(voice_channels=1))
    scene.talk("101", "102")
    scene.directory.found["echo"] = [making(FakeLeg("echo"))]
    assert scene.from_inside("103", "service:echo").cause is None
    assert scene.from_inside("104", "code:dnd-on").cause is None
    assert scene.exchange.channels_used == 1


# ---- faults of ours ------------------------------------------------------------------------------------


def test_a_directory_that_throws_ends_the_call_in_a_tone() -> None:
    scene = Scene()

    def attempts(destination: Destination, dialled: Dialled) -> Cause:
        raise ValueError("broken")

    scene.directory.attempts = attempts  # type: ignore[assignment]
    assert scene.from_inside("101", "extension:102").cause is Cause.FAILED
    scene.check_nothing_is_left()
