"""Forwards: by code, and where they lead."""

import pytest

from firmware.telephony.events import Cause
from firmware.telephony.seams import Confirm, Offer, Refuse
from tests.unit.telephony.features.feature_box import MOBILE, NUMBER, SENT, Box, inside, outside, to

FORWARDS = [
    ("*72", "*73", "*#72", "always", "call-fwd-unconditional"),
    ("*90", "*91", "*#90", "busy", "call-fwd-on-busy"),
    ("*92", "*93", "*#92", "no_answer", "call-fwd-no-ans"),
    ("*94", "*95", "*#94", "unreachable", "call-forwarding"),
]


@pytest.mark.parametrize(("on", "off", "ask", "field", "prompt"), FORWARDS)
def test_forwards_are_set_said_and_cleared(box: Box, on: str, off: str, ask: str, field: str, prompt: str) -> None:
    assert box.dial("101", on + NUMBER) == Confirm((prompt, "activated"))
    assert box.changes == [("101", f"forwarding/{field}", SENT)]
    digits = tuple(f"digits/{digit}" for digit in "1" + NUMBER)
    assert box.dial("101", ask) == Confirm((prompt, "is-set-to", *digits))
    assert box.dial("101", off) == Confirm((prompt, "de-activated"))
    assert box.dial("101", ask) == Confirm((prompt, "de-activated"))
    assert box.dial("101", on + "102") == Confirm((prompt, "activated"))
    assert getattr(box.profiles["101"].forwards, field) == "extension:102"


@pytest.mark.parametrize("number", ["911", "101"])
def test_a_forward_leads_neither_to_an_emergency_nor_to_oneself(box: Box, number: str) -> None:
    assert box.dial("101", "*72" + number) == Refuse(Cause.INVALID_NUMBER, "calls cannot be forwarded there")
    assert box.changes == []


def test_a_change_that_settings_refuse_is_told(box: Box) -> None:
    assert box.dial("101", "*725555555555") == Refuse(Cause.INVALID_NUMBER, "settings cannot be saved")


@pytest.mark.parametrize(
    ("field", "cause"),
    [
        ("busy", Cause.BUSY),
        ("busy", Cause.REJECTED),
        ("no_answer", Cause.NO_ANSWER),
        ("unreachable", Cause.UNREACHABLE),
    ],
)
def test_a_call_that_fails_goes_where_its_forward_says(box: Box, field: str, cause: Cause) -> None:
    box.change("101", f"forwarding/{field}", SENT)
    assert box.unanswered("101", cause) == to(SENT, by="101")
    assert box.unanswered("101", cause, is_in_group=True) is None
    assert box.unanswered("101", Cause.NORMAL) is None
    assert box.unanswered("102", cause) is None
    assert isinstance(box.offer("101"), Offer)


def test_every_call_is_forwarded_but_not_in_groups_and_not_from_where_it_leads(box: Box) -> None:
    box.change("101", "forwarding/always", "extension:102")
    assert box.offer("101") == to("extension:102", by="101")
    assert isinstance(box.offer("101", is_in_group=True), Offer)
    assert isinstance(box.offer("101", inside("102")), Offer)
    box.change("101", "forwarding/always", f"number:{MOBILE}")
    assert isinstance(box.offer("101", outside(MOBILE)), Offer)
    assert box.offer("101", outside("")) == to(f"number:{MOBILE}", by="101")
