"""Who calls: what a telephone's display shows of a caller outside, and what is said outside of one inside."""

import itertools
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import pytest

from tests.support.network import free_port
from tests.support.registrar import Message
from tests.support.site import BOX, DOMAIN, Site
from tests.support.waiting import until

BUSY_NUMBER = "5559486"  # the registrar refuses it at once, and has seen the INVITE by then
SHOWN_S = 6.0  # the burst, then caller ID in the first silent interval
TRIES = 6  # a message that lost a piece to a stall is not shown
NAME_SHOWN = 15  # GR-1188 sect. 3

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


class Caller:
    """Calls the box from the address of its server with header fields written by hand, and gives up at the end."""

    def __init__(self, site: Site, head: bytes) -> None:
        self._box = _place(site.registrar.requests("REGISTER", site.address)[-1].source)
        here = site.registrar.address
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((here, free_port(here)))
        self._socket.settimeout(5)
        self._here = f"{here}:{self._socket.getsockname()[1]}"
        self._head = head
        self._number = next(_numbers)
        self._to = b""

    def __enter__(self) -> Self:
        session = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        self._send("INVITE", f"{session}m=audio {self._port} RTP/AVP 0\r\n")
        self._to = _to_of(self._wait(b"SIP/2.0 180"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._socket:
            self._send("CANCEL")
            if kind is None:
                self._wait(b"SIP/2.0 487")
                self._send("ACK")

    @property
    def _port(self) -> str:
        return self._here.partition(":")[2]

    def _send(self, method: str, body: str = "") -> None:
        here, number = self._here, self._number
        to = self._to if method == "ACK" else f"To: <sip:{BOX}@{DOMAIN}>".encode()
        before = (
            f"{method} sip:{BOX}@{self._box[0]}:{self._box[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK-identity-{self._port}-{number};rport\r\nMax-Forwards: 70\r\n"
            f"Call-ID: identity-{number}@{here}\r\nCSeq: 1 {method}\r\nContact: <sip:somebody@{here}>\r\n"
        )
        kind = "Content-Type: application/sdp\r\n" if body else ""
        after = f"{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        text = before.encode() + to + b"\r\n" + self._head + b"\r\n" + after.encode()
        self._socket.sendto(text, self._box)

    def _wait(self, start: bytes) -> bytes:
        seen: list[bytes] = []
        while True:
            try:
                message = self._socket.recv(65536)
            except TimeoutError:
                raise AssertionError(f"{start!r} did not come, but {seen}") from None
            if message.startswith(start):
                return message
            seen.append(message.partition(b"\r\n")[0])


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return host, int(port)


def _to_of(message: bytes) -> bytes:
    return next(line for line in message.split(b"\r\n") if line.startswith(b"To:"))


def shown(site: Site, *lines: str | bytes) -> dict[str, Any]:
    """What a telephone shows when somebody calls with these header fields (From among them)."""
    site.register()
    fields = b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    before = _heard_at(site)
    for _ in range(TRIES):
        with Caller(site, fields):
            site.box.phone(1).wait("ringing", True)
            found = _wait_new(site, before)
        site.box.phone(1).wait("ringing", False)
        if found:
            return {name: found[name] for name in ("number", "name", "withheld")}
    raise AssertionError(f"nobody was shown in {TRIES} calls")


def _wait_new(site: Site, before: float) -> dict[str, Any] | None:
    """The caller of this call; None when a stall of the machine spoilt the message to the display."""
    try:
        # It is cleared when the ringing begins.
        until(lambda: _heard_at(site) not in (0.0, before), SHOWN_S, "a caller on the display")
    except AssertionError:
        return None
    display: dict[str, Any] = site.box.phone(1).state["caller_id"]
    return display


def _heard_at(site: Site) -> float:
    display = site.box.phone(1).state["caller_id"]
    return float(display["heard_at"]) if display else 0.0


def from_line(name: str = "From Name", number: str = "5557001") -> str:
    return f'From: "{name}" <sip:{number}@{DOMAIN}>;tag=a'


# ---- callers outside -----------------------------------------------------------------------------------


def test_the_asserted_identity_is_shown_rather_than_from(site: Site) -> None:
    asserted = f'P-Asserted-Identity: "Asserted" <sip:5557002@{DOMAIN}>'
    assert shown(site, from_line(), asserted) == {"number": "5557002", "name": "Asserted", "withheld": False}


def test_from_is_shown_where_nothing_is_asserted(site: Site) -> None:
    assert shown(site, from_line()) == {"number": "5557001", "name": "From Name", "withheld": False}


def test_an_asserted_telephone_number_is_shown(site: Site) -> None:
    caller = shown(site, from_line(), "P-Asserted-Identity: <tel:5557003;phone-context=+1>")
    assert caller["number"] == "5557003" and not caller["withheld"]


@pytest.mark.parametrize(
    "lines",
    [
        (from_line(), "Privacy: id", f'P-Asserted-Identity: "Asserted" <sip:5557002@{DOMAIN}>'),
        (from_line(), "Privacy: header;user;critical"),
        ('From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=a',),
    ],
    ids=["privacy-id", "privacy-header", "anonymous-from"],
)
def test_who_withholds_the_number_is_not_shown(site: Site, lines: tuple[str, ...]) -> None:
    assert shown(site, *lines) == {"number": "", "name": "", "withheld": True}


def test_privacy_none_hides_nothing(site: Site) -> None:
    assert shown(site, from_line(), "Privacy: none")["number"] == "5557001"


@pytest.mark.parametrize(
    ("name", "display"),
    [
        (b"Bell\x07 Esc\x1b[2J Del\x7f", "Bell Esc[2J Del"),
        (b"N" * 300, "N" * NAME_SHOWN),
        (b'\\"Quoted\\\\ one\\"', '"Quoted\\ one"'),
        (b"   ", ""),
    ],
    ids=["control-characters", "300-characters", "escapes", "blanks"],
)
def test_hostile_names_come_out_plain_and_cut(site: Site, name: bytes, display: str) -> None:
    caller = shown(site, b'From: "' + name + b'" <sip:5557001@example.test>;tag=a')
    assert caller == {"number": "5557001", "name": display, "withheld": False}
    assert not any(ord(character) < 32 and character != "\n" for character in site.new_log())


@pytest.mark.parametrize(
    ("name", "display"),
    [("Größe \U0001f4de 電話".encode(), "Grosse ? ??"), (b"\xff\xfe\x80 \xc3", "")],
    ids=["unicode", "not-utf-8"],
)
def test_a_name_beyond_ascii_rings_and_shows_the_number(site: Site, name: bytes, display: str) -> None:
    caller = shown(site, b'From: "' + name + b'" <sip:5557001@example.test>;tag=a')
    assert caller == {"number": "5557001", "name": display, "withheld": False}


# ---- callers inside ------------------------------------------------------------------------------------


def invited(site: Site, **changes: Any) -> Message:
    """The INVITE that the server accepts of a trunk that is set like this."""
    site.register(**changes)
    seen = len(_authorized(site))
    phone = site.box.phone(1)
    phone.lift_and_dial(BUSY_NUMBER)
    until(lambda: len(_authorized(site)) > seen, 10, "an INVITE with credentials")
    phone.hang_up()
    return _authorized(site)[-1]


def _authorized(site: Site) -> list[Message]:
    invites = site.registrar.requests("INVITE", site.address)
    return [invite for invite in invites if invite.header("Proxy-Authorization") + invite.header("Authorization")]


def test_a_call_bears_the_account_s_own_address_and_asserts_nothing(site: Site) -> None:
    invite = invited(site)
    assert invite.header("From").startswith(f"sip:{BOX}@{DOMAIN};tag=")
    assert invite.header("P-Asserted-Identity") == "" and invite.header("Privacy") == ""


def test_number_and_name_of_the_settings_are_shown_outside(site: Site) -> None:
    invite = invited(site, caller_number="15551234567", caller_name="Front Desk")
    assert invite.header("From").startswith(f'"Front Desk" <sip:{BOX}@{DOMAIN}>')
    assert invite.header("P-Asserted-Identity") == f"<sip:15551234567@{DOMAIN}>"
    assert invite.header("Privacy") == ""


@pytest.mark.parametrize(("number", "asserted"), [("", BOX), ("15551234567", "15551234567")])
def test_a_withheld_number_is_known_to_the_server_alone(site: Site, number: str, asserted: str) -> None:
    invite = invited(site, is_number_withheld=True, caller_number=number, caller_name="Front Desk")
    assert invite.header("From").startswith('"Anonymous" <sip:anonymous@anonymous.invalid>;tag=')
    assert invite.header("Privacy") == "id"
    assert invite.header("P-Asserted-Identity") == f"<sip:{asserted}@{DOMAIN}>"


def test_a_withheld_call_does_not_tell_the_name_of_the_settings(site: Site) -> None:
    assert "Front Desk" not in invited(site, is_number_withheld=True, caller_name="Front Desk").text


def test_a_name_cannot_add_header_fields(site: Site) -> None:
    invite = invited(site, caller_name='Desk" <sip:0@x>, "\\')
    assert f"<sip:{BOX}@{DOMAIN}>;tag=" in invite.header("From")
