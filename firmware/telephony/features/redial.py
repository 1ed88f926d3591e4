"""Redial: calls again what the extension called last. Knows not who remembers it."""

from firmware.telephony.events import Cause
from firmware.telephony.feature_parts import Code, CodeFeature, LastCalls
from firmware.telephony.seams import DialVerdict, Redirect, Refuse


class Redial(CodeFeature):
    """As it was dialled: a number that was called with the own one withheld is called so again."""

    name = "redial"
    codes = frozenset({"redial"})

    def __init__(self, *, history: LastCalls) -> None:
        self._history = history

    def on_code(self, code: Code) -> DialVerdict:
        """Call it."""
        last = self._history.last_called(code.extension.number)
        return Refuse(Cause.UNKNOWN_NUMBER, "nothing was called yet") if last is None else Redirect(last)
