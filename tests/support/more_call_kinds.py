"""More kinds of call: from outside, and those that are forwarded, taken, parked, transferred, joined."""

from tests.support.call_kinds import KINDS, LINE, OUT, TO_102, forwarding, kind, record
from tests.support.exchange_scenes import OUTSIDE, Scene

TO_101 = "extension:101"
__all__ = ["KINDS"]

# ---- in ------------------------------------------------------------------------------------------------


@kind(record(TO_101, "", by="101"))
def from_outside_and_answered(scene: Scene) -> None:
    scene.call_in()
    scene.talk(1.5)
    scene.hang_up(1)


@kind(record(TO_101, "", by="101", source_number="5559876"), outside_lines__1__caller_id_scheme="country")
def from_outside_with_a_number(scene: Scene) -> None:
    scene.ring_in(1, from_="5559876", name="ALICE")
    scene.wait_caller("5559876")
    scene.answer_in(1)
    scene.hang_up(1)


@kind(record("group:all", "", by="102"), outside_lines__1__destination="group:all")
def from_outside_for_everybody(scene: Scene) -> None:
    scene.ring_in(1, 2)
    scene.answer_in(2)
    scene.hang_up_outside()
    scene.wait_over()


@kind(
    record(TO_102, "", by="102", dialled="group:sales"),
    groups__sales={"members": ["103", "101"], "strategy": "in-turn", "ring_s": 5, "otherwise": TO_102},
    outside_lines__1__destination="group:sales",
)
def from_outside_for_a_group_and_on_to_somebody_else(scene: Scene) -> None:
    scene.ring_in(1)
    scene.phone(2).wait("ringing", True, 15)
    scene.answer_in(2)
    scene.hang_up(2)


@kind(record(TO_101, "", cause="CANCELLED"))
def from_outside_and_given_up(scene: Scene) -> None:
    scene.ring_in(1)
    scene.give_up_outside()
    scene.wait_over()


@kind(record(TO_101, "", cause="NO_ANSWER"), extensions__101__no_answer_s=1)
def from_outside_and_nobody_answers(scene: Scene) -> None:
    scene.ring_in(1)
    scene.wait_over()


@kind(record(TO_101, "", cause="BUSY"))
def from_outside_and_busy(scene: Scene) -> None:
    scene.phone(1).lift()
    scene.box.wait_line("fxs1", "dial-tone")
    scene.ring_in()
    scene.box.wait_line("fxo1", "guard")


@kind(
    record(TO_101, "", cause="REJECTED", source_number="", is_withheld=True),
    extensions__101__is_anonymous_rejected=True,
    outside_lines__1__caller_id_scheme="country",
)
def from_outside_and_anonymous(scene: Scene) -> None:
    scene.ring_in(from_="withheld")
    scene.box.wait_line("fxo1", "guard")


@kind(
    record(TO_101, "", cause="REJECTED", source_number="5559876"),
    extensions__101__block=["555*"],
    outside_lines__1__caller_id_scheme="country",
)
def from_outside_and_blocked(scene: Scene) -> None:
    scene.ring_in(from_="5559876")
    scene.box.wait_line("fxo1", "guard")


@kind(record(TO_102, by="102"), record(TO_101, "", cause="NO_CHANNEL"), calls__voice_channels=1)
def from_outside_with_no_channel_left(scene: Scene) -> None:
    scene.connect()
    scene.ring_in()
    scene.box.wait_line("fxo1", "guard")
    scene.hang_up(1)


@kind(
    record(TO_102, by="102"),
    record(TO_101, "", by="101", dialled=TO_102),
    calls__voice_channels=1,
    calls__when_full=TO_101,
    outside_lines__1__destination=TO_102,
)
def from_outside_with_no_channel_left_and_sent_elsewhere(scene: Scene) -> None:
    scene.connect()
    scene.ring_in()
    scene.wait_call("ringing")
    scene.hang_up(2)
    scene.wait_over(1)
    scene.phone(1).flash()
    scene.outside.wait("state", "talking")
    scene.hang_up_outside()


# ---- sent elsewhere ------------------------------------------------------------------------------------


@kind(record(OUT, by=OUTSIDE, trunk=LINE, dialled=TO_102, history=("forwarded:102",)), **forwarding(always=OUT))
def forwarded_always(scene: Scene) -> None:
    scene.call_out(1, "102")
    scene.answer_outside(1)
    scene.hang_up(1)


@kind(record(OUT, by=OUTSIDE, trunk=LINE, dialled=TO_102, history=("forwarded:102",)), **forwarding(busy=OUT))
def forwarded_when_busy(scene: Scene) -> None:
    scene.phone(2).lift()
    scene.box.wait_line("fxs2", "dial-tone")
    scene.call_out(1, "102")
    scene.answer_outside(1)
    scene.hang_up(1)


