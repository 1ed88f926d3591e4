"""Call return: calls back who called the extension last. Knows not who remembers it."""

from firmware.telephony.events import Cause, Destination
from firmware.telephony.feature_parts import Code, CodeFeature, LastCalls
from firmware.telephony.seams import Confirm, DialVerdict, Redirect, Refuse


class CallReturn(CodeFeature):
    """Answered or missed, as the US *69 has it; who withheld the number cannot be called back."""

    name = "call return"
    codes = frozenset({"call-return"})

    def __init__(self, *, history: LastCalls) -> None:
        self._history = history

    def on_code(self, code: Code) -> DialVerdict:
        """Call back."""
        last = self._history.last_caller(code.extension.number)
        if last is None:
            return Refuse(Cause.UNKNOWN_NUMBER, "nobody called yet")
        if not last.number:
            return Confirm(("unidentified-no-callback",))
        return Redirect(Destination("extension" if last.extension else "number", last.number))
