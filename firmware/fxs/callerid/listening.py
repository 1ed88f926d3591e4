"""Listens for caller ID on an idle outside line. Knows no transport; the ears are libspandsp's."""

import logging
from collections.abc import Callable

from firmware.dsp.spandsp import LibraryMissing
from firmware.fxs.callerid.sound import Receiver, receiver_of
from firmware.fxs.line import Caller
from firmware.fxs.profile import CallerIdScheme

RING_OVER_S = 8.0  # no burst for so long: the ringing is over, and the next burst is another call

_log = logging.getLogger(__name__)


def spandsp_receiver(scheme: CallerIdScheme) -> Receiver | None:
    """A receiver, or None for a scheme without caller ID or where the library is not installed: then nobody's number
    is shown."""
    try:
        return receiver_of(scheme)
    except LibraryMissing as error:
        _log.warning("No caller ID on outside lines: %s", error)
        return None


class CallerIdListener:
    """Of one outside line: listens from a sign of a call until the caller is known or the ringing is over.

    A scheme that sends before the first ring and announces it by nothing but a tone is listened for all
    the time. `scheme` is read at each sign of a call and between calls, so that a changed setting counts at once.
    """

    def __init__(
        self,
        scheme: Callable[[], CallerIdScheme],
        receiver: Callable[[CallerIdScheme], Receiver | None] = spandsp_receiver,
    ) -> None:
        self._scheme = scheme
        self._make_receiver = receiver
        self._receiver: Receiver | None = None
        self._opened_for = CallerIdScheme.OFF
        self._is_heard = False
        self._sign_at: float | None = None

    @property
    def wants_audio(self) -> bool:
        """Whether the line's blocks must come to `listen`."""
        return self._receiver is not None

    def idle(self) -> None:
        """The line is idle: listen if the scheme gives no sign beforehand."""
        if self._receiver is None and not self._is_heard and self._scheme().is_unannounced:
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
        callers = self._receiver.feed(block)
        if not callers:
            return None
        self._is_heard = True
        self._receiver = None
        return callers[0]

    def stop(self) -> None:
        """The line is used: what comes now is speech."""
        self._receiver = None
        self._is_heard = False
        self._sign_at = None

    def tick(self, now: float) -> None:
        """Forget the call when its ringing is over; between calls the scheme may become another."""
        is_over = self._sign_at is not None and now - self._sign_at >= RING_OVER_S
        is_other = self._sign_at is None and self._receiver is not None and self._scheme() is not self._opened_for
        if is_over or is_other:
            self.stop()
        if self._sign_at is None:
            self.idle()

    def _open(self) -> None:
        self._opened_for = self._scheme()
        self._receiver = self._make_receiver(self._opened_for)
