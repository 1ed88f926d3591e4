"""Speed dials of an extension: one or two digits for a number. Knows no store."""

from firmware.telephony.events import Destination
from firmware.telephony.extension import Extension
from firmware.telephony.feature_parts import Change, Code, CodeFeature, Resolve, spoken, target, wrong
from firmware.telephony.seams import Confirm, DialVerdict, Redirect

_PROMPT = "speed-dial"
_EMPTY = "speed-dial-empty"


class SpeedDials(CodeFeature):
    """5 and 05 are the same key."""

    name = "speed dials"
    codes = frozenset({"speed-dial", "speed-dial-set", "speed-dial-clear", "speed-dial-ask"})

    def __init__(self, *, change: Change, resolve: Resolve) -> None:
        self._change = change
        self._resolve = resolve

    def on_code(self, code: Code) -> DialVerdict:
        """Call, set, clear, say."""
        dialled, _, digits = code.argument.partition("*")
        key = _key(code.extension, dialled)
        to = code.extension.speed_dials.get(key, "")
        if code.name == "speed-dial-set":
            return self._set(code.extension, key, digits)
        if not to:
            return Confirm((_EMPTY,))
        if code.name == "speed-dial-clear":
            self._change(code.extension.number, f"speed_dials/{key}", None)
            return Confirm((_PROMPT, *spoken(key), "removed"))
        if code.name == "speed-dial-ask":
            return Confirm((_PROMPT, *spoken(key), "is-set-to", *spoken(to)))
        return Redirect(Destination.parse(to))

    def _set(self, extension: Extension, key: str, digits: str) -> DialVerdict:
        destination = target(self._resolve, digits, extension.number)
        if destination is None:
            return wrong("a speed dial cannot lead there")
        self._change(extension.number, f"speed_dials/{key}", str(destination))
        return Confirm((_PROMPT, *spoken(key), "is-set-to", *spoken(digits)))


def _key(extension: Extension, dialled: str) -> str:
    """The key as it is stored: somebody may have written 05 for 5."""
    number = int(dialled)
    return next((key for key in (str(number), f"{number:02}") if key in extension.speed_dials), str(number))
