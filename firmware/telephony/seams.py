"""The four seams of the exchange on which features hang, and who asks the features. Knows no feature."""

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import FrameType
from typing import TypeVar

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.extension import Extension
from firmware.telephony.summary import CallSummary, Origin

_LOG = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")

DEADLINE_S = 0.05
"""A feature decides from what it has at hand; who needs longer is passed over, and the call goes on."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """Somebody calls a destination; `extension` is that of the caller, None from outside.

    `via` are the extensions whose forwards led here, the latest last.
    """

    origin: Origin
    destination: Destination
    extension: Extension | None = None
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """An extension is about to be offered a call. `is_in_group` where it is one of several: forwards do not count then.

    `ring` names a ring pattern of the country, "" the usual one; `is_intercom` asks to be put through at once.
    """

    origin: Origin
    extension: Extension
    caller: Caller
    via: tuple[str, ...] = ()
    is_in_group: bool = False
    ring: str = ""
    is_intercom: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    """Call this instead. `by` is the extension whose forward it is: it is charged, and its permissions count.

    `is_number_withheld` is the caller's wish for this one call, kept over further rounds; None: as is usual for it.
    """

    destination: Destination
    by: str = ""
    is_number_withheld: bool | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """End the call; `words` for the log and the page."""

    cause: Cause
    words: str = ""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Done: let the caller hear `prompts` (names of sounds in order; none: the confirmation tone), then end."""

    prompts: tuple[str, ...] = ()


DialVerdict = Redirect | Refuse | Confirm | None
OfferVerdict = Offer | Redirect | Refuse | None


class Feature:
    """What hangs on the exchange: override what it needs. `None` is "no opinion".

    Runs on the call thread within `DEADLINE_S`: decides from values at hand, and never waits for a disk or a network.
    None is ever asked about an emergency call.
    """

    name = ""

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        """Somebody dials: leave it, send the call elsewhere, refuse it, or do what a code asks for."""
        return None

    def on_offer(self, offer: Offer) -> OfferVerdict:
        """An extension is about to ring: leave it, change what is shown and heard, send it elsewhere, refuse it."""
        return None

    def on_unanswered(self, offer: Offer, cause: Cause) -> Redirect | None:
        """An extension did not answer (BUSY, NO_ANSWER, UNREACHABLE, REJECTED): where the call goes then."""
        return None

    def on_ended(self, call: CallSummary) -> None:
        """A call is over."""


class Seams:
    """Asks the features in order; the first with an opinion decides. One that fails is passed over with a log line."""

    def __init__(self, features: Sequence[Feature] = (), *, deadline_s: float = DEADLINE_S) -> None:
        self._features = tuple(features)
        self._deadline_s = deadline_s
        self.decider = ""
        """The feature whose opinion the last question got, "" for none."""

    def dialled(self, dialled: Dialled) -> DialVerdict:
        """The first opinion about a call that is dialled."""
        self.decider = ""
        for feature in self._features:
            verdict: DialVerdict = self._ask(feature, lambda feature=feature: feature.on_dial(dialled))  # type: ignore[misc]
            if verdict is not None:
                self.decider = feature.name
                return verdict
        return None

    def offered(self, offer: Offer) -> Offer | Redirect | Refuse:
        """What becomes of an offer: each feature sees what those before it changed."""
        self.decider = ""
        for feature in self._features:
            verdict: OfferVerdict = self._ask(feature, lambda feature=feature, offer=offer: feature.on_offer(offer))  # type: ignore[misc]
            if isinstance(verdict, Offer):
                offer = replace(verdict, extension=offer.extension, origin=offer.origin, via=offer.via)
            elif verdict is not None:
                self.decider = feature.name
                return verdict
        return offer

    def unanswered(self, offer: Offer, cause: Cause) -> Redirect | None:
        """Where a call goes that an extension did not answer."""
        self.decider = ""
        for feature in self._features:
            answer: Redirect | None = self._ask(feature, lambda feature=feature: feature.on_unanswered(offer, cause))  # type: ignore[misc]
            if answer is not None:
                self.decider = feature.name
                return answer
        return None

    def ended(self, call: CallSummary) -> None:
        """Tell every feature."""
        for feature in self._features:
            self._ask(feature, lambda feature=feature: feature.on_ended(call))  # type: ignore[misc]

    def _ask(self, feature: Feature, question: Callable[[], _Answer | None]) -> _Answer | None:
        try:
            with _within(self._deadline_s):
                return question()
        except _Overrun:
            _LOG.error("feature %s took longer than %g s and is passed over", feature.name, self._deadline_s)
        except Exception:
            _LOG.exception("feature %s failed and is passed over", feature.name)
        return None


class _Overrun(BaseException):
    """Not an Exception, so that a feature that catches everything is interrupted all the same."""


@contextlib.contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Interrupts what takes longer, on the main thread; elsewhere (tests) it is only found out afterwards."""
    begun = time.monotonic()
    if threading.current_thread() is not threading.main_thread():
        yield
        if time.monotonic() - begun > seconds:
            raise _Overrun
        return
    before = signal.signal(signal.SIGALRM, _interrupt)
    # Again and again: what is raised while an object is destroyed is printed and forgotten by the interpreter.
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise _Overrun
