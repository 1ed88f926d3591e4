"""Intercom by code: put through without ringing, where the called extension allows it. Knows no loudspeaker."""

from dataclasses import replace

from firmware.telephony.events import Destination
from firmware.telephony.feature_parts import Code, CodeFeature, wrong
from firmware.telephony.seams import DialVerdict, Offer, OfferVerdict, Redirect


class Intercom(CodeFeature):
    """Who does not allow it is rung."""

    name = "intercom"
    codes = frozenset({"intercom"})

    def on_code(self, code: Code) -> DialVerdict:
        """Speak to it."""
        if code.argument == code.extension.number:
            return wrong("that is the own extension")
        return Redirect(Destination("intercom", code.argument))

    def on_offer(self, offer: Offer) -> OfferVerdict:
        """Ring instead."""
        is_refused = offer.is_intercom and not offer.extension.is_intercom_allowed
        return replace(offer, is_intercom=False) if is_refused else None
