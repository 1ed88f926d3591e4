"""What hostile peers send, and who sends it."""

import itertools
import random
import re
import socket
import time
from collections.abc import Callable

from tests.support.network import free_port
from tests.support.site import BOX, DOMAIN
from tests.support.waiting import until

ANSWERED_S = 15.0
RESEND_S = 0.5  # RFC 3261 section 17.1.1.2: Timer A

_AUDIO = "m=audio 40000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n"
_SESSION = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
_ADDRESS = "c=IN IP4 127.0.0.1\r\n"
SDP = f"{_SESSION}{_ADDRESS}t=0 0\r\n{_AUDIO}"
_MANY = "".join(f"m=audio {40000 + 2 * line} RTP/AVP 0 8 9 101\r\n" for line in range(20))
ODD_BODIES = {
    "no c= line": f"{_SESSION}t=0 0\r\n{_AUDIO}",
    "port 0": f"{_SESSION}{_ADDRESS}t=0 0\r\nm=audio 0 RTP/AVP 0\r\n",
    "20 m= lines": f"{_SESSION}{_ADDRESS}t=0 0\r\n{_MANY}",
    "20 m= lines again": f"{_SESSION}{_ADDRESS}t=0 0\r\n{_MANY}",
    "20 m= lines once more": f"{_SESSION}{_ADDRESS}t=0 0\r\n{_MANY}",
    "no m= line": f"{_SESSION}{_ADDRESS}t=0 0\r\n",
    "only video": f"{_SESSION}{_ADDRESS}t=0 0\r\nm=video 40000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
    "no SDP at all": "\0\1\2 this is not SDP\r\n",
    "port beyond 16 bits": f"{_SESSION}{_ADDRESS}t=0 0\r\nm=audio 99999999999 RTP/AVP 0\r\n",
    "unknown address type": f"{_SESSION}c=IN IP9 nowhere\r\nt=0 0\r\n{_AUDIO}",
    "one endless line": f"{_SESSION}{_ADDRESS}t=0 0\r\nm=audio 40000 RTP/AVP {'0 ' * 2000}\r\n",
}

# What comes in the place of a number, as a URI has it.
BAD_USERS = {
    "200 digits": "1" * 200,
    "21 digits": "2125559486" * 2 + "1",
    "letters": "abcdef",
    "letters after digits": "2125559486abc",
    "&": "2125559486&cmd=x",
    "&, escaped": "2125559486%26cmd",
    "@": "2125559486@evil.test",
    "@, escaped": "2125559486%40evil.test",
    "CR LF, escaped": "2125559486%0d%0aVia:%20x",
    "NUL, escaped": "2125559486%00",
    "only NUL": "%00",
    "parameters": "2125559486;phone-context=x",
    "half an escape": "2125559486%4",
    "markup": "<b>1</b>",
    "quotes": '"1"',
    "only +": "+",
    "pauses": "2125559486,,1",
    "nothing": "",
}

_numbers = itertools.count(1)


