"""Do not disturb: callers hear busy. Knows no telephone."""

from firmware.telephony.events import Cause
from firmware.telephony.feature_parts import Change, Code, CodeFeature, switch_codes, switched
from firmware.telephony.seams import DialVerdict, Offer, OfferVerdict, Refuse

_PROMPT = "do-not-disturb"


class DoNotDisturb(CodeFeature):
    """For every caller, and in groups as well."""

    name = "do not disturb"
    codes = switch_codes("do-not-disturb")

    def __init__(self, *, change: Change) -> None:
        self._change = change

    def on_offer(self, offer: Offer) -> OfferVerdict:
        """Busy, but for the box's own calls: whoever wants to be woken wants it all the same."""
        is_disturbed = offer.extension.is_do_not_disturb and not offer.origin.is_box
        return Refuse(Cause.BUSY, "do not disturb") if is_disturbed else None

    def on_code(self, code: Code) -> DialVerdict:
        """On, off, how it is."""
        if code.name.endswith("-ask"):
            return switched(code.extension.is_do_not_disturb, _PROMPT)
        is_on = code.name.endswith("-on")
        self._change(code.extension.number, "is_do_not_disturb", is_on)
        return switched(is_on, _PROMPT)
