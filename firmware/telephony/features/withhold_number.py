"""Withholding the own number by code, for good and for one call. What leaves the box, the outbound routes decide."""

from firmware.telephony.feature_parts import Change, Code, CodeFeature, Resolve, switch_codes, switched, wrong
from firmware.telephony.seams import DialVerdict, Redirect

_ONCE = {"withhold-once": True, "send-once": False}


class WithholdNumber(CodeFeature):
    """The wish for one call travels as `Redirect.is_number_withheld`; for good it is the extension's setting."""

    name = "withhold number"
    codes = switch_codes("withhold") | frozenset(_ONCE)

    def __init__(self, *, change: Change, resolve: Resolve) -> None:
        self._change = change
        self._resolve = resolve

    def on_code(self, code: Code) -> DialVerdict:
        """On, off, how it is; or one call."""
        if code.name in _ONCE:
            destination = self._resolve(code.argument)
            if destination is None:
                return wrong("there is no such number")
            return Redirect(destination, is_number_withheld=_ONCE[code.name])
        if code.name.endswith("-ask"):
            return switched(code.extension.is_number_withheld)
        is_on = code.name.endswith("-on")
        self._change(code.extension.number, "is_number_withheld", is_on)
        return switched(is_on)
