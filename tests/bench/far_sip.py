"""The SIP of a far end: one call at a time over UDP, every message stamped. Knows no audio and no box."""

import itertools
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.stamps import ask_for_stamps, receive_stamped

_MESSAGES_MAX = 65_536
_SDP = (
    "v=0\r\no=far 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
)
_COPIED = ("Via", "From", "To", "Call-ID", "CSeq", "Record-Route")


@dataclass(slots=True)
class Call:
    """When what happened, in monotonic seconds, and what is needed to go on."""

    call_id: str
    is_incoming: bool
    stamps: dict[str, float] = field(default_factory=dict)  # invite, ringing, answered, ack, bye
    status: int = 0
    media: tuple[str, int] | None = None
    local: str = ""  # From or To of this side, with its tag
    remote: str = ""
    contact: str = ""
    peer: tuple[str, int] = ("", 0)
    answer: bytes = b""  # the 200, for an INVITE that is sent again

    def stamp(self, what: str, at: float) -> None:
        """The first time counts."""
        self.stamps.setdefault(what, at)


class FarSip:
    """`on_media` gets where to send RTP to once it is known, and None when the call is over."""

    def __init__(self, address: str, port: int, rtp_port: int, on_media: Callable[[tuple[str, int] | None], None]):
        self._address = address
        self._port = port
        self._sdp = _SDP.format(address=address, port=rtp_port)
        self._on_media = on_media
        self._numbers = itertools.count(1)
        self._calls: dict[str, Call] = {}
        self._last: Call | None = None
        self.is_answering = True
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ask_for_stamps(self._socket)
        self._socket.bind((address, port))
        threading.Thread(target=self._receive, name="far-sip", daemon=True).start()

    @property
    def last(self) -> Call | None:
        """The newest call."""
        return self._last

    def call(self, user: str, address: str, port: int) -> Call:
        """INVITE `sip:user@address:port`."""
        number = next(self._numbers)
        call = Call(f"{number}-{time.monotonic_ns()}@{self._address}", False, peer=(address, port))
        call.local = f"<sip:5550100@{self._address}:{self._port}>;tag=far{number}"
        call.remote = f"<sip:{user}@{address}:{port}>"
        call.contact = f"sip:{user}@{address}:{port}"
        self._calls[call.call_id] = self._last = call
        call.stamp("invite", time.monotonic())
        self._send(self._request("INVITE", call, 1, self._sdp), call.peer)
        return call

    def hang_up(self) -> None:
        """BYE the newest call where it is up."""
        call = self._last
        if call is not None and "answered" in call.stamps and "bye" not in call.stamps:
            call.stamp("bye", time.monotonic())
            self._send(self._request("BYE", call, 2), call.peer)
        self._on_media(None)

    # ---- what comes in -------------------------------------------------------------------------------

    def _receive(self) -> None:
        while True:
            data, source, at = receive_stamped(self._socket, _MESSAGES_MAX)
            text = data.decode("utf-8", "replace")
            if text.startswith("SIP/2.0 "):
                self._take_answer(text, at)
            elif text.strip():
                self._take_request(text, source, at)

    def _take_request(self, text: str, source: tuple[str, int], at: float) -> None:
        method = text.partition(" ")[0]
        call = self._calls.get(header(text, "Call-ID"))
        if method == "INVITE":
            self._take_invite(text, source, at, call)
        elif method == "ACK":
            if call is not None:
                call.stamp("ack", at)
        else:
            self._send(self._answer(text, "200 OK"), source)
            if method in ("BYE", "CANCEL") and call is not None:
                call.stamp("bye", at)
                self._on_media(None)

    def _take_invite(self, text: str, source: tuple[str, int], at: float, call: Call | None) -> None:
        if call is not None and call.answer and header(text, "CSeq") == header(call.answer.decode(), "CSeq"):
            self._send(call.answer, source)
            return
        if call is None:
            call = Call(header(text, "Call-ID"), True, peer=source)
            call.stamp("invite", at)
            self._calls[call.call_id] = self._last = call
        tag = f";tag=far{len(self._calls)}"
        call.local, call.remote = header(text, "To") + tag, header(text, "From")
        call.contact = _uri(header(text, "Contact"))
        if not self.is_answering:
            self._send(self._answer(text, "180 Ringing", tag), source)
            return
        self._send(self._answer(text, "100 Trying"), source)
        call.answer = self._answer(text, "200 OK", tag, self._sdp)
        call.media = _media_of(text)
        call.stamp("answered", time.monotonic())
        self._send(call.answer, source)
        self._on_media(call.media)

    def _take_answer(self, text: str, at: float) -> None:
        call = self._calls.get(header(text, "Call-ID"))
        status = int(text[8:11])
        if call is None or not header(text, "CSeq").endswith("INVITE") or status == 100:
            return
        call.status = status
        if status < 200:
            call.stamp("ringing", at)
            return
        is_new = "answered" not in call.stamps
        call.stamp("answered" if status < 300 else "refused", at)
        call.remote = header(text, "To")
        call.contact = _uri(header(text, "Contact")) or call.contact
        self._send(self._request("ACK", call, 1), call.peer)
        if is_new and status < 300:
            call.media = _media_of(text)
            self._on_media(call.media)

    # ---- what goes out -------------------------------------------------------------------------------

    def _send(self, message: bytes, to: tuple[str, int]) -> None:
        self._socket.sendto(message, to)

    def _request(self, method: str, call: Call, sequence: int, body: str = "") -> bytes:
        # The ACK of a refusal belongs to the INVITE's transaction (RFC 3261 section 17.1.1.3).
        is_own = method != "ACK" or "refused" not in call.stamps
        branch = f"z9hG4bK{call.call_id.partition('@')[0]}{method if is_own else 'INVITE'}"
        lines = [
            f"{method} {call.contact} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._address}:{self._port};branch={branch};rport",
            f"From: {call.local}",
            f"To: {call.remote}",
            f"Call-ID: {call.call_id}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:far@{self._address}:{self._port}>",
            "Max-Forwards: 70",
        ]
        return _whole(lines, body)

    def _answer(self, request: str, status: str, tag: str = "", body: str = "") -> bytes:
        lines = [f"SIP/2.0 {status}"]
        for line in request.partition("\r\n\r\n")[0].split("\r\n")[1:]:
            name = line.partition(":")[0].strip()
            if name in _COPIED:
                lines.append(line + tag if name == "To" and "tag=" not in line else line)
        lines.append(f"Contact: <sip:far@{self._address}:{self._port}>")
        return _whole(lines, body)


def header(text: str, name: str) -> str:
    """The first header field of that name; empty without one."""
    found = re.search(rf"^{name}\s*:\s*(.*?)\s*$", text, re.IGNORECASE | re.MULTILINE)
    return found.group(1) if found else ""


def _whole(lines: list[str], body: str) -> bytes:
    if body:
        lines.append("Content-Type: application/sdp")
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()


def _uri(field_value: str) -> str:
    found = re.search(r"<([^>]*)>", field_value)
    return found.group(1) if found else field_value.partition(";")[0].strip()


def _media_of(text: str) -> tuple[str, int] | None:
    address = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
    return (address.group(1), int(port.group(1))) if address and port else None
