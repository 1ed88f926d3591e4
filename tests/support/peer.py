"""A SIP peer that says exactly what it is told to, over UDP, by hand."""

import itertools
import re
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.support.network import free_port, loopback_address
from tests.support.site import BOB, BOX, DOMAIN

ANSWER_S = 8.0


def field(message: str, name: str) -> str:
    found = re.search(rf"^{name}[ \t]*:[ \t]*(.*?)\r?$", message, re.MULTILINE | re.IGNORECASE)
    assert found, (name, message)
    return found[1]


def direction(message: str) -> str:
    found = re.findall(r"^a=(sendrecv|sendonly|recvonly|inactive)", message, re.MULTILINE)
    return found[0] if found else "sendrecv"


def media_address(message: str) -> tuple[str, int]:
    """Where it wants its audio."""
    connection, media = re.search(r"c=IN IP4 (\S+)", message), re.search(r"m=audio (\d+)", message)
    assert connection and media, message
    return connection[1], int(media[1])


class Peer:
    """One call long; `media` is where it wants its audio, `host` the name that its Contact has."""

    def __init__(self, media: tuple[str, int], host: str = "") -> None:
        self.address = loopback_address()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.address, free_port(self.address)))
        self.place = f"{self.address}:{self._socket.getsockname()[1]}"
        self._contact = f"<sip:{BOB}@{host or self.address}:{self._socket.getsockname()[1]}>"
        self.media = media
        self.requires = ""  # what its INVITE insists on
        self._box = ("", 0)
        self._answered: dict[tuple[str, str], str] = {}
        self._cseq = itertools.count(1)
        self._versions = itertools.count(1)
        self._local = self._remote = self._number = self._target = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def call(self, place: str, wanted: str = "sendrecv") -> None:
        """Call the box; `wanted` "" is a call without an offer."""
        host, _, port = place.partition(":")
        self._box = (host, int(port))
        self._number, self._target = f"glare-{time.monotonic_ns()}", f"sip:{BOX}@{place}"
        self._local, self._remote = f"<sip:{BOB}@{DOMAIN}>;tag=peer", f"<sip:{BOX}@{DOMAIN}>"
        self.invite(wanted)

    def take(self) -> None:
        """Take the call that the box makes."""
        self.pick_up()
        self.expect("ACK")

    def pick_up(self) -> None:
        """Take the call that the box makes, without waiting for its ACK."""
        self.answer(self.called(), 200, "sendrecv")

    def called(self) -> str:
        """The call that the box makes, not answered yet."""
        message = self.expect("INVITE")
        self.be(message)
        return message

    def be(self, message: str, tag: str = "peer") -> None:
        """Be one of those whom a request of the box reaches: a proxy may fork it to several."""
        self._local, self._remote = f"{field(message, 'To')};tag={tag}", field(message, "From")
        self._number, self._target = field(message, "Call-ID"), field(message, "Contact").strip("<>").partition(">")[0]

    def invite(self, wanted: str) -> str:
        """Offer this direction, or nothing; the final answer is `answered`'s or `final`'s."""
        number = next(self._cseq)
        sdp = self.sdp(wanted) if wanted else ""
        head = self._request(number, "INVITE") + (f"Require: {self.requires}\r\n" if self.requires else "")
        self._send(f"INVITE {self._target} SIP/2.0", head, sdp)
        return str(number)

    def answered(self, number: str) -> tuple[int, str]:
        """The final answer to that INVITE, acknowledged: status and direction."""
        message = self.final(number)
        status = int(message[8:11])
        self.acknowledge(number, is_refused=status >= 300)
        return status, direction(message)

    def final(self, number: str) -> str:
        """The final answer to that INVITE, not acknowledged yet."""
        message = self._receive(lambda text: re.match(r"SIP/2.0 [2-6]", text) and self._is_to(text, number))
        self._remote = field(message, "To")
        if message.startswith("SIP/2.0 200"):
            self._target = field(message, "Contact").strip("<>").partition(">")[0]
        return message

    def acknowledge(self, number: str, sdp: str = "", *, is_refused: bool = False) -> None:
        """ACK, with this answer to what was offered."""
        branch = number if is_refused else f"{number}-ack"
        self._send(f"ACK {self._target} SIP/2.0", self._request(int(number), "ACK", branch), sdp)

    def sdp(self, wanted: str = "sendrecv") -> str:
        """Audio in G.711 mu-law at `media`."""
        address, port = self.media
        return (
            f"v=0\r\no=p 1 {next(self._versions)} IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na={wanted}\r\n"
        )

    def provisional(self, status: int) -> str:
        """The next answer of that status."""
        return self._receive(lambda text: text.startswith(f"SIP/2.0 {status} "))

    def prack(self, response: str, sdp: str = "") -> None:
        """Acknowledge a reliable provisional answer (RFC 3262), with this answer to what it offered."""
        self._remote, self._target = field(response, "To"), field(response, "Contact").strip("<>").partition(">")[0]
        head = self._request(next(self._cseq), "PRACK")
        head += f"RAck: {field(response, 'RSeq')} {field(response, 'CSeq')}\r\n"
        self._send(f"PRACK {self._target} SIP/2.0", head, sdp)

    def expect(self, method: str, within_s: float = ANSWER_S) -> str:
        """The next request of that kind that is no copy; everything else is left alone."""
        return self._receive(lambda text: text.startswith(f"{method} ") and not self._is_copy(text), within_s)

    def ask(self, method: str, extra: str = "", body: str = "") -> str:
        """Another request inside the call, with header fields and a body by hand; the answer to it."""
        number = next(self._cseq)
        head = f"{method} {self._target} SIP/2.0\r\n{self._request(number, method)}Contact: {self._contact}\r\n"
        text = f"{head}{extra}Content-Length: {len(body)}\r\n\r\n{body}"
        self._socket.sendto(text.encode(), self._box)
        return self._receive(lambda got: got.startswith("SIP/2.0 ") and field(got, "CSeq") == f"{number} {method}")

    def answer(self, request: str, status: int, wanted: str = "", extra: str = "") -> None:
        via = "".join(f"{line}\r\n" for line in re.findall(r"^Via:.*?(?=\r$)", request, re.MULTILINE))
        head = f"{via}From: {field(request, 'From')}\r\nTo: {self._local}\r\nCall-ID: {field(request, 'Call-ID')}\r\n"
        sdp = self.sdp(wanted) if wanted else ""
        self._send(f"SIP/2.0 {status} x", f"{head}CSeq: {field(request, 'CSeq')}\r\n{extra}", sdp)

    def _request(self, number: int, method: str, branch: str = "") -> str:
        via = f"Via: SIP/2.0/UDP {self.place};branch=z9hG4bK-{self._number}-{branch or number};rport\r\n"
        head = f"{via}Max-Forwards: 70\r\nFrom: {self._local}\r\nTo: {self._remote}\r\nCall-ID: {self._number}\r\n"
        return f"{head}CSeq: {number} {method}\r\n"

    def _send(self, first: str, head: str, sdp: str) -> None:
        kind = "Content-Type: application/sdp\r\n" if sdp else ""
        text = f"{first}\r\n{head}Contact: {self._contact}\r\n{kind}Content-Length: {len(sdp)}\r\n\r\n{sdp}"
        self._socket.sendto(text.encode(), self._box)

    def _receive(self, is_wanted: Callable[[str], object], within_s: float = ANSWER_S) -> str:
        deadline = time.monotonic() + within_s
        while True:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            data, source = self._socket.recvfrom(65536)
            text = data.decode()
            self._box = source
            if is_wanted(text):
                return text
            if text.startswith("BYE "):
                self.answer(text, 200)

    def _is_to(self, text: str, number: str) -> bool:
        return field(text, "CSeq") == f"{number} INVITE"

    def _is_copy(self, text: str) -> bool:
        key = (field(text, "CSeq"), field(text, "Via"))
        is_copy = key in self._answered
        self._answered[key] = text
        return is_copy
