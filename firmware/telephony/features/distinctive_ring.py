"""Distinctive ringing by caller, and the codes for the last one. Knows not how a pattern sounds."""

from collections.abc import Callable
from dataclasses import replace

from firmware.telephony.events import Cause
from firmware.telephony.feature_parts import Change, Code, CodeFeature, LastCalls, is_caller_in, wrong
from firmware.telephony.seams import Confirm, DialVerdict, Offer, OfferVerdict, Refuse

_SET = "ring-last-caller"
_PATTERNS = "12345678"


class DistinctiveRing(CodeFeature):
    """The longest pattern that fits the caller decides. `international`: see `CallerLists`."""

    name = "distinctive ring"
    codes = frozenset({_SET, f"{_SET}-off"})

    def __init__(self, *, change: Change, history: LastCalls, international: Callable[[str], str] = str) -> None:
        self._change = change
        self._history = history
        self._international = international

    def on_offer(self, offer: Offer) -> OfferVerdict:
        """Change the ring."""
        ring_for = offer.extension.ring_for
        number = offer.origin.extension or offer.origin.caller.number
        if not ring_for or not number:
            return None
        forms = (number,) if offer.origin.extension else (number, self._international(number))
        fitting = max((pattern for pattern in ring_for if is_caller_in(pattern, *forms)), key=len, default="")
        return replace(offer, ring=ring_for[fitting]) if fitting else None

    def on_code(self, code: Code) -> DialVerdict:
        """Set it for the last caller."""
        last = self._history.last_caller(code.extension.number)
        if last is None:
            return Refuse(Cause.UNKNOWN_NUMBER, "nobody called yet")
        if not last.number:
            return Confirm(("unidentified-no-callback",))
        ring: str | None = None
        if code.name == _SET:
            ring = code.argument.lstrip("0")
            if len(ring) != 1 or ring not in _PATTERNS:
                return wrong(f"ringing is {_PATTERNS[0]} to {_PATTERNS[-1]}")
        number = last.number if last.extension else self._international(last.number)
        self._change(code.extension.number, f"ring_for/{number}", ring)
        return Confirm(("activated",) if ring else ("de-activated",))
