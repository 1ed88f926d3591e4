"""Forwards of an extension: always, when busy, not answered, not reachable; the codes that set them. Knows no loop."""

from collections.abc import Mapping

from firmware.telephony.events import Cause, Destination
from firmware.telephony.feature_parts import (
    Change,
    Code,
    CodeFeature,
    Resolve,
    state_of,
    switch_codes,
    switched,
    target,
    wrong,
)
from firmware.telephony.seams import DialVerdict, Offer, OfferVerdict, Redirect

_FIELDS = {
    "forward-always": "always",
    "forward-busy": "busy",
    "forward-no-answer": "no_answer",
    "forward-offline": "unreachable",
}
_PROMPTS = {
    "forward-always": "call-fwd-unconditional",
    "forward-busy": "call-fwd-on-busy",
    "forward-no-answer": "call-fwd-no-ans",
    "forward-offline": "call-forwarding",
}
_FIELD_BY_CAUSE: Mapping[Cause, str] = {
    Cause.BUSY: "busy",
    Cause.REJECTED: "busy",  # who presses "reject" is there, and busy
    Cause.NO_ANSWER: "no_answer",
    Cause.UNREACHABLE: "unreachable",
}


class Forwards(CodeFeature):
    """Never within a group: there the others ring. A call from where the forward leads comes through."""

    name = "forwards"
    codes = switch_codes(*_FIELDS)

    def __init__(self, *, change: Change, resolve: Resolve) -> None:
        self._change = change
        self._resolve = resolve

    def on_offer(self, offer: Offer) -> OfferVerdict:
        """Every call."""
        return _forward(offer, "always")

    def on_unanswered(self, offer: Offer, cause: Cause) -> Redirect | None:
        """Those that failed."""
        field = _FIELD_BY_CAUSE.get(cause)
        return None if field is None else _forward(offer, field)

    def on_code(self, code: Code) -> DialVerdict:
        """Set, clear, say."""
        name, _, what = code.name.rpartition("-")
        if what == "ask":
            return state_of(getattr(code.extension.forwards, _FIELDS[name]), _PROMPTS[name])
        value = ""
        if what == "on":
            destination = target(self._resolve, code.argument, code.extension.number)
            if destination is None:
                return wrong("calls cannot be forwarded there")
            value = str(destination)
        self._change(code.extension.number, f"forwarding/{_FIELDS[name]}", value)
        return switched(what == "on", _PROMPTS[name])


def _forward(offer: Offer, field: str) -> Redirect | None:
    to: str = getattr(offer.extension.forwards, field)
    callers = (f"extension:{offer.origin.extension}", f"number:{offer.origin.caller.number}")
    if not to or offer.is_in_group or offer.origin.is_box or to in callers:
        return None
    return Redirect(Destination.parse(to), by=offer.extension.number)
