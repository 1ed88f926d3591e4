"""Voice channels and rounds: what counts, who gives way, and how often a call may be sent on."""

import pytest

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.extension import Extension
from firmware.telephony.pbx.channels import Conversation, counts, gives_way, on_trunk, used
from firmware.telephony.pbx.rounds import ROUNDS_MAX, recognised, redirected
from firmware.telephony.pbx.wiring import Wiring
from firmware.telephony.seams import Dialled, Redirect
from firmware.telephony.summary import Origin
from tests.unit.telephony.pbx.fake_legs import FakeBridge

OLD, YOUNG = Conversation(1, frozenset({"line:1"})), Conversation(2, frozenset({"main"}))
SERVICE, RESCUE = Conversation(3, is_counted=False), Conversation(4, frozenset({"line:2"}), is_emergency=True)
DIALLED = Dialled(Origin(Caller("101"), "101"), Destination("number", "112"), Extension("101"))


@pytest.mark.parametrize("kind", ["extension", "group", "number", "intercom"])
def test_conversations_count(kind: str) -> None:
    assert counts(kind)


@pytest.mark.parametrize("kind", ["service", "code", "pickup", "park", "retrieve", "emergency"])
def test_what_the_box_answers_itself_does_not_count(kind: str) -> None:
    assert not counts(kind)


def test_emergency_calls_and_services_use_no_channel() -> None:
    assert used([OLD, YOUNG, SERVICE, RESCUE]) == 2


def test_while_a_channel_is_free_nobody_gives_way() -> None:
    assert gives_way([OLD, SERVICE, RESCUE], 2) is None


def test_the_youngest_gives_way_unless_another_is_on_the_trunk_that_is_needed() -> None:
    assert gives_way([OLD, YOUNG, SERVICE, RESCUE], 2) == 2
    assert gives_way([OLD, YOUNG, SERVICE, RESCUE], 2, "line:1") == 1


def test_an_emergency_call_never_gives_way() -> None:
    assert gives_way([RESCUE], 0) is None and on_trunk([RESCUE], "line:2") is None
    assert on_trunk([OLD, RESCUE], "") is None


def test_a_forward_makes_the_chain_longer_and_meets_no_extension_twice() -> None:
    once = redirected(DIALLED, Redirect(Destination("extension", "102"), "101"), 0)
    assert isinstance(once, Dialled) and once.via == ("101",)
    assert redirected(once, Redirect(Destination("extension", "103"), "101"), 1) is Cause.LOOP
    assert redirected(once, Redirect(Destination("extension", "103")), ROUNDS_MAX) is Cause.LOOP


def test_the_wish_to_withhold_the_number_is_kept_over_rounds() -> None:
    once = redirected(DIALLED, Redirect(Destination("number", "0301"), is_number_withheld=True), 0)
    assert isinstance(once, Dialled) and once.extension is not None and once.extension.is_number_withheld
    again = redirected(once, Redirect(Destination("number", "0302")), 1)
    assert isinstance(again, Dialled) and again.extension is not None and again.extension.is_number_withheld


def test_an_emergency_number_is_recognised_however_somebody_inside_calls_it() -> None:
    assert recognised(DIALLED, frozenset({"112"})).destination == Destination("emergency", "112")
    outside = Dialled(Origin(Caller("0301"), trunk="main"), DIALLED.destination)
    assert recognised(outside, frozenset({"112"})) == outside


def test_a_pair_that_two_want_is_joined_once_and_parted_when_neither_does() -> None:
    bridge, one, other = FakeBridge(), object(), object()
    wiring = Wiring(bridge)
    wiring.want(one, [("a", "b"), ("a", "a"), ("a", None)])
    wiring.want(other, [("b", "a")])
    wiring.want(one, [])
    assert bridge.pairs == {frozenset({"a", "b"})}
    wiring.want(other, [])
    assert bridge.pairs == set() and wiring.pairs == 0
