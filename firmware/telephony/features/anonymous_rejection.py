"""Rejection of callers who withhold their number. Who is merely unknown gets through."""

from firmware.telephony.events import Cause
from firmware.telephony.feature_parts import Change, Code, CodeFeature, switch_codes, switched
from firmware.telephony.seams import DialVerdict, Offer, OfferVerdict, Refuse


class AnonymousRejection(CodeFeature):
    """For calls from outside."""

    name = "anonymous rejection"
    codes = switch_codes("anonymous-rejection")

    def __init__(self, *, change: Change) -> None:
        self._change = change

    def on_offer(self, offer: Offer) -> OfferVerdict:
        """Turn away."""
        if offer.origin.extension or not offer.extension.is_anonymous_rejected or not offer.origin.caller.withheld:
            return None
        return Refuse(Cause.REJECTED, "anonymous caller")

    def on_code(self, code: Code) -> DialVerdict:
        """On, off, how it is."""
        if code.name.endswith("-ask"):
            return switched(code.extension.is_anonymous_rejected)
        is_on = code.name.endswith("-on")
        self._change(code.extension.number, "is_anonymous_rejected", is_on)
        return switched(is_on)
