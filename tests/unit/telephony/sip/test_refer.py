"""What a REFER names, and how its end is told."""

import pytest

from firmware.telephony.sip.refer import ReferTo, parse_refer_to, sipfrag, subscription_state


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<sip:203@192.0.2.1>", ReferTo("203")),
        ("sip:203@192.0.2.1;transport=tcp", ReferTo("203")),
        ("<tel:+4930123;phone-context=x>", ReferTo("+4930123")),
        ("<sip:*70%23@h>", ReferTo("*70#")),
        ("<sip:203;x=1@h>", ReferTo("203")),
        ('"Bob" <sips:203@h:5061>', ReferTo("203")),
        ("<sip:202@h?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>", ReferTo("202", "a@b")),
        ("<sip:202@h?Other=1&replaces=abc;to-tag=1>", ReferTo("202", "abc")),
        ("<sip:h>", None),
        ("<mailto:a@b>", None),
        ("", None),
        ("<sip:" + "1" * 2000 + "@h>", None),
    ],
)
def test_refer_to_is_read(value: str, expected: ReferTo | None) -> None:
    assert parse_refer_to(value) == expected


def test_what_is_not_a_number_is_left_to_the_dial_plan() -> None:
    assert parse_refer_to("<sip:2%0d%0a@h>") == ReferTo("2\r\n")


def test_the_end_is_told_and_ends_the_subscription() -> None:
    assert sipfrag(180) == "SIP/2.0 180 Ringing\r\n" and subscription_state(180).startswith("active")
    assert sipfrag(480) == "SIP/2.0 480 Ended\r\n" and subscription_state(480).startswith("terminated")
