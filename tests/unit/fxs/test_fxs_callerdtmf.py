"""Caller ID in digits, in the forms of several countries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.fxs.callerid.dtmf import MESSAGE_MAX, DigitMessages, build_dtmf, build_dtmf_danish, parse_dtmf
from firmware.fxs.callerid.messages import BadMessage
from firmware.fxs.callerid.plan import MessageStep, Planned, PolarityStep, RingStep, plan
from firmware.fxs.line import Caller, Feed
from firmware.fxs.profile import CallerIdScheme

RING = (1000, 4000)
DIGITS = "0123456789*#ABCD"


def test_a_number_stands_between_the_countrys_start_and_end() -> None:
    assert build_dtmf(Caller("+46 8-713 29 20", "Somebody")) == "A4687132920C"
    assert build_dtmf_danish(Caller("33993399")) == "A33993399#"
    assert build_dtmf(Caller("1" * 40)) == f"A{'1' * 15}C"


def test_who_hides_and_who_is_unknown_are_told_apart_by_codes() -> None:
    assert build_dtmf(Caller("5551234", withheld=True)) == "B10C"
    assert build_dtmf(Caller()) == "B00C"
    assert build_dtmf_danish(Caller("5551234", withheld=True)) == "D1#"
    assert build_dtmf_danish(Caller(name="Somebody")) == "D3#"


@pytest.mark.parametrize(
    ("message", "caller"),
    [
        ("A0812345C", Caller("0812345")),
        ("A0812345D0854321C", Caller("0812345")),  # forwarded by the second
        ("B10D0854321C", Caller(withheld=True)),
        ("D12345678C", Caller("12345678")),
        ("D0000000000C", Caller()),
        ("D2#", Caller()),
    ],
)
def test_what_exchanges_send_besides_is_understood(message: str, caller: Caller) -> None:
    assert parse_dtmf(message) == caller


@pytest.mark.parametrize("message", ["", "C", "123#", "A12*3C", "A123", "A" + "1" * 21 + "C", "AC1#"])
def test_other_digits_are_no_message(message: str) -> None:
    with pytest.raises(BadMessage):
        parse_dtmf(message)


@given(st.text(max_size=80), st.booleans())
def test_no_caller_makes_a_message_that_cannot_be_parsed(number: str, withheld: bool) -> None:
    for build in (build_dtmf, build_dtmf_danish):
        caller = parse_dtmf(build(Caller(number, "Somebody", withheld)))
        assert caller.withheld == withheld
        assert set(caller.number) <= set("0123456789")


@given(st.lists(st.text(DIGITS, max_size=5)))
def test_rubbish_on_the_line_is_kept_in_bounds(blocks: list[str]) -> None:
    messages = DigitMessages()
    for block in blocks:
        assert all(len(message) <= MESSAGE_MAX + 1 for message in messages.take(block, 20))


def test_a_pause_ends_a_message_that_was_cut_short() -> None:
    messages = DigitMessages()
    assert messages.take("A12", 20) == []
    for _ in range(26):
        assert messages.take("", 20) == []
    assert messages.take("B10C", 20) == ["B10C"]


@pytest.mark.parametrize("scheme", [CallerIdScheme.DTMF, CallerIdScheme.DTMF_DENMARK])
def test_the_digits_come_before_the_first_ring(scheme: CallerIdScheme) -> None:
    message, ring = plan(scheme, RING, 1400)
    assert message == Planned(0, MessageStep())
    assert ring.step == RingStep(RING) and 200 <= ring.at_ms - 1400 <= 500


def test_the_digits_come_200_ms_after_a_reversal() -> None:
    reversal, message, ring = plan(CallerIdScheme.DTMF_REVERSAL, RING, 1400)
    assert reversal == Planned(0, PolarityStep(Feed.REVERSE))
    assert message.at_ms >= 200 and isinstance(message.step, MessageStep)
    assert ring.step == RingStep(RING) and 200 <= ring.at_ms - message.at_ms - 1400 <= 500
