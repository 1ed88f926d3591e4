"""Pickup by code: which ringing call the caller may take. The taking itself is the exchange's."""

from firmware.telephony.events import Destination
from firmware.telephony.feature_parts import Code, CodeFeature
from firmware.telephony.seams import DialVerdict, Redirect


class Pickup(CodeFeature):
    """Of an extension, or of the own group; who is in none takes any call."""

    name = "pickup"
    codes = frozenset({"pickup-extension", "pickup-group"})

    def on_code(self, code: Code) -> DialVerdict:
        """Take it."""
        if code.name == "pickup-extension":
            return Redirect(Destination("pickup", code.argument))
        group = code.extension.pickup_group
        return Redirect(Destination("pickup", f"group.{group}" if group else "any"))
