"""Call waiting by code, for good and for one call. That a second caller is announced is the telephone's."""

from firmware.telephony.events import Cause
from firmware.telephony.feature_parts import Change, Code, CodeFeature, Resolve, switch_codes, switched, wrong
from firmware.telephony.seams import DialVerdict, Offer, OfferVerdict, Redirect, Refuse
from firmware.telephony.summary import CallSummary

_PROMPT = "call-waiting"
_ONCE = "call-waiting-off-once"


class CallWaiting(CodeFeature):
    """While a call lasts that was dialled with the code, others find the extension busy."""

    name = "call waiting"
    codes = switch_codes("call-waiting") | {_ONCE}

    def __init__(self, *, change: Change, resolve: Resolve) -> None:
        self._change = change
        self._resolve = resolve
        self._undisturbed: set[str] = set()  # at most one entry an extension

    def on_code(self, code: Code) -> DialVerdict:
        """On, off, how it is; or one call."""
        if code.name == _ONCE:
            destination = self._resolve(code.argument)
            if destination is None:
                return wrong("there is no such number")
            self._undisturbed.add(code.extension.number)
            return Redirect(destination)
        if code.name.endswith("-ask"):
            return switched(code.extension.is_call_waiting_allowed, _PROMPT)
        is_on = code.name.endswith("-on")
        self._change(code.extension.number, "is_call_waiting_allowed", is_on)
        return switched(is_on, _PROMPT)

    def on_offer(self, offer: Offer) -> OfferVerdict:
        """Busy while undisturbed."""
        return Refuse(Cause.BUSY, "undisturbed call") if offer.extension.number in self._undisturbed else None

    def on_ended(self, call: CallSummary) -> None:
        """That call is over."""
        if call.dialled.kind == "code" and call.dialled.value.startswith(f"{_ONCE}."):
            self._undisturbed.discard(call.origin.extension)
