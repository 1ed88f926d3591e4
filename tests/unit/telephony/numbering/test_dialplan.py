"""The dial plan: precedence, overlap dialling, and that nothing but numbers leaves the box."""

import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.telephony.events import Cause, Destination
from firmware.telephony.numbering.dialplan import Dial, More, Plan, Rejected, Verdict, is_send_key, judge, validate
from firmware.telephony.numbering.digits import DigitMap

US = "^1900x. | ^976x. | [2-9]11 | <=1617>[2-9]xxxxxx | 1[2-9]xx[2-9]xxxxxx | 011[2-9]x. | *xx"
GERMAN = "^0900x. | <00=+>[1-9]x. | <0=+49>[1-9]x. | <=+4930>[1-9]xx+ | 11[68]xxx"
SERVICES = {"*43": "echo", "***": "address", "*97": "voicemail", "#31#": "hide-number", "#31": "hide-status"}


def plan(digit_map: str = US, **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "extensions": frozenset({"21", "22", "250", "911234"}),
        "services": SERVICES,
        "emergency": ("911", "933"),
        "digit_map": DigitMap.parse(digit_map),
        "pause_ms": 4000,
        "first_digit_ms": 15000,
    }
    return Plan(**(values | changes))


def german(**changes: Any) -> Plan:
    return plan(GERMAN, **({"emergency": ("110", "112"), "extensions": frozenset({"11", "12", "21"})} | changes))


def dial(text: str) -> Dial:
    return Dial(Destination.parse(text))


PAUSE, FIRST = More(4000), More(15000)

TABLE = [
    # plan, digits, verdict while dialling, verdict when final
    (plan(), "", FIRST, Rejected(Cause.INVALID_NUMBER)),
    (plan(), "2", PAUSE, Rejected(Cause.INVALID_NUMBER)),
    (plan(), "21", PAUSE, dial("extension:21")),  # 211 and seven digits could follow
    (plan(), "211", PAUSE, dial("number:211")),
    (plan("x"), "21", dial("extension:21"), dial("extension:21")),
    (plan("^2x."), "21", dial("extension:21"), dial("extension:21")),  # bars are for outside calls
    (plan("^2x."), "2", PAUSE, Rejected(Cause.BARRED)),
    (plan("^2x."), "23", Rejected(Cause.BARRED), Rejected(Cause.BARRED)),
    (plan(extensions=frozenset()), "911", dial("emergency:911"), dial("emergency:911")),
    (plan("^9x.", extensions=frozenset()), "911", dial("emergency:911"), dial("emergency:911")),
    (plan("^x.", extensions=frozenset()), "9", PAUSE, Rejected(Cause.BARRED)),
    (plan("^x.", extensions=frozenset()), "911", dial("emergency:911"), dial("emergency:911")),
    (plan(), "911", PAUSE, dial("emergency:911")),  # extension 911234 begins with it
    (plan(), "91123", PAUSE, Rejected(Cause.INVALID_NUMBER)),
    (plan(), "911234", PAUSE, dial("extension:911234")),
    (plan("<9=>x+", extensions=frozenset()), "9911", PAUSE, dial("emergency:911")),
    (plan("<9=>xxx", extensions=frozenset()), "9911", dial("emergency:911"), dial("emergency:911")),
    (plan(), "5551234", dial("number:16175551234"), dial("number:16175551234")),
    (plan(), "12125551234", dial("number:12125551234"), dial("number:12125551234")),
    (plan(), "011493012345", PAUSE, dial("number:011493012345")),
    (plan(), "190", PAUSE, Rejected(Cause.INVALID_NUMBER)),
    (plan(), "1900", Rejected(Cause.BARRED), Rejected(Cause.BARRED)),
    (plan(), "0", PAUSE, Rejected(Cause.INVALID_NUMBER)),
    (plan(), "00", Rejected(Cause.UNKNOWN_NUMBER), Rejected(Cause.UNKNOWN_NUMBER)),
    (plan(), "*", PAUSE, Rejected(Cause.INVALID_NUMBER)),
    (plan(), "*43", dial("service:echo"), dial("service:echo")),
    (plan("*xx."), "*43", PAUSE, dial("service:echo")),
    (plan(), "*44", dial("number:*44"), dial("number:*44")),
    (plan(), "***", dial("service:address"), dial("service:address")),
    (plan(), "#31", PAUSE, dial("service:hide-status")),
    (plan(), "#31#", dial("service:hide-number"), dial("service:hide-number")),
    (plan(), "#", PAUSE, Rejected(Cause.UNKNOWN_NUMBER)),
    (plan(), "##", Rejected(Cause.UNKNOWN_NUMBER), Rejected(Cause.UNKNOWN_NUMBER)),
    (german(), "11", PAUSE, dial("extension:11")),
    (german(), "112", dial("emergency:112"), dial("emergency:112")),
    (german(), "12", PAUSE, dial("extension:12")),
    (german(), "0049301234", PAUSE, dial("number:+49301234")),
    (german(), "030", PAUSE, dial("number:+4930")),
    (german(), "0900", Rejected(Cause.BARRED), Rejected(Cause.BARRED)),
    (german(), "116117", PAUSE, dial("number:+4930116117")),
    (german(emergency=("112", "1123")), "112", PAUSE, dial("emergency:112")),
    (german(emergency=("112", "1123")), "1123", dial("emergency:1123"), dial("emergency:1123")),
    (plan("<1=>"), "1", Rejected(Cause.INVALID_NUMBER), None),
    (plan("<=12345678901234>x+"), "123456", PAUSE, dial("number:12345678901234123456")),
    (plan("<=12345678901234>x+"), "1234567", PAUSE, Rejected(Cause.INVALID_NUMBER)),
    (plan("<00=+>x+"), "001234567890123456789", Rejected(Cause.INVALID_NUMBER), None),
    (plan("<0=+1>x+"), "01234567890123456789", Rejected(Cause.INVALID_NUMBER), None),
    (plan("<0=+>x"), "05", dial("number:+5"), dial("number:+5")),
    (plan("x+"), "1" * 20, dial("number:" + "1" * 20), None),
    (plan("x+"), "1" * 21, Rejected(Cause.INVALID_NUMBER), Rejected(Cause.INVALID_NUMBER)),
    (plan("x+"), "12A", Rejected(Cause.INVALID_NUMBER), Rejected(Cause.INVALID_NUMBER)),
    (plan("x+"), "1\n", Rejected(Cause.INVALID_NUMBER), Rejected(Cause.INVALID_NUMBER)),
]


