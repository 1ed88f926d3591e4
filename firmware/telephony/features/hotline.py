"""The hotline's codes. That it is called when nobody dials is the port's."""

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
from firmware.telephony.seams import DialVerdict


class Hotline(CodeFeature):
    """Kept as it was dialled. Never an emergency number: a handset that fell down would call it."""

    name = "hotline"
    codes = switch_codes("hotline")

    def __init__(self, *, change: Change, resolve: Resolve) -> None:
        self._change = change
        self._resolve = resolve

    def on_code(self, code: Code) -> DialVerdict:
        """Set, clear, say."""
        if code.name.endswith("-ask"):
            return state_of(code.extension.hotline)
        is_on = code.name.endswith("-on")
        if is_on and target(self._resolve, code.argument, code.extension.number) is None:
            return wrong("a hotline cannot lead there")
        self._change(code.extension.number, "hotline", code.argument if is_on else "")
        return switched(is_on)
