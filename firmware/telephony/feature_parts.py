"""What several features are made of: answering a code, saying how something is set, whom they ask. Knows no feature."""

import abc
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.extension import Extension
from firmware.telephony.seams import Confirm, Dialled, DialVerdict, Feature, Refuse

Change = Callable[[str, str, object], None]
"""`change(extension, field, value)`, the field as in settings ("forwarding/always"); a value of None: gone.

Takes effect at once and is stored by another thread. Raises ChangeRefused.
"""

Resolve = Callable[[str], Destination | None]
"""Where digits lead by the dial plan, as if the send key was pressed; None: nowhere."""

_SPOKEN = {
    "+": "letters/plus",
    "*": "digits/star",
    "#": "digits/pound",
    **{digit: f"digits/{digit}" for digit in "0123456789"},
}
_CALLABLE = re.compile(r"\+?[0-9]{1,20}")  # a trunk may tell anything as its caller
_SPOKEN_MAX = 20  # an outside number has no more


class ChangeRefused(Exception):
    """The setting cannot be that, in words."""


class LastCalls(Protocol):
    """Whom an extension called last, and who called it."""

    def last_called(self, extension: str) -> Destination | None: ...

    def last_caller(self, extension: str) -> "LastCaller | None": ...


@dataclass(frozen=True, slots=True)
class LastCaller:
    """Who called; `extension` is theirs, "" from outside."""

    caller: Caller
    extension: str = ""

    @property
    def number(self) -> str:
        """The number or extension, "" where nobody knows it, it is withheld, or nobody could call it."""
        is_callable = not self.caller.withheld and _CALLABLE.fullmatch(self.caller.number) is not None
        return self.extension or (self.caller.number if is_callable else "")


@dataclass(frozen=True, slots=True)
class Code:
    """A code that somebody dialled: its name, what was dialled with it, and on which extension."""

    name: str
    argument: str
    extension: Extension


class CodeFeature(Feature, abc.ABC):
    """Answers the codes named in `codes`. They are for extensions themselves: no forward leads to one."""

    codes: frozenset[str] = frozenset()

    def on_dial(self, dialled: Dialled) -> DialVerdict:
        """See `Feature`."""
        name, _, argument = dialled.destination.value.partition(".")
        if dialled.destination.kind != "code" or name not in self.codes:
            return None
        if dialled.extension is None or dialled.via:
            return Refuse(Cause.BARRED, "feature codes are for extensions of the box only")
        try:
            return self.on_code(Code(name, argument, dialled.extension))
        except ChangeRefused as refused:
            return wrong(str(refused))

    @abc.abstractmethod
    def on_code(self, code: Code) -> DialVerdict:
        """Do what the code asks for. May raise ChangeRefused."""


def switch_codes(*names: str) -> frozenset[str]:
    """`-on`, `-off` and `-ask` of each."""
    return frozenset(f"{name}-{what}" for name in names for what in ("on", "off", "ask"))


def wrong(words: str) -> Refuse:
    """What was dialled with the code makes no sense."""
    return Refuse(Cause.INVALID_NUMBER, words)


def switched(is_on: bool, *prompts: str) -> Confirm:
    """`call waiting`, `activated`."""
    return Confirm((*prompts, "activated" if is_on else "de-activated"))


def state_of(value: str, *prompts: str) -> Confirm:
    """`call forward ...`, `is set to` and digits; `activated` where there are none, `de-activated` for nothing."""
    words = spoken(value)
    return Confirm((*prompts, "is-set-to", *words)) if words else switched(bool(value), *prompts)


def spoken(text: str) -> tuple[str, ...]:
    """Prompts that say the digits of a number or of a destination."""
    return tuple(_SPOKEN[key] for key in text.rpartition(":")[2][:_SPOKEN_MAX] if key in _SPOKEN)


def target(resolve: Resolve, digits: str, own: str) -> Destination | None:
    """Where a forward, a speed dial or a hotline may lead: extensions but `own`, and outside; never emergencies."""
    destination = resolve(digits)
    if destination is None or destination.kind not in ("extension", "number"):
        return None
    return None if destination == Destination("extension", own) else destination


def is_caller_in(pattern: str, *numbers: str) -> bool:
    """Whether one form of a caller's number fits a pattern: the number, or its beginning with a final `*`."""
    if pattern.endswith("*"):
        return any(number.startswith(pattern[:-1]) for number in numbers if number)
    return pattern in numbers
