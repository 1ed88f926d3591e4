"""Parking by code. The places and who waits there are the exchange's."""

from firmware.telephony.events import Destination
from firmware.telephony.feature_parts import Code, CodeFeature
from firmware.telephony.seams import DialVerdict, Redirect

_DESTINATIONS = {"park": "park", "park-at": "park", "retrieve": "retrieve"}


class Parking(CodeFeature):
    """At the next free place, or at a place named 701."""

    name = "parking"
    codes = frozenset(_DESTINATIONS)

    def on_code(self, code: Code) -> DialVerdict:
        """Park, or take back."""
        return Redirect(Destination(_DESTINATIONS[code.name], code.argument or "auto"))
