"""Broken and odd SIP, in the shapes of RFC 4475 and of our own, for whatever listens."""

from collections.abc import Iterator

from tests.support.raw_phone import RawPhone


def broken_messages(phone: RawPhone) -> Iterator[bytes]:
    """Each as it goes into one packet; the telephone gives addresses and a working request to break."""
    good = phone.text("INVITE", "202", body=phone.sdp)
    options = phone.text("OPTIONS", "202")
    yield b"\0" * 400
    yield b"\r\n\r\n"
    yield b"\xff\xfe" * 500
    yield b"INVITE"
    yield b"SIP/2.0 200 OK\r\n\r\n"
    yield good.encode()[:120]
    for old, new in _CHANGES:  # numbers: the section of RFC 4475
        assert old in good, old
        yield good.replace(old, new, 1).encode("latin-1")
    yield options.replace("OPTIONS sip:", "OPTIONS <sip:", 1).encode()  # 3.1.2.7
    yield options.replace(" SIP/2.0", "  SIP/2.0", 1).encode()  # 3.1.2.9
    yield options.replace(" SIP/2.0", " SIP/7.0", 1).encode()  # 3.1.2.16
    yield options.replace("OPTIONS", "UNKNOWN").encode()  # 3.1.2.17's cousin
    yield options.replace("OPTIONS sip:", "OPTIONS nobodyKnowsThisScheme:", 1).encode()  # 3.3.2
    yield options.replace("OPTIONS sip:", "OPTIONS soap.beep://", 1).encode()  # 3.3.3
    yield options.replace("Max-Forwards: 70", "Max-Forwards: 0").encode()  # 3.3.11
    yield options.replace("Max-Forwards: 70", "Proxy-Require: nothingSupportsThis").encode()  # 3.3.5's cousin
    yield options.encode() + b"INVITE sip:a@b SIP/2.0\r\n\r\n"  # 3.1.1.13's cousin
    yield (options[:-2] + "X: " + "a" * 20_000 + "\r\n\r\n").encode()
    yield (options[:-2] + "Via: SIP/2.0/UDP 192.0.2.1\r\n" * 500 + "\r\n").encode()[:60_000]


_CHANGES = (
    ("Content-Length: ", "Content-Length: 9999"),  # 3.1.2.2
    ("Content-Length: ", "Content-Length: -"),  # 3.1.2.3
    ("CSeq: ", "CSeq: 3629422"),  # 3.1.2.4
    ("CSeq: ", "CSeq: 99999999999999999999"),
    ("INVITE sip:", 'INVITE "sip:'),
    ("To: <", 'To: "Mr. J. User <'),  # 3.1.2.6
    ("INVITE\r\nContact", "REGISTER\r\nContact"),  # 3.1.2.17
    ("From: <sip:", "From: <sip:%00%ff"),
    ("From: ", "From : \t "),  # 3.1.1.1
    ("Via: ", "v: "),
    ("Call-ID: ", "X-Call-ID: "),  # 3.3.1
    ("Via: SIP/2.0/UDP ", "Via: SIP/2.0/UNKNOWN 192.0.2.1\r\nVia: SIP/2.0/UDP "),
    ("Contact: <", "Contact: <<<<"),
    ("Content-Type: application/sdp", "Content-Type: multipart/mixed;boundary=x"),
    ("Content-Type: application/sdp", "Content-Type: " + "a/" * 300),
    ("v=0", "v=9"),
    ("\r\n", "\r"),
    ("To: ", "To: <sip:a@b>\r\nTo: "),  # 3.3.8
    ("From: ", "From: <sip:a@b>;tag=1\r\nFrom: "),
    ("Max-Forwards: 70", "Max-Forwards: 300"),
    ("Max-Forwards: 70", "Expires: 10000000000000000000000000"),  # 3.1.2.4
    ("Max-Forwards: 70", "Route: <sip:127.0.0.1:5060;lr>, <sip:127.0.0.1:5061;lr>"),
    ("Max-Forwards: 70", "Authorization: NoOneKnowsThisScheme opaque-data=here"),  # 3.3.7
    ("Max-Forwards: 70", 'Proxy-Authorization: Digest username="' + "a" * 3000 + '"'),
)
