"""The SIP of a far end: one call at a time over UDP, every message stamped. Knows no audio and no box."""

import itertools
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.far_login import Login
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
    stamps: dict[str, float] = field(default_factory=dict)  # invite, proven, ringing, answered, ack, bye
    status: int = 0
    media: tuple[str, int] | None = None
    local: str = ""  # From or To of this side, with its tag
    remote: str = ""
    contact: str = ""
    peer: tuple[str, int] = ("", 0)
    answer: bytes = b""  # the 200, for an INVITE that is sent again
    sequence: int = 1
    routes: list[str] = field(default_factory=list)  # RFC 3261 section 12.1
    login: Login | None = None
    proof: str = ""  # the header line with the credentials

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
        self._login: Login | None = None
        self._registering: Call | None = None
        self.is_answering = True
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ask_for_stamps(self._socket)
        self._socket.bind((address, port))
        threading.Thread(target=self._receive, name="far-sip", daemon=True).start()

    @property
    def last(self) -> Call | None:
        """The newest call."""
        return self._last

    def register(self, login: Login) -> None:
        """Be this telephone at a registrar; `is_registered` says when it worked. Calls bear its name from now on."""
        self._login = login
        call = self._new_call(login.address, f"sip:{login.place[0]}:{login.place[1]}", login.place)
        call.remote = login.address
        self._registering = call
        self._send(self._request("REGISTER", call), call.peer)

    @property
    def is_registered(self) -> bool:
        """Whether the last `register` was answered with 200."""
        return self._registering is not None and self._registering.status == 200

    def call(self, user: str, address: str, port: int) -> Call:
        """INVITE `sip:user@address:port`."""
        own = self._login.address if self._login else f"<sip:5550100@{self._address}:{self._port}>"
        call = self._last = self._new_call(own, f"sip:{user}@{address}:{port}", (address, port))
        call.stamp("invite", time.monotonic())
        self._send(self._request("INVITE", call, self._sdp), call.peer)
        return call

    def _new_call(self, own: str, target: str, peer: tuple[str, int]) -> Call:
        number = next(self._numbers)
        call = Call(f"{number}-{time.monotonic_ns()}@{self._address}", False, peer=peer, login=self._login)
        call.local = f"{own};tag=far{number}"
        call.remote, call.contact = f"<{target}>", target
        self._calls[call.call_id] = call
        return call

    def hang_up(self) -> None:
        """BYE the newest call where it is up."""
        call = self._last
        if call is not None and "answered" in call.stamps and "bye" not in call.stamps:
            call.stamp("bye", time.monotonic())
            call.sequence += 1
            self._send(self._request("BYE", call), call.peer)
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
        call.routes = _routes(text)
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
        number, _, method = header(text, "CSeq").partition(" ")
        status = int(text[8:11])
        if call is None or status == 100 or method not in ("INVITE", "REGISTER") or int(number) != call.sequence:
            return
        if status in (401, 407) and call.login is not None and not call.proof:
            self._prove(call, method, text)
            return
        call.status = status
        if method == "INVITE":
            self._take_answer_to_invite(call, status, text, at)

    def _prove(self, call: Call, method: str, challenge: str) -> None:
        assert call.login is not None
        if method == "INVITE":
            self._send(self._request("ACK", call, is_refused=True), call.peer)
        call.proof = call.login.proof(challenge, method, call.contact)
        call.sequence += 1
        call.stamp("proven", time.monotonic())
        self._send(self._request(method, call, self._sdp if method == "INVITE" else ""), call.peer)

    def _take_answer_to_invite(self, call: Call, status: int, text: str, at: float) -> None:
        if status < 200:
            call.stamp("ringing", at)
            return
        is_new = "answered" not in call.stamps
        call.stamp("answered" if status < 300 else "refused", at)
        call.remote = header(text, "To")
        if status < 300:
            call.contact = _uri(header(text, "Contact")) or call.contact
            call.routes = _routes(text)[::-1]
        self._send(self._request("ACK", call, is_refused=status >= 300), call.peer)
        if is_new and status < 300:
            call.media = _media_of(text)
            self._on_media(call.media)

    # ---- what goes out -------------------------------------------------------------------------------

    def _send(self, message: bytes, to: tuple[str, int]) -> None:
        self._socket.sendto(message, to)

    def _request(self, method: str, call: Call, body: str = "", *, is_refused: bool = False) -> bytes:
        # The ACK of a refusal belongs to the INVITE's transaction (RFC 3261 section 17.1.1.3).
        branch = f"z9hG4bK{call.call_id.partition('@')[0]}{call.sequence}{'INVITE' if is_refused else method}"
        lines = [
            f"{method} {call.contact} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._address}:{self._port};branch={branch};rport",
            *(f"Route: {route}" for route in call.routes),
            f"From: {call.local}",
            f"To: {call.remote}",
            f"Call-ID: {call.call_id}",
            f"CSeq: {call.sequence} {method}",
            f"Contact: <sip:far@{self._address}:{self._port}>",
            "Max-Forwards: 70",
            *([call.proof] if call.proof and method in ("INVITE", "REGISTER") else []),
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


def _routes(text: str) -> list[str]:
    """The Record-Route entries, top first."""
    lines = re.findall(r"^Record-Route\s*:\s*(.*?)\s*$", text, re.IGNORECASE | re.MULTILINE)
    return [entry.strip() for line in lines for entry in line.split(",")]


def _media_of(text: str) -> tuple[str, int] | None:
    address = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
    return (address.group(1), int(port.group(1))) if address and port else None
