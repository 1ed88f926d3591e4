"""Who calls and who is called, by the text of an INVITE."""

import pytest

from firmware.telephony.events import Caller
from firmware.telephony.sip.headers import called_of, caller_of, header, retry_after_s


def invite(*lines: str) -> str:
    return "\r\n".join(["INVITE sip:5551000@192.0.2.7:5060;ob SIP/2.0", *lines, "Content-Length: 0", "", ""])


@pytest.mark.parametrize(
    ("line", "caller"),
    [
        ("From: <sip:5552001@example.test>;tag=1", Caller("5552001")),
        ('From: "Bob" <sip:5552001@example.test>;tag=1', Caller("5552001", "Bob")),
        ("From: Bob Smith <sip:5552001@example.test>", Caller("5552001", "Bob Smith")),
        (r'From: "Bob \"B\" Smith" <sips:bob@example.test>', Caller("bob", 'Bob "B" Smith')),
        ("f: sip:+15552001@example.test;tag=1", Caller("+15552001")),
        ("From:<SIP:5552001@example.test>", Caller("5552001")),
        ("From: <tel:+1-555-2001;phone-context=x>", Caller("+1-555-2001")),
        ("From: <sip:5552001:secret@example.test>", Caller("5552001")),
        ("From: <sip:5552001;user=phone@example.test>", Caller("5552001")),
        ("From: <sip:+15552001;npdi;rn=+1555@example.test>", Caller("+15552001")),
        ("From: <sip:%2B15552001@example.test>", Caller("+15552001")),
        ("From: <sip:example.test>", Caller()),  # a domain is no number
        ("From: ;;;", Caller()),
        ("X-From: <sip:5552001@example.test>", Caller()),
        ('From:\r\n "Bob"\r\n\t<sip:5552001@example.test>', Caller("5552001", "Bob")),  # folded
        ('From: "Bob\x07\u202e" <sip:5552001@example.test>', Caller("5552001", "Bob")),
        (f'From: "{"B" * 500}" <sip:{"5" * 500}@example.test>', Caller("5" * 32, "B" * 64)),
    ],
)
def test_the_caller_is_in_from(line: str, caller: Caller) -> None:
    assert caller_of(invite(line)) == caller


def test_an_asserted_identity_counts_before_from() -> None:
    message = invite("From: <sip:1@example.test>", "P-Asserted-Identity: <sip:5552001@example.test>")
    assert caller_of(message) == Caller("5552001")


@pytest.mark.parametrize("privacy", ["id", "id;critical", "header", "user ; id", "ID"])
def test_privacy_withholds_whatever_is_asserted(privacy: str) -> None:
    message = invite(
        "From: <sip:1@example.test>", f"Privacy: {privacy}", "P-Asserted-Identity: <sip:5552001@example.test>"
    )
    assert caller_of(message) == Caller(withheld=True)


@pytest.mark.parametrize("privacy", ["none", "critical", "session"])
def test_other_privacy_withholds_nothing(privacy: str) -> None:
    assert caller_of(invite("From: <sip:5552001@x>", f"Privacy: {privacy}")) == Caller("5552001")


def test_an_anonymous_caller_is_withheld() -> None:
    line = 'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'
    assert caller_of(invite(line)) == Caller(withheld=True)


def test_a_body_is_no_header() -> None:
    assert caller_of(invite() + "From: <sip:5552001@example.test>\r\n") == Caller()


@pytest.mark.parametrize(
    ("line", "called"),
    [
        ("INVITE sip:5551000@192.0.2.7 SIP/2.0", "5551000"),
        ("INVITE sip:%2A43@192.0.2.7 SIP/2.0", "*43"),
        ("INVITE tel:+15551000 SIP/2.0", "+15551000"),
        ("INVITE sip:+15551000;npdi@192.0.2.7 SIP/2.0", "+15551000"),
        ("INVITE sip:192.0.2.7 SIP/2.0", ""),
        ("OPTIONS sip:5551000@192.0.2.7 SIP/2.0", ""),
        ("INVITE", ""),
        ("", ""),
    ],
)
def test_who_is_called_is_in_the_request_line(line: str, called: str) -> None:
    assert called_of(f"{line}\r\n\r\n") == called


@pytest.mark.parametrize(("value", "seconds"), [("120", 120.0), ("18000;duration=3600", 18000.0), ("(soon)", None)])
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after_s(f"SIP/2.0 503 x\r\nRetry-After: {value}\r\n\r\n") == seconds


def test_no_header_is_empty() -> None:
    assert header("SIP/2.0 200 OK\r\n\r\n", "Contact") == ""
    assert retry_after_s("") is None