@kind(
    record(OUT, by=OUTSIDE, trunk=LINE, dialled=TO_102, history=("forwarded:102",)),
    extensions__102__no_answer_s=1,
    **forwarding(no_answer=OUT),
)
def forwarded_when_nobody_answers(scene: Scene) -> None:
    scene.ring()
    scene.rings_outside()
    scene.answer_outside(1)
    scene.hang_up(1)


@kind(
    record(TO_102, by="102", dialled="extension:103", history=("forwarded:103",)),
    extensions__103__forwarding__unreachable=TO_102,
)
def forwarded_when_not_reachable(scene: Scene) -> None:
    scene.connect("103")
    scene.hang_up(1)


@kind(
    record(OUT, dialled=TO_102, cause="BARRED", history=("forwarded:102",)),
    extensions__102__permissions=[],
    **forwarding(always=OUT),
)
def forwarded_by_somebody_who_may_not(scene: Scene) -> None:
    scene.dial(1, "102")
    scene.refused(1)


@kind(
    record("extension:103", cause="LOOP", history=("forwarded:103", "forwarded:104")),
    extensions__103__forwarding__always="extension:104",
    extensions__104__forwarding__always="extension:103",
)
def forwarded_in_a_circle(scene: Scene) -> None:
    scene.dial(1, "103")
    scene.wait_tone(1, "congestion")


@kind(record(TO_101, "", by="102", history=("picked-up:102",)))
def picked_up(scene: Scene) -> None:
    scene.ring_in(1)
    scene.dial(2, "**101")
    scene.through(2)
    scene.outside.wait("state", "talking")
    scene.hang_up(2)


@kind(
    record(TO_101, "", by="102", history=("parked:701",)),
    record("park:auto", dialled="code:park", is_answered=True),
)
def parked_and_fetched(scene: Scene) -> None:
    scene.call_in()
    scene.recall_and_dial("*68")
    scene.through(1)
    scene.hang_up(1)
    scene.dial(2, "*59701")
    scene.through(2)
    scene.hang_up(2)


# ---- transferred, joined -------------------------------------------------------------------------------


@kind(record(TO_102, "", dialled=TO_101, by="102", history=("transferred:101",)))
def transferred_blindly(scene: Scene) -> None:
    scene.call_in()
    scene.recall_and_dial("*98102")
    scene.phone(2).wait("ringing", True)
    scene.hang_up(1)
    scene.answer(2)
    scene.hang_up(2)


@kind(
    record(TO_102, "", dialled=TO_101, by="101", history=("transferred:101",)),
    extensions__102__no_answer_s=1,
)
def transferred_in_vain_and_back(scene: Scene) -> None:
    scene.call_in()
    scene.recall_and_dial("*98102")
    scene.phone(2).wait("ringing", True)
    scene.hang_up(1)
    scene.phone(1).wait("ringing", True)
    scene.answer_in(1)
    scene.hang_up(1)


@kind(
    record(TO_102, "", dialled=TO_101, by="101", is_linked=True, history=("transferred:101",)),
    record(TO_102, by="102", is_linked=True, history=("transferred:101",)),
)
def transferred_after_a_word(scene: Scene) -> None:
    scene.call_in()
    scene.ask_inside()
    scene.phone(1).flash()
    scene.phone(1).dial("4")
    scene.wait_over(1)
    scene.hang_up(1, 2)


@kind(
    record(TO_101, "", by="101", is_linked=True, history=("conference",)),
    record(TO_102, by="102", is_linked=True, history=("conference",)),
)
def three_way(scene: Scene) -> None:
    scene.call_in()
    scene.ask_inside()
    scene.phone(1).flash()
    scene.phone(1).dial("3")
    scene.through(1)
    scene.talk(0.5)
    scene.hang_up(1)


@kind(record(TO_102, by="102"), record(TO_101, "", by="101"))
def a_second_caller_is_let_in(scene: Scene) -> None:
    scene.connect()
    scene.ring_in()
    scene.wait_call("ringing")
    scene.phone(1).flash()
    scene.outside.wait("state", "talking")
    scene.hang_up_outside()
    scene.wait_over(1)
    scene.hang_up(2)


@kind(record(TO_102, by="102", cause="DEVICE_LOST"))
def the_adapter_is_pulled_out(scene: Scene) -> None:
    scene.connect()
    scene.box.simulator.call("adapter.unplug")
    scene.wait_over()
    scene.box.simulator.call("adapter.plug")
    scene.box.wait_line("fxs1", "on-hook", 15)