class Attacker:
    """Sends by hand from one address, and remembers how its INVITEs were answered."""

    def __init__(self, address: str, box: tuple[str, int]) -> None:
        self.box = box
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, free_port(address)))
        self._socket.setblocking(False)
        self.here = f"{address}:{self._socket.getsockname()[1]}"
        self._invites: dict[str, bytes] = {}
        self._statuses: dict[str, list[int]] = {}

    def close(self) -> None:
        self._socket.close()

    def send(self, *messages: bytes) -> None:
        for message in messages:
            self._socket.sendto(message, self.box)

    def invite(self, body: str) -> None:
        """A sound INVITE but for its body."""
        number = f"hostile-{next(_numbers)}-{self.here}"
        self._invites[number] = self._request("INVITE", number, body)
        self.send(self._invites[number])

    def invite_by(self, requested: str = BOX, caller: str = "666", called: str = BOX) -> None:
        """A sound INVITE but for the users in Request-URI, From and To."""
        number = f"hostile-{next(_numbers)}-{self.here}"
        text = self._request("INVITE", number, SDP).decode()
        text = text.replace(f"INVITE sip:{BOX}@", f"INVITE sip:{requested}@", 1)
        text = text.replace("From: <sip:666@", f"From: <sip:{caller}@", 1).replace(
            f"To: <sip:{BOX}@", f"To: <sip:{called}@", 1
        )
        self._invites[number] = text.encode()
        self.send(self._invites[number])

    def pass_over_unanswered(self) -> None:
        """INVITEs that the box dropped without a word are of no interest: a sound one after them is answered."""
        self.invite("")
        until(lambda: self.statuses()[-1], ANSWERED_S, "an answer to a sound INVITE")
        self._invites = {number: text for number, text in self._invites.items() if self._statuses.get(number)}

    def statuses(self) -> list[list[int]]:
        """For every INVITE so far the statuses it was answered with."""
        while True:
            try:
                self._take(self._socket.recv(65536).decode(errors="replace"))
            except BlockingIOError:
                return [self._statuses.get(number, []) for number in self._invites]

    def give_up(self) -> list[int]:
        """Take every INVITE back; returns how each ended."""
        return self.endings(is_patient=False)

    def endings(self, *, is_patient: bool = True) -> list[int]:
        """How each INVITE ended, by itself where that is awaited in patience."""
        resend_at = 0.0

        def are_over() -> bool:
            nonlocal resend_at
            self.statuses()
            open_ones = [number for number in self._invites if not self._ended(number)]
            if time.monotonic() >= resend_at:
                resend_at = time.monotonic() + RESEND_S
                for number in open_ones:
                    is_taken_back = number in self._statuses and not is_patient
                    self.send(self._request("CANCEL", number) if is_taken_back else self._invites[number])
            return not open_ones

        until(are_over, ANSWERED_S, "a final answer to every INVITE")
        # A copy that comes while the transaction ends may be answered as a new request.
        return [next(status for status in found if status >= 200) for found in self.statuses()]

    def _ended(self, number: str) -> bool:
        return any(status >= 200 for status in self._statuses.get(number, []))

    def _take(self, message: str) -> None:
        status = re.match(r"SIP/2\.0 (\d{3})", message)
        number = re.search(r"^Call-ID: *(\S+)", message, re.MULTILINE)
        if status and number and re.search(r"^CSeq: *1 INVITE", message, re.MULTILINE):
            self._statuses.setdefault(number[1], []).append(int(status[1]))
            if int(status[1]) >= 200:
                to = re.search(r"^To:.*$", message, re.MULTILINE)
                self.send(self._request("ACK", number[1], to=to[0].strip() if to else ""))

    def _request(self, method: str, number: str, body: str = "", to: str = "") -> bytes:
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"{method} sip:{BOX}@{self.box[0]}:{self.box[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.here};branch=z9hG4bK-{number};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:666@{DOMAIN}>;tag=x\r\n{to or f'To: <sip:{BOX}@{DOMAIN}>'}\r\nCall-ID: {number}\r\n"
            f"CSeq: 1 {method}\r\nContact: <sip:666@{self.here}>\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def garbage() -> list[bytes]:
    dice = random.Random(4475)
    noise = [dice.randbytes(size) for size in (1, 2, 3, 4, 12, 100, 1472, 9000, 60_000)]
    return [b"", b"\0", b"\r\n", b"\r\n\r\n", b"\0" * 1472, b"SIP/2.0", b"INVITE", b"A" * 60_000, *noise]


def _sound(box: tuple[str, int], here: str) -> str:
    return (
        f"OPTIONS sip:{BOX}@{box[0]}:{box[1]} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK-@@;rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:666@{DOMAIN}>;tag=x\r\nTo: <sip:{BOX}@{DOMAIN}>\r\nCall-ID: torture-@@\r\n"
        f"CSeq: 1 OPTIONS\r\nContact: <sip:666@{here}>\r\nContent-Length: 0\r\n\r\n"
    )


