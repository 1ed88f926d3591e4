"""A provider with a mailbox, over UDP: takes registrations and subscriptions, and says what waits (RFC 3842)."""

import itertools
import re
import socket
import threading
from dataclasses import dataclass
from typing import Self

from tests.support.network import loopback_address
from tests.support.raw_phone import Reply
from tests.support.running import Running
from tests.support.waiting import until

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class _Dialog:
    local: str
    remote: str
    call_id: str
    target: str
    box: tuple[str, int]


class Mailbox(Running):
    """One account's provider; `refuses` is the status of every SUBSCRIBE, 0 where they are taken, from who says the
    password (it is not looked at) where `is_challenging`."""

    def __init__(self, refuses: int = 0, *, is_challenging: bool = False) -> None:
        self._refuses = refuses
        self._is_challenging = is_challenging
        self.address = loopback_address()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.address, 0))
        self._socket.settimeout(0.05)
        self.place = f"{self.address}:{self._socket.getsockname()[1]}"
        self._contact: tuple[str, tuple[str, int]] | None = None
        self._dialog: _Dialog | None = None
        self._answers: dict[int, int] = {}
        self._waiting = "Messages-Waiting: no\r\nVoice-Message: 0/0 (0/0)\r\n"
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()
        self._socket.close()

    @property
    def is_subscribed(self) -> bool:
        """Whether the box has asked to be told, and has not taken it back."""
        return self._dialog is not None

    def say(self, new: int, old: int = 0) -> None:
        """So many wait: tell who subscribed, and be answered."""
        until(lambda: self.is_subscribed, 10, "the box subscribes")
        self._waiting = f"Messages-Waiting: {'yes' if new else 'no'}\r\nVoice-Message: {new}/{old} (0/0)\r\n"
        number = self._tell(self._dialog)
        until(lambda: number in self._answers, 5, "the NOTIFY is answered")
        assert self._answers[number] == 200

    def say_unasked(self, body: str, sender: socket.socket | None = None) -> None:
        """A NOTIFY that belongs to no subscription, from here or from another's socket."""
        assert self._contact is not None, "the box has registered"
        target, box = self._contact
        own = f"<sip:mailbox@{self.place}>;tag=unasked{next(_numbers)}"
        dialog = _Dialog(own, f"<{target}>", f"unasked-{next(_numbers)}", target, box)
        number = self._tell(dialog, body, sender or self._socket)
        if sender is None:
            until(lambda: number in self._answers, 5, "the NOTIFY is answered")

    def _tell(self, dialog: _Dialog | None, body: str = "", sender: socket.socket | None = None) -> int:
        assert dialog is not None
        number, body, sender = next(_numbers), body or self._waiting, sender or self._socket
        address, port = sender.getsockname()
        lines = [
            f"NOTIFY {dialog.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {address}:{port};branch=z9hG4bKmailbox{number};rport",
            "Max-Forwards: 70",
            f"From: {dialog.local}",
            f"To: {dialog.remote}",
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {number} NOTIFY",
            f"Contact: <sip:mailbox@{address}:{port}>",
            "Event: message-summary",
            "Subscription-State: active;expires=600",
            "Content-Type: application/simple-message-summary",
            f"Content-Length: {len(body)}",
        ]
        sender.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), dialog.box)
        return number

    def _run(self) -> None:
        while not self._is_over.is_set():
            try:
                data, source = self._socket.recvfrom(65535)
            except TimeoutError:
                continue
            message = Reply(data)
            if message.status:
                self._answers[int(message.header("CSeq").split()[0])] = message.status
            elif message.method == "REGISTER":
                self._contact = (_uri(message.header("Contact")), source)
                self._answer(message, 200, source, f"Contact: {message.header('Contact')}", "Expires: 300")
            elif message.method == "SUBSCRIBE":
                self._subscribed(message, source)
            elif message.method == "OPTIONS":
                self._answer(message, 200, source)

    def _subscribed(self, message: Reply, source: tuple[str, int]) -> None:
        expires = int(message.header("Expires") or 600)
        if self._refuses or "message-summary" not in message.header("Event"):
            self._answer(message, self._refuses or 489, source)
            return
        if self._is_challenging and not message.header("Authorization"):
            self._answer(message, 401, source, f'WWW-Authenticate: Digest realm="mailbox", nonce="{next(_numbers)}"')
            return
        self._answer(message, 200, source, f"Expires: {expires}", f"Contact: <sip:mailbox@{self.place}>")
        local = message.header("To")
        local = local if "tag=" in local else f"{local};tag=mailbox"
        target = _uri(message.header("Contact"))
        dialog = _Dialog(local, message.header("From"), message.header("Call-ID"), target, source)
        self._tell(dialog)
        self._dialog = dialog if expires else None

    def _answer(self, request: Reply, status: int, source: tuple[str, int], *more: str) -> None:
        to = request.header("To")
        lines = [
            f"SIP/2.0 {status} As asked",
            *(f"Via: {via}" for via in re.findall(r"^Via:\s*(.*?)\r?$", request.text, re.MULTILINE)),
            f"From: {request.header('From')}",
            f"To: {to if 'tag=' in to else f'{to};tag=mailbox'}",
            f"Call-ID: {request.header('Call-ID')}",
            f"CSeq: {request.header('CSeq')}",
            *more,
            "Content-Length: 0",
        ]
        self._socket.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), source)


def _uri(contact: str) -> str:
    return contact.partition("<")[2].partition(">")[0] or contact.partition(";")[0]
