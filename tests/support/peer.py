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


class Peer:
    """One call long; `media` is where it wants its audio, `host` the name that its Contact has."""

    def __init__(self, media: tuple[str, int], host: str = "") -> None:
        self.address = loopback_address()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.address, free_port(self.address)))
        self.place = f"{self.address}:{self._socket.getsockname()[1]}"
        self._contact = f"<sip:{BOB}@{host or self.address}:{self._socket.getsockname()[1]}>"
        self.media = media
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

    def call(self, place: str) -> None:
        """Call the box and wait for its 200."""
        host, _, port = place.partition(":")
        self._box = (host, int(port))
        self._number, self._target = f"glare-{time.monotonic_ns()}", f"sip:{BOX}@{place}"
        self._local, self._remote = f"<sip:{BOB}@{DOMAIN}>;tag=peer", f"<sip:{BOX}@{DOMAIN}>"
        self.invite("sendrecv")

    def take(self) -> None:
        """Take the call that the box makes."""
        self.pick_up()
        self.expect("ACK")

    def pick_up(self) -> None:
        """Take the call that the box makes, without waiting for its ACK."""
        message = self.expect("INVITE")
        self._local, self._remote = f"{field(message, 'To')};tag=peer", field(message, "From")
        self._number, self._target = field(message, "Call-ID"), field(message, "Contact").strip("<>").partition(">")[0]
        self.answer(message, 200, "sendrecv")

    def invite(self, wanted: str) -> str:
        """Offer this direction; the final answer is `answered`'s."""
        number = next(self._cseq)
        self._send(f"INVITE {self._target} SIP/2.0", self._request(number, "INVITE"), wanted)
        return str(number)

    def answered(self, number: str) -> tuple[int, str]:
        """The final answer to that INVITE, acknowledged: status and direction."""
        message = self._receive(lambda text: re.match(r"SIP/2.0 [2-6]", text) and self._is_to(text, number))
        self._remote = field(message, "To")
        status = int(message[8:11])
        if status == 200:
            self._target = field(message, "Contact").strip("<>").partition(">")[0]
        branch = f"{number}" if status >= 300 else f"{number}-ack"
        self._send(f"ACK {self._target} SIP/2.0", self._request(int(number), "ACK", branch), "")
        return status, direction(message)

    def expect(self, method: str, within_s: float = ANSWER_S) -> str:
        """The next request of that kind that is no copy; everything else is left alone."""
        return self._receive(lambda text: text.startswith(f"{method} ") and not self._is_copy(text), within_s)

    def answer(self, request: str, status: int, wanted: str = "") -> None:
        via = "".join(f"{line}\r\n" for line in re.findall(r"^Via:.*?(?=\r$)", request, re.MULTILINE))
        head = f"{via}From: {field(request, 'From')}\r\nTo: {self._local}\r\nCall-ID: {field(request, 'Call-ID')}\r\n"
        self._send(f"SIP/2.0 {status} x", f"{head}CSeq: {field(request, 'CSeq')}\r\n", wanted)

    def _request(self, number: int, method: str, branch: str = "") -> str:
        via = f"Via: SIP/2.0/UDP {self.place};branch=z9hG4bK-{self._number}-{branch or number};rport\r\n"
        head = f"{via}Max-Forwards: 70\r\nFrom: {self._local}\r\nTo: {self._remote}\r\nCall-ID: {self._number}\r\n"
        return f"{head}CSeq: {number} {method}\r\n"

    def _send(self, first: str, head: str, wanted: str) -> None:
        address, port = self.media
        body = (
            f"v=0\r\no=p 1 {next(self._versions)} IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na={wanted}\r\n"
        )
        body, kind = (body, "Content-Type: application/sdp\r\n") if wanted else ("", "")
        text = f"{first}\r\n{head}Contact: {self._contact}\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"
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
