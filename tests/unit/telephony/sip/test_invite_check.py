"""Which INVITEs ring a telephone, and how the others are answered."""

import pytest

from firmware.telephony.sip.invite_check import has_body, is_100rel_required, is_looked_up, refusal

AUDIO = "m=audio 40000 RTP/AVP 0 8\r\n"
ADDRESS = "c=IN IP4 192.0.2.1\r\n"
SDP = f"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n{ADDRESS}t=0 0\r\n{AUDIO}"


def invite(body: str = SDP, kind: str = "application/sdp") -> str:
    head = (
        "INVITE sip:200@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n"
        'From: "A \\"quoted\\" name, and more" <sip:100@example.test>;tag=x\r\nTo: <sip:200@example.test>\r\n'
        "Call-ID: 1@192.0.2.1\r\nCSeq: 1 INVITE\r\nContact: <sip:100@192.0.2.1>\r\n"
    )
    return f"{head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"


SOUND = invite()
GENEROUS = {
    "as it should be": SOUND,
    "compact names": SOUND.replace("From:", "f :").replace("To:", "t:").replace("Call-ID:", "I:"),
    "a folded line": SOUND.replace("From: ", "From:\r\n "),
    "no offer yet": invite("").replace("Content-Type: application/sdp\r\n", ""),
    "no Max-Forwards (RFC 2543)": SOUND.replace("Max-Forwards: 70\r\n", ""),
    "Max-Forwards used up: it has arrived": SOUND.replace("70", "0", 1),
    "From without tag (RFC 2543)": SOUND.replace(";tag=x", ""),
    "no Content-Length over UDP": SOUND.replace(f"Content-Length: {len(SDP)}\r\n", ""),
    "more than Content-Length says": SOUND + "\r\n",
    "addresses without brackets": SOUND.replace("<sip:200@example.test>", "sip:200@example.test;p=1"),
    "tel": SOUND.replace("INVITE sip:200@192.0.2.9", "INVITE tel:+49301234"),
    "escaped user": SOUND.replace("<sip:200@", "<sip:2%2300@"),
    "IPv6": invite(SDP.replace("IP4 192.0.2.1", "IP6 2001:db8::1")),
    "address of the stream": invite(SDP.replace(ADDRESS, "") + ADDRESS),
    "held": invite(SDP.replace(ADDRESS, "c=IN IP4 0.0.0.0\r\n") + "a=sendonly\r\n"),
    "video besides": invite(f"{SDP}m=video 0 RTP/AVP 96\r\n"),
    "RTCP apart": invite(f"{SDP}a=rtcp:40005\r\n"),
}
MALFORMED = {
    "blanks in the first line": SOUND.replace(" SIP/2.0\r\nVia", "  SIP/2.0 \r\nVia"),
    "cut off in the head": SOUND.partition("\r\nCSeq")[0],
    "cut off in the body": SOUND[:-10],
    "a length that is none": SOUND.replace("Content-Length: ", "Content-Length: -"),
    "a length beyond all measure": SOUND.replace("Content-Length: ", f"Content-Length: {'9' * 5000}"),
    "two Call-IDs": SOUND.replace("Call-ID:", "Call-ID: 2\r\nCall-ID:"),
    "an empty Call-ID": SOUND.replace("Call-ID: 1@192.0.2.1", "Call-ID:"),
    "no Contact": SOUND.replace("Contact: <sip:100@192.0.2.1>\r\n", ""),
    "Contact *": SOUND.replace("Contact: <sip:100@192.0.2.1>", "Contact: *"),
    "two To, one compact": SOUND.replace("To:", "t: <sip:1@a>\r\nTo:"),
    "To nobody": SOUND.replace("<sip:200@example.test>", "<>"),
    "a quote that does not end": SOUND.replace('more"', "more"),
    "a wrong escape": SOUND.replace("<sip:100@192", "<sip:%zz@192"),
    "a wrong escape in the first line": SOUND.replace("INVITE sip:200", "INVITE sip:2%0"),
    "300 hops": SOUND.replace("70", "300", 1),
    "many hops": SOUND.replace("70", "many", 1),
    "a line without a colon": SOUND.replace("Max-Forwards", "no colon\r\nMax-Forwards"),
    "a body of no kind": SOUND.replace("Content-Type: application/sdp\r\n", ""),
    "nothing": "",
}
NOT_ACCEPTABLE = {
    "no c=": SDP.replace(ADDRESS, ""),
    "audio turned off": SDP.replace("40000", "0"),
    "only video": SDP.replace("m=audio", "m=video"),
    "no m=": SDP.replace(AUDIO, ""),
    "20 m= lines": SDP + 19 * AUDIO,
    "2000 formats": SDP.replace("0 8", "0 8 " * 1000),
    "audio of no format": SDP.replace(" 0 8", ""),
    "a name to look up": SDP.replace(ADDRESS, "c=IN IP4 media.example.test\r\n"),
    "a name to look up for RTCP": f"{SDP}a=rtcp:40001 IN IP4 media.example.test\r\n",
    "garbage": "\0\1\2 this is not SDP\r\n",
}


@pytest.mark.parametrize("message", GENEROUS.values(), ids=GENEROUS)
def test_a_sound_invite_rings(message: str) -> None:
    assert refusal(message) is None


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_invite_is_a_bad_request(message: str) -> None:
    assert refusal(message) == 400


@pytest.mark.parametrize("body", NOT_ACCEPTABLE.values(), ids=NOT_ACCEPTABLE)
def test_an_offer_without_audio_that_can_be_sent_is_not_acceptable(body: str) -> None:
    assert refusal(invite(body)) == 488


def test_only_names_are_looked_up() -> None:
    assert not is_looked_up(SDP)
    assert not is_looked_up("c=IN IP6 ff15::101/3\r\nc=IN IP4 233.252.0.1/127\r\na=rtcp:1\r\n")
    assert is_looked_up(SDP.replace(ADDRESS, "c=IN IP4 media.example.test\n"))


def test_a_call_without_an_offer_is_told_from_one_with_an_offer() -> None:
    head = "INVITE sip:101@192.0.2.1 SIP/2.0\r\nFrom: <sip:1@192.0.2.2>;tag=a\r\n"
    assert not has_body(head + "\r\n") and not has_body(head) and not has_body(head + "\r\n\r\n")
    assert has_body(head + "\r\nv=0\r\n")


@pytest.mark.parametrize(
    ("fields", "is_required"),
    [
        ("", False),
        ("Supported: 100rel\r\n", False),
        ("Require: 100rel\r\n", True),
        ("require : timer,\r\n 100REL\r\n", True),
        ("Require: timer\r\nRequire: 100rel\r\n", True),
    ],
)
def test_who_insists_on_reliable_provisional_answers_is_seen(fields: str, is_required: bool) -> None:
    assert is_100rel_required(f"INVITE sip:101@192.0.2.1 SIP/2.0\r\n{fields}\r\n") == is_required
