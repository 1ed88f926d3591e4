"""Caller ID in DTMF digits, built and parsed. Knows no tones; timing: `plan.py`.

A number stands between a start and an end digit: A and C in Sweden, Finland and Brazil, A and # in Denmark, D and C in
the Netherlands and Taiwan. Sources: Telia's interface description of 1992 (A, B, C, D), Finland's GFI 9702, the Danish
CLIP specification (A, D, #).
"""

import re

from firmware.fxs.callerid.messages import BadMessage
from firmware.fxs.line import Caller

STARTS = frozenset("ABD")
ENDS = frozenset("C#")
MESSAGE_MAX = 48  # two numbers, a code and their signs: longer is no message
_NUMBER_MAX = 15  # the Swedish and Finnish descriptions, and E.164
_WITHHELD, _UNKNOWN = "10", "00"  # information codes after B
_WITHHELD_DK, _UNKNOWN_DK = "1", "3"  # after D in Denmark, where 2 is a caller abroad
_FIELDS = re.compile(r"(?:[ABD][0-9]{0,20})+[C#]")
_FIELD = re.compile(r"([ABD])([0-9]*)")


def build_dtmf(caller: Caller) -> str:
    """Number, or the code why there is none, between A or B and C."""
    number = _digits(caller)
    return f"A{number}C" if number else f"B{_WITHHELD if caller.withheld else _UNKNOWN}C"


def build_dtmf_danish(caller: Caller) -> str:
    """Number, or the code why there is none, between A or D and #."""
    number = _digits(caller)
    return f"A{number}#" if number else f"D{_WITHHELD_DK if caller.withheld else _UNKNOWN_DK}#"


def parse_dtmf(message: str) -> Caller:
    """Who calls, in whichever of the forms; raises BadMessage."""
    if not _FIELDS.fullmatch(message):
        raise BadMessage("not a caller's digits")
    fields = dict(reversed(_FIELD.findall(message)))  # the first of each kind counts
    if "A" in fields:
        return Caller(fields["A"])
    if "B" in fields:
        return Caller(withheld=fields["B"] == _WITHHELD)
    number = fields["D"]
    if message.endswith("#"):
        return Caller(withheld=number == _WITHHELD_DK)
    return Caller(number if number.strip("0") else "")


def _digits(caller: Caller) -> str:
    if caller.withheld:
        return ""
    return "".join(c for c in caller.number[: 4 * _NUMBER_MAX] if c in "0123456789")[:_NUMBER_MAX]


class DigitMessages:
    """Puts digits that are heard on a line together to messages. Times are ms of the line's audio."""

    _PAUSE_MAX_MS = 500  # 70 stand between the digits of a message; after so long another begins

    def __init__(self) -> None:
        self._digits = ""
        self._quiet_ms = 0.0

    def take(self, digits: str, block_ms: float) -> list[str]:
        """The digits of one block; returns the messages that ended in it."""
        self._quiet_ms = 0.0 if digits else self._quiet_ms + block_ms
        if self._quiet_ms > self._PAUSE_MAX_MS:
            self._digits = ""
        whole = []
        for digit in digits:
            if self._digits or digit in STARTS:
                self._digits += digit
            if self._digits and (digit in ENDS or len(self._digits) > MESSAGE_MAX):
                whole.append(self._digits)
                self._digits = ""
        return whole
