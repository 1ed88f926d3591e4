"""A telephone that is nothing but SIP texts over UDP: says what no real one would, and sees each byte of the answer."""

import hashlib
import itertools
import re
import socket
import time
from types import TracebackType
from typing import Self

from tests.support.network import loopback_address

_numbers = itertools.count(1)
SDP = (
    "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


class Reply:
    """A SIP message as it came."""

    def __init__(self, data: bytes) -> None:
        self.text = data.decode(errors="replace")
        start = self.text.split("\r\n", 1)[0].split(" ")
        self.status = int(start[1]) if start[0] == "SIP/2.0" else 0
        self.method = "" if self.status else start[0]
        self.uri = "" if self.status else start[1]

    def header(self, name: str) -> str:
        """The first of that name, "" without one."""
        found = re.search(rf"^{name}\s*:\s*(.*?)\r?$", self.text, re.IGNORECASE | re.MULTILINE)
        return found.group(1) if found else ""

    @property
    def body(self) -> str:
        return self.text.partition("\r\n\r\n")[2]

    def shape(self) -> str:
        """The answer without what is different each time: all that an eavesdropper could compare."""
        text = re.sub(r'nonce="[^"]*"', lambda match: f'nonce="{len(match.group())}"', self.text)
        return re.sub(r"(tag=|branch=|rport=|received=|Call-ID: |<sip:|@)[^;>\r\n]*", r"\1", text)


class RawPhone:
    """One socket on an address of its own."""

    def __init__(
        self, server: tuple[str, int], user: str = "", password: str = "", address: str = "", port: int = 0
    ) -> None:
        self.server = server
        self.user, self.password = user, password
        self.address = address or loopback_address()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, port))
        self.port = self.socket.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    @property
    def sdp(self) -> str:
        return SDP.format(address=self.address)

    def text(
        self, method: str, user: str = "", *, body: str = "", number: int = 0, extra: str = "", **more: str
    ) -> str:
        """A request for `user`; `more`: from_user, call_id, authorization, uri, content_type, tag."""
        number = number or next(_numbers)
        host = f"{self.server[0]}:{self.server[1]}"
        uri = more.get("uri") or (f"sip:{user}@{host}" if user else f"sip:{host}")
        to = f"sip:{user or self.user}@{host}"
        tag = f";tag={more['tag']}" if more.get("tag") else ""
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.address}:{self.port};branch=z9hG4bKraw{number}{method};rport",
            f"From: <sip:{more.get('from_user') or self.user}@{host}>;tag=raw{self.port}",
            f"To: <{to}>{tag}",
            f"Call-ID: {more.get('call_id') or f'raw-{number}-{self.port}'}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:{self.user}@{self.address}:{self.port}>",
            "Max-Forwards: 70",
        ]
        lines += [more["authorization"]] if more.get("authorization") else []
        lines += [extra] if extra else []
        lines += [f"Content-Type: {more.get('content_type') or 'application/sdp'}"] if body else []
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])

    def send(self, text: str | bytes) -> None:
        self.socket.sendto(text.encode() if isinstance(text, str) else text, self.server)

    def receive(self, within_s: float = 3.0) -> Reply | None:
        """The next message, None for silence."""
        self.socket.settimeout(within_s)
        try:
            return Reply(self.socket.recv(65535))
        except TimeoutError:
            return None

    def final(self, within_s: float = 3.0) -> Reply | None:
        """The next final answer."""
        deadline = time.monotonic() + within_s
        while (reply := self.receive(max(0.01, deadline - time.monotonic()))) is not None:
            if reply.status >= 200:
                return reply
        return None

    def ask(self, method: str, user: str = "", **more: str) -> Reply | None:
        """Send once, without credentials; the final answer."""
        self.send(self.text(method, user, **more))
        return self.final()

    def ask_with_password(self, method: str, user: str = "", **more: str) -> Reply | None:
        """Send, be challenged, send with credentials; the final answer."""
        first, call_id = next(_numbers), f"raw-{next(_numbers)}-{self.port}"
        self.send(self.text(method, user, number=first, call_id=call_id, **more))
        challenge = self.final()
        if challenge is None or challenge.status not in (401, 407):
            return challenge
        if method == "INVITE":
            self._acknowledge(challenge, user, first, call_id)
        line = self.credentials(challenge, method, user)
        self.send(self.text(method, user, call_id=call_id, authorization=line, **more))
        return self.final()

    def credentials(self, challenge: Reply, method: str, user: str = "") -> str:
        """RFC 2617 with qop=auth."""
        asked = challenge.header("WWW-Authenticate") or challenge.header("Proxy-Authenticate")
        fields = dict(re.findall(r'(\w+)="?([^",]*)"?', asked))
        host = f"{self.server[0]}:{self.server[1]}"
        uri = f"sip:{user}@{host}" if user else f"sip:{host}"
        one = _md5(f"{self.user}:{fields['realm']}:{self.password}")
        proof = _md5(f"{one}:{fields['nonce']}:00000001:0a4f:auth:{_md5(f'{method}:{uri}')}")
        name = "Authorization" if challenge.status == 401 else "Proxy-Authorization"
        return (
            f'{name}: Digest username="{self.user}", realm="{fields["realm"]}", nonce="{fields["nonce"]}", '
            f'uri="{uri}", qop=auth, nc=00000001, cnonce="0a4f", response="{proof}", algorithm=MD5'
        )

    def register(self, expires_s: int = 60, **more: str) -> int:
        """The final status, 0 for silence."""
        reply = self.ask_with_password("REGISTER", extra=f"Expires: {expires_s}", **more)
        return reply.status if reply else 0

    def _acknowledge(self, reply: Reply, user: str, number: int, call_id: str) -> None:
        tag = re.search(r";tag=([^;\s]+)", reply.header("To"))
        ack = self.text("ACK", user, number=number, call_id=call_id, tag=tag.group(1) if tag else "")
        self.send(ack.replace(f"raw{number}ACK", f"raw{number}INVITE"))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
