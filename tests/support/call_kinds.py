"""The kinds of call that a box can have, each with what is to be written down of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.exchange_scenes import OUTSIDE, Scene

Expected = dict[str, Any]
LINE = "line:1"


@dataclass(frozen=True, slots=True)
class Kind:
    """`settings` hold while it goes on, `__` for `/`; `expected` are its records in the order in which calls began."""

    name: str
    play: Callable[[Scene], None]
    expected: tuple[Expected, ...]
    settings: Mapping[str, object] = field(default_factory=dict)


KINDS: list[Kind] = []


def record(to: str, source: str = "101", *, by: str = "", cause: str = "NORMAL", **more: Any) -> Expected:
    """A call of telephone `source` ("" for the outside line) that went `to`, answered where `by` says by whom."""
    kind, _, number = to.partition(":")
    socket = {"101": "fxs1", "102": "fxs2"}
    own = {
        "source_extension": source,
        "source_number": source,
        "source_trunk": "" if source else LINE,
        "source_address": socket.get(source, "fxo1"),
        "dialled": to,
        "destination_kind": kind,
        "destination_number": number,
        "destination_address": socket.get(by, "fxo1" if by == number else ""),
        "trunk": "" if source else LINE,
        "answered_by": by,
        "is_answered": bool(by),
        "cause": cause,
        "history": (),
        "state": "ended",
        "is_linked": False,
    }
    return own | more


def kind(*expected: Expected, **settings: object) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """A line of the table."""

    def add(play: Callable[[Scene], None]) -> Callable[[Scene], None]:
        KINDS.append(Kind(play.__name__.replace("_", " "), play, expected, settings))
        return play

    return add


def forwarding(**to: str) -> dict[str, object]:
    """Forwards of extension 102."""
    return {f"extensions__102__forwarding__{when}": where for when, where in to.items()}


OUT = f"number:{OUTSIDE}"
TO_102 = "extension:102"

# ---- inside --------------------------------------------------------------------------------------------


@kind(record(TO_102, by="102"))
def answered_and_the_caller_hangs_up(scene: Scene) -> None:
    scene.connect()
    scene.talk(2.2)
    scene.hang_up(1, 2)


@kind(record(TO_102, by="102"))
def answered_and_the_called_hangs_up(scene: Scene) -> None:
    scene.connect()
    scene.hang_up(2)
    scene.wait_over()


@kind(record(TO_102, by="102"))
def held_and_taken_back(scene: Scene) -> None:
    scene.connect()
    scene.recall()
    scene.phone(1).flash()
    scene.through(1)
    scene.hang_up(1)


@kind(record(TO_102, cause="BUSY"))
def busy(scene: Scene) -> None:
    scene.phone(2).lift()
    scene.box.wait_line("fxs2", "dial-tone")
    scene.dial(1, "102")
    scene.wait_tone(1, "busy")


@kind(record(TO_102, cause="BUSY"), extensions__102__is_do_not_disturb=True)
def not_to_be_disturbed(scene: Scene) -> None:
    scene.dial(1, "102")
    scene.wait_tone(1, "busy")


@kind(record(TO_102, cause="NO_ANSWER"), extensions__102__no_answer_s=1)
def nobody_answers(scene: Scene) -> None:
    scene.ring()
    scene.wait_tone(1, "congestion")


@kind(record(TO_102, cause="CANCELLED"))
def cancelled(scene: Scene) -> None:
    scene.ring()
    scene.hang_up(1)


@kind(record("extension:103", cause="UNREACHABLE"))
def not_reachable(scene: Scene) -> None:
    scene.dial(1, "103")
    scene.wait_tone(1, "congestion")


@kind(record("group:all", by="102", dialled="code:group-all"))
def everybody_is_called(scene: Scene) -> None:
    scene.connect("**9")
    scene.hang_up(1)


@kind(record("intercom:102", by="102", dialled="code:intercom.102"))
def by_intercom(scene: Scene) -> None:
    scene.connect("*96102")
    scene.hang_up(1)


@kind(record("intercom:102", by="102", dialled="code:intercom.102"), extensions__102__is_intercom_allowed=False)
def by_intercom_where_that_is_not_allowed(scene: Scene) -> None:
    by_intercom(scene)


@kind(record("service:milliwatt", is_answered=True))
def a_service(scene: Scene) -> None:
    scene.dial(1, "*44")
    scene.through(1)
    scene.hang_up(1)


@kind(record("code:do-not-disturb-off", is_answered=True))
def a_feature_code(scene: Scene) -> None:
    scene.dial(1, "#26#")
    scene.through(1)


@kind(record(TO_102, by="102", dialled="code:speed-dial.7"), extensions__101__speed_dials={"7": TO_102})
def a_speed_dial(scene: Scene) -> None:
    scene.connect("*747")
    scene.hang_up(1)


@kind(record(TO_102, cause="CANCELLED"), record(TO_102, by="102", dialled="code:redial"))
def dialled_again(scene: Scene) -> None:
    scene.ring()
    scene.hang_up(1)
    scene.connect("*07")
    scene.hang_up(1)


@kind(record(TO_102, cause="CANCELLED"), record("extension:101", "102", by="101", dialled="code:call-return"))
def called_back(scene: Scene) -> None:
    scene.ring()
    scene.hang_up(1)
    scene.connect("*69", 2, 1)
    scene.hang_up(2)


@kind(record(TO_102, by="102"), extensions__101__hotline="102", extensions__101__hotline_s=0)
def a_hotline(scene: Scene) -> None:
    scene.phone(1).lift()
    scene.phone(2).wait("ringing", True)
    scene.answer(2)
    scene.hang_up(1)


# ---- out -----------------------------------------------------------------------------------------------


@kind(record(OUT, by=OUTSIDE, trunk=LINE))
def outside_and_the_caller_hangs_up(scene: Scene) -> None:
    scene.call_out()
    scene.answer_outside(1)
    scene.talk(1.5)
    scene.hang_up(1)


@kind(record(OUT, by=OUTSIDE, trunk=LINE, dialled=f"code:withhold-once.{OUTSIDE}"))
def outside_with_the_number_withheld(scene: Scene) -> None:
    scene.call_out(1, f"#31#{OUTSIDE}")
    scene.answer_outside(1)
    scene.hang_up(1)


@kind(record(OUT, by=OUTSIDE, trunk=LINE))
def outside_and_the_far_end_hangs_up(scene: Scene) -> None:
    scene.call_out()
    scene.answer_outside(1)
    scene.hang_up_outside()
    scene.wait_over()


@kind(record(OUT, trunk=LINE, cause="BUSY"), outside_lines__1__answer_on="polarity")
def outside_and_busy(scene: Scene) -> None:
    scene.call_out()
    scene.outside.hang_up(how="busy-tone")
    scene.wait_over()


@kind(record(OUT, trunk=LINE, cause="CANCELLED"), outside_lines__1__answer_on="polarity")
def outside_and_cancelled(scene: Scene) -> None:
    scene.call_out()
    scene.hang_up(1)


@kind(record(OUT, cause="BARRED"), fence__blocked=["555*"])
def outside_and_barred(scene: Scene) -> None:
    scene.dial(1, OUTSIDE)
    scene.refused(1)


@kind(record(OUT, cause="BARRED"), extensions__101__permissions=[])
def outside_without_permission(scene: Scene) -> None:
    scene.dial(1, OUTSIDE)
    scene.refused(1)


@kind(record(OUT, by=OUTSIDE, trunk=LINE), record("number:5559999", "102", cause="NO_CHANNEL"), calls__voice_channels=1)
def outside_with_no_channel_left(scene: Scene) -> None:
    scene.call_out()
    scene.answer_outside(1)
    scene.dial(2, "5559999")
    scene.wait_tone(2, "congestion")
    scene.hang_up(2, 1)


@kind(record(OUT, by=OUTSIDE, trunk=LINE), record("number:5559999", "102", cause="NO_ROUTE"))
def outside_with_the_line_in_use(scene: Scene) -> None:
    scene.call_out()
    scene.answer_outside(1)
    scene.dial(2, "5559999")
    scene.wait_tone(2, "congestion")
    scene.hang_up(2, 1)


@kind(record("emergency:999", by="999", trunk=LINE))
def an_emergency(scene: Scene) -> None:
    scene.call_out(1, "999")
    scene.answer_outside(1)
    scene.hang_up(1)


@kind(
    record(OUT, "102", by=OUTSIDE, trunk=LINE, cause="PREEMPTED"),
    record("emergency:999", by="999", trunk=LINE),
    calls__voice_channels=1,
)
def an_emergency_amid_another_call(scene: Scene) -> None:
    scene.call_out(2)
    scene.answer_outside(2)
    scene.dial(1, "999")
    scene.wait_over(1)
    scene.rings_outside()
    scene.answer_outside(1)
    scene.hang_up(1)