def odd(box: tuple[str, int], here: str) -> list[bytes]:
    """After RFC 4475: INVITEs that look wrong but are none of the receiver's business; they may ring."""
    sound = _sound(box, here).replace("OPTIONS", "INVITE")
    changes = [
        ("Max-Forwards: 70", "Max-Forwards: 0"),
        ("Via: SIP/2.0/UDP", "Via: SIP/2.0/NOWHERE"),
        ("branch=z9hG4bK-@@", "branch=z9hG4bK"),
        (";rport", ";rport=99999999;ttl=-1;maddr=255.255.255.255"),
        (";tag=x", ""),
        ("Max-Forwards", "Route: <sip:%s:5060;lr>\r\n" % ("9" * 300) + "Max-Forwards"),
        ("Max-Forwards", "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK-more\r\n" * 200 + "Max-Forwards"),
    ]
    return [_numbered(sound.replace(*change, 1)) for change in changes]


# RFC 4475 section 3: what is replaced in a sound OPTIONS, and by what.
_TORTURE: tuple[tuple[str, str], ...] = (
    ("CSeq: 1", "CSeq: -1"),
    ("CSeq: 1", "CSeq: 36893488147419103232"),
    ("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"),
    ("CSeq: 1 OPTIONS\r\n", ""),
    ("Content-Length: 0", "Content-Length: -999"),
    ("Content-Length: 0", "Content-Length: 9999"),
    ("Content-Length: 0", "Content-Length: 99999999999999999999"),
    ("Max-Forwards: 70", "Max-Forwards: 300"),
    ("Max-Forwards: 70", "Max-Forwards: many"),
    ("OPTIONS sip:", "OPTIONS nobodyknows:"),
    (f"OPTIONS sip:{BOX}", "OPTIONS <sip:user>"),
    (" SIP/2.0\r\nVia", " SIP/7.0\r\nVia"),
    (" SIP/2.0\r\nVia", "  SIP/2.0 \r\nVia"),
    (";tag=x", ";tag=x;" + "p=1;" * 500),
    (f"<sip:666@{DOMAIN}>;tag=x", '"unterminated <sip:666@x>;tag=x'),
    (f"To: <sip:{BOX}@{DOMAIN}>", "To: <>"),
    ("Call-ID: torture-@@\r\n", "Call-ID: \r\n"),
    ("Call-ID: torture-@@\r\n", "Call-ID: torture-@@\r\nCall-ID: another-@@\r\n"),
    ("Max-Forwards", f"Subject: {'x' * 50_000}\r\nMax-Forwards"),
    ("Max-Forwards", "Require: nothingComesClose, nobodyKnows\r\nMax-Forwards"),
    ("Max-Forwards", ": no name\r\nno colon\r\n folded into nothing\r\nMax-Forwards"),
    ("Max-Forwards", "Authorization: Digest \r\nProxy-Authorization: NoOneKnows x=\r\nMax-Forwards"),
    ("Contact: <sip:", "Contact: <sip:%00%ff%zz:"),
    ("Contact: ", "Contact: *, "),
    ("\r\n\r\n", "\r\n"),
)


def torture(box: tuple[str, int], here: str) -> list[bytes]:
    """After RFC 4475 section 3: each breaks one rule of an OPTIONS or INVITE that would be sound."""
    sound = _sound(box, here)
    broken = [sound.replace(*change, 1) for change in _TORTURE]
    broken += [message.replace("OPTIONS", "INVITE") for message in broken if "CSeq: 1 INVITE" not in message]
    broken += [sound.replace("OPTIONS", method) for method in ("BYE", "CANCEL", "ACK", "NOTIFY", "REFER", "UPDATE")]
    broken += [
        sound.replace(sound.partition("\r\n")[0], f"SIP/2.0 {status}", 1) for status in ("200 OK", "4294967301 x")
    ]
    return [_numbered(message) for message in broken]


def _numbered(message: str) -> bytes:
    return message.replace("@@", str(next(_numbers))).encode()[:65_000]


def connection_words(address: str) -> list[Callable[[], bytes]]:
    head = f"INVITE sip:{BOX}@{address} SIP/2.0\r\nVia: SIP/2.0/TCP 1.2.3.4;branch=z9hG4bK-c\r\n"
    return [
        lambda: head.encode(),
        lambda: head.encode() + b"Content-Length: 99999999\r\n\r\n",
        lambda: b"\x16\x03\x01\x02\x00\x01",  # a TLS ClientHello that ends early
        lambda: b"\r\n" * 1000,
        lambda: random.Random(1).randbytes(100_000),
        lambda: b"GET / HTTP/1.1\r\n\r\n",
    ]
