"""Listens for caller ID on an idle outside line. Knows no transport; the modem is libspandsp's."""

import logging
from collections.abc import Callable
from typing import Protocol

from firmware.dsp.spandsp import CallerIdReceiver, LibraryMissing
from firmware.fxs.callerid import BadMessage, parse
from firmware.fxs.calleridplan import Modem, modem_of
from firmware.fxs.line import Caller
from firmware.fxs.profile import CallerIdScheme

RING_OVER_S = 8.0  # no burst for so long: the ringing is over, and the next burst is another call

_log = logging.getLogger(__name__)


class Receiver(Protocol):
    """Audio in, whole messages out."""

    def feed(self, pcm: bytes) -> list[bytes]:
        """Take a block; return the messages that ended in it."""
        ...


def spandsp_receiver(modem: Modem) -> Receiver | None:
    """A receiver, or None where the library is not installed: then nobody's number is shown."""
    try:
        return CallerIdReceiver(modem)
    except LibraryMissing as error:
        _log.warning("No caller ID on outside lines: %s", error)
        return None


class CallerIdListener:
    """Of one outside line: listens from a sign of a call until the caller is known or the ringing is over.

    A scheme that sends before the first ring and announces it by nothing but a tone is listened for all
    the time. `scheme` is read at each sign of a call, so that a changed setting counts at once.
    """

    def __init__(
        self,
        scheme: Callable[[], CallerIdScheme],
        receiver: Callable[[Modem], Receiver | None] = spandsp_receiver,
    ) -> None:
        self._scheme = scheme
        self._make_receiver = receiver
        self._receiver: Receiver | None = None
        self._is_heard = False
        self._sign_at: float | None = None

    @property
    def wants_audio(self) -> bool:
        """Whether the line's blocks must come to `listen`."""
        return self._receiver is not None

    def idle(self) -> None:
        """The line is idle: listen if the scheme gives no sign beforehand."""
        if self._receiver is None and self._scheme() is CallerIdScheme.ETSI_FSK_DTAS:
            self._open()

    def sign(self, now: float) -> None:
        """A ring burst, or the polarity changed: a call comes."""
        self._sign_at = now
        if self._receiver is None and not self._is_heard:
            self._open()

    def listen(self, block: bytes) -> Caller | None:
        """Take a block of the line; return the caller once known."""
        if self._receiver is None:
            return None
        for message in self._receiver.feed(block):
            try:
                caller = parse(message).caller
            except BadMessage:
                continue  # damaged on the line: it is not sent again
            self._is_heard = True
            self._receiver = None
            return caller
        return None

    def stop(self) -> None:
        """The line is used: what comes now is speech."""
        self._receiver = None
        self._is_heard = False
        self._sign_at = None

    def tick(self, now: float) -> None:
        """Forget the call when its ringing is over."""
        if self._sign_at is not None and now - self._sign_at >= RING_OVER_S:
            self.stop()
            self.idle()

    @property
    def is_timing(self) -> bool:
        """Whether `tick` may have something to do."""
        return self._sign_at is not None

    def _open(self) -> None:
        modem = modem_of(self._scheme())
        self._receiver = None if modem is None else self._make_receiver(modem)
