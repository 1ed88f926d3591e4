"""Hold and resume of one call over SIP: one re-INVITE at a time, and again where the two sides collide."""

import logging
import random
from collections.abc import Callable

import pjsua2 as pj

from firmware.telephony.loop import Alarm, CallLoop
from firmware.telephony.sip.call import SipCall, call_param

_LOG = logging.getLogger(__name__)

_GLARE = 491
_GLARE_WAIT_S = (2.1, 4.0)  # RFC 3261 section 14.1, for who made the Call-ID; the other waits 0 to 2 s
_GLARE_WAIT_CALLED_S = (0.05, 2.0)
_BUSY_RETRY_S = 0.25  # the far end is just changing the session itself


class Holding:
    """What is wanted, and what the far end has agreed to. `call` gives the call while its session can be changed."""

    def __init__(self, call: Callable[[], SipCall | None], *, name: str, loop: CallLoop, is_called: bool) -> None:
        self._call = call
        self._name = name
        self._glare_wait_s = _GLARE_WAIT_CALLED_S if is_called else _GLARE_WAIT_S
        self._is_wanted = False
        self._is_held = False
        self._asked: bool | None = None  # the hold that a re-INVITE under way asks for
        self._alarm = Alarm(loop)

    def want(self, is_wanted: bool) -> None:
        """Hold, or take back, as soon as the session may be changed."""
        self._is_wanted = is_wanted
        self.go_on()

    def go_on(self) -> None:
        """Ask for the hold that is wanted: one re-INVITE at a time (RFC 3261 section 14.1)."""
        call = self._call()
        if call is None or self._asked is not None or self._is_wanted == self._is_held:
            return
        prm = call_param()
        try:
            if self._is_wanted:
                call.setHold(prm)  # sendonly, RFC 3264 section 8.4
            else:
                prm.opt.flag = pj.PJSUA_CALL_UNHOLD
                call.reinvite(prm)
            self._asked = self._is_wanted
        except pj.Error as error:
            _LOG.debug("%s: hold or resume waits: %s", self._name, error.reason)
            self._again_in(_BUSY_RETRY_S)

    def told(self, status: int) -> None:
        """The far end's answer to a re-INVITE."""
        asked, self._asked = self._asked, None
        if asked is None:
            return
        if status == _GLARE:
            self._again_in(random.uniform(*self._glare_wait_s))
            return
        if status >= 300:
            _LOG.warning("%s: the far end refused hold or resume (%d)", self._name, status)
        self._is_held = asked
        self.go_on()

    def stop(self) -> None:
        """The call is over."""
        self._alarm.clear()

    def _again_in(self, delay_s: float) -> None:
        self._alarm.set(delay_s, self.go_on)
