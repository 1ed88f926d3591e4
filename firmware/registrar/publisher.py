"""Tells Kamailio what lamps and message lights show: one PUBLISH at a time, again until it is answered."""

import logging
import socket
import time
from collections.abc import Callable

from firmware.registrar.options import Inside
from firmware.registrar.presence import EXPIRES_S, Document, publish_answer, publish_request

_LOG = logging.getLogger(__name__)

_AGAIN_S = 0.5
_TRIES = 8
_REFRESH_S = EXPIRES_S / 2
_WRONG_TAG = 412  # RFC 3903 section 6: it has forgotten what this would replace
_Key = tuple[str, str]


class Publisher:
    """Keeps what was said last of each extension. Belongs to the registrar's thread."""

    def __init__(self, inside: Inside, realm: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._inside = inside
        self._realm = realm
        self._clock = clock
        self._said: dict[_Key, Document] = {}
        self._tags: dict[_Key, str] = {}
        self._waiting: dict[_Key, None] = {}  # an ordered set
        self._asked: _Key | None = None
        self._ended = False
        self._number = 0
        self._tries = 0
        self._due = 0.0
        self._refresh_due = clock() + _REFRESH_S
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)

    def say(self, document: Document) -> None:
        """Publish it unless it was said already."""
        key = (document.extension, document.event)
        if self._said.get(key) != document:
            self._said[key] = document
            self._waiting[key] = None
            self._next()

    def say_all_again(self) -> None:
        """Kamailio is a new one and has forgotten everything."""
        self._tags.clear()
        self._asked = None
        self._waiting = dict.fromkeys(self._said)
        self._next()

    def set_realm(self, realm: str) -> None:
        """Addresses have another realm: nothing that was said counts."""
        self._realm = realm
        self._asked = None
        for forgotten in (self._said, self._tags, self._waiting):
            forgotten.clear()

    def forget(self, extension: str) -> None:
        """The extension is gone."""
        for key in [key for key in self._said if key[0] == extension]:
            self._said.pop(key)
            self._waiting.pop(key, None)

    def due_s(self) -> float:
        """Seconds until `tick` has something to do."""
        due = min(self._due, self._refresh_due) if self._asked else self._refresh_due
        return max(0.0, due - self._clock())

    def tick(self) -> None:
        """Ask again what was not answered; refresh what would expire."""
        now = self._clock()
        if now >= self._refresh_due:
            self._refresh_due = now + _REFRESH_S
            self._waiting |= dict.fromkeys(self._said)
        if self._asked is not None and now >= self._due:
            if self._tries < _TRIES:
                self._send(self._asked)
                return
            self._asked = None  # said again when Kamailio is back
        self._next()

    def received(self) -> None:
        """The socket has something."""
        try:
            text = self.socket.recv(65535).decode(errors="replace")
        except BlockingIOError:
            return
        answer = publish_answer(text)
        if answer is None or self._asked is None or answer.number != self._number:
            return
        key, self._asked = self._asked, None
        if answer.status == _WRONG_TAG and key in self._tags:
            self._waiting[key] = None
        elif answer.status >= 300:
            _LOG.warning("the registrar took no %s of extension %s (%d)", key[1], key[0], answer.status)
        self._tags.pop(key, None)
        if answer.tag and not self._ended:
            self._tags[key] = answer.tag
        self._next()

    def close(self) -> None:
        """Say nothing more."""
        self.socket.close()

    def _next(self) -> None:
        while self._asked is None and self._waiting:
            key = next(iter(self._waiting))
            del self._waiting[key]
            if key in self._said and (key in self._tags or not self._said[key].is_end):
                self._asked, self._tries = key, 0
                self._number += 1
                self._send(key)

    def _send(self, key: _Key) -> None:
        self._tries += 1
        self._ended = self._said[key].is_end
        self._due = self._clock() + _AGAIN_S
        request = publish_request(
            self._said[key],
            realm=self._realm,
            token=self._inside.token,
            port=self._inside.registrar_port,
            own_port=self.socket.getsockname()[1],
            number=self._number,
            tag=self._tags.get(key, ""),
        )
        try:
            self.socket.sendto(request, ("127.0.0.1", self._inside.registrar_port))
        except OSError as error:
            _LOG.debug("PUBLISH: %s", error)
