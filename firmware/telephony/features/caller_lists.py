"""Blocked and allowed callers of an extension, and the codes for the last one. Knows no number plan."""

from collections.abc import Callable

from firmware.telephony.events import Cause
from firmware.telephony.feature_parts import Change, Code, CodeFeature, LastCalls, is_caller_in
from firmware.telephony.seams import Confirm, DialVerdict, Offer, OfferVerdict, Refuse

_BLOCK, _UNBLOCK = "block-last-caller", "unblock-last-caller"
_LIST_MAX = 1000  # as many as settings hold


class CallerLists(CodeFeature):
    """Extensions always pass. `international` gives a number's +49 form: a list fits however a trunk tells it."""

    name = "caller lists"
    codes = frozenset({_BLOCK, _UNBLOCK})

    def __init__(self, *, change: Change, history: LastCalls, international: Callable[[str], str] = str) -> None:
        self._change = change
        self._history = history
        self._international = international

    def on_offer(self, offer: Offer) -> OfferVerdict:
        """Turn away who is blocked, and who is not among those allowed."""
        own = offer.extension
        if offer.origin.extension or not (own.block or own.allow):
            return None
        number = offer.origin.caller.number
        forms = (number, self._international(number)) if number else ()
        if any(is_caller_in(pattern, *forms) for pattern in own.block):
            return Refuse(Cause.REJECTED, "blocked caller")
        if own.allow and not any(is_caller_in(pattern, *forms) for pattern in own.allow):
            return Refuse(Cause.REJECTED, "not an allowed caller")
        return None

    def on_code(self, code: Code) -> DialVerdict:
        """Block the last caller, or no longer."""
        last = self._history.last_caller(code.extension.number)
        if last is None or last.extension:
            return Refuse(Cause.UNKNOWN_NUMBER, "no outside caller yet")
        if not last.number:
            return Confirm(("unidentified-no-callback",))
        number = self._international(last.number)
        rest = [pattern for pattern in code.extension.block if pattern not in (number, last.number)]
        if code.name == _UNBLOCK:
            self._change(code.extension.number, "block", rest)
            return Confirm(("num-was-successfully", "removed"))
        if len(rest) >= _LIST_MAX:
            return Refuse(Cause.REJECTED, "the list of blocked callers is full")
        self._change(code.extension.number, "block", [*rest, number])
        return Confirm(("num-was-successfully", "added"))