@pytest.mark.parametrize(("a_plan", "digits", "dialling", "final"), TABLE)
def test_digits_lead_where_the_plan_says(a_plan: Plan, digits: str, dialling: Verdict, final: Verdict | None) -> None:
    assert judge(a_plan, digits) == dialling
    assert judge(a_plan, digits, is_final=True) == (dialling if final is None else final)


SEND_KEYS = [
    (plan(), "", False),
    (plan(), "21", True),
    (plan(), "911", True),
    (plan("^9x."), "911", True),
    (plan(services={"911#": "trap"}), "911", True),  # an emergency call is never held up by a code
    (plan(), "#31", False),
    (plan(), "#3", True),
    (plan(), "011493012345", True),
    (plan("*21*x+#"), "*21*0401234", False),
    (plan("*21*x+#"), "*21*", True),
    (plan("^*21*x.#"), "*21*5", False),
    (plan("^0x."), "05", True),
]


@pytest.mark.parametrize(("a_plan", "digits", "is_key"), SEND_KEYS)
def test_the_hash_sends_unless_it_belongs_to_a_code(a_plan: Plan, digits: str, is_key: bool) -> None:
    assert is_send_key(a_plan, digits) is is_key


PROBLEMS = [
    (plan(extensions=frozenset({"21", "22"})), []),
    (german(), []),
    (plan(extensions=frozenset({"911"})), ["extension 911 can never be reached: 911 is an emergency number"]),
    (plan(), ["extension 911234 delays emergency calls: it begins with 911"]),
    (plan(extensions=frozenset({"9"})), ["extension '9' does not have 2 to 6 digits"]),
    (
        plan(extensions=frozenset({"43"}), services={"43": "echo"}),
        ["the code 43 of echo can never be reached: it is an extension"],
    ),
    (
        plan(extensions=frozenset(), services={"933": "echo"}),
        ["the code 933 of echo can never be reached: 933 is an emergency number"],
    ),
    (
        plan(extensions=frozenset(), services={"9331": "echo"}),
        ["the code 9331 of echo delays emergency calls: it begins with 933"],
    ),
    (
        plan(extensions=frozenset(), services={"*4a": "e:cho"}),
        [
            "the code '*4a' of 'e:cho' does not consist of 1 to 20 digits, * and #",
            "'e:cho' cannot be the name of a service",
        ],
    ),
    (
        plan(extensions=frozenset(), emergency=("", "9x")),
        [
            "emergency number '' does not have 2 to 8 digits",
            "emergency number '9x' does not have 2 to 8 digits",
        ],
    ),
    (plan(extensions=frozenset(), pause_ms=0), ["the pauses of the dial plan must be longer than nothing"]),
]


@pytest.mark.parametrize(("a_plan", "problems"), PROBLEMS)
def test_what_is_wrong_with_a_plan_is_said_in_words(a_plan: Plan, problems: list[str]) -> None:
    assert validate(a_plan) == problems


def is_harmless(a_plan: Plan, verdict: Verdict) -> bool:
    if not isinstance(verdict, Dial):
        return True
    kind, value = verdict.destination.kind, verdict.destination.value
    return {
        "number": re.fullmatch(r"[0-9*#+]{1,20}", value) is not None,
        "extension": value in a_plan.extensions,
        "emergency": value in a_plan.emergency,
        "service": value in a_plan.services.values(),
    }[kind]


@pytest.mark.long
def test_ten_thousand_hostile_strings_send_nothing_but_numbers() -> None:
    source = random.Random(20)
    alphabet = "0123456789*#+ABCDabcx;@:/%&?=<>'\"\\ \r\n\t\x00\x7f\u0661\uff11\u200b\U0001f4de"
    plans = [plan(), german(), plan(""), plan("[0-9*#]+"), plan("<0=+49>[0-9*#]+ | <=1>x.")]
    for _ in range(10_000):
        letters = alphabet if source.random() < 0.5 else "0123456789*#"
        digits = "".join(source.choices(letters, k=source.randrange(0, 30)))
        for a_plan in plans:
            for is_final in (False, True):
                assert is_harmless(a_plan, judge(a_plan, digits, is_final=is_final)), digits
            is_send_key(a_plan, digits)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([plan(), german(), plan("x+"), plan("^9x. | ^1x. | x.", extensions=frozenset({"91"}))]),
    st.text("0123456789*#", min_size=1, max_size=21),
    st.sampled_from(["911", "112", "110", "933"]),
)
def test_emergency_numbers_are_never_barred_or_swallowed(a_plan: Plan, digits: str, number: str) -> None:
    if number in a_plan.emergency:
        for length in range(1, len(number)):
            assert judge(a_plan, number[:length]) == PAUSE
        assert judge(a_plan, number) in (PAUSE, Dial(Destination("emergency", number)))
        assert judge(a_plan, number, is_final=True) == Dial(Destination("emergency", number))
        assert is_send_key(a_plan, number)
    assert not isinstance(judge(a_plan, digits, is_final=True), More)
