"""The dial plan: where dialled digits lead, and how long to wait for more. Knows no clock, port or trunk."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from firmware.telephony.events import Cause, Destination
from firmware.telephony.numbering.code_names import ONCE, Part
from firmware.telephony.numbering.codes import KEYS_MAX, NO_CODES, Code, CodeSet, Step
from firmware.telephony.numbering.digits import MAX_DIGITS, DigitMap, MatchKind

__all__ = ["Dial", "More", "Plan", "Rejected", "Verdict", "is_send_key", "judge", "validate"]

_KEYED = re.compile(rf"[0-9*#]{{1,{KEYS_MAX}}}")
_DIALLED = re.compile(rf"[0-9*#]{{1,{MAX_DIGITS}}}")
# Whatever settings and maps say, nothing else leaves the box: no host names, no SIP parameters.
_NUMBER = re.compile(rf"[0-9*#]{{1,{MAX_DIGITS}}}|\+[0-9*#]{{1,{MAX_DIGITS - 1}}}")
_EXTENSION = re.compile(r"[0-9]{2,6}")
_EMERGENCY = re.compile(r"[0-9]{2,8}")
_SERVICE_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be dialled. Order of precedence: emergency numbers, extensions, services and codes, digit map."""

    extensions: frozenset[str]
    services: Mapping[str, str]  # code -> name: "*43" -> "echo"
    emergency: tuple[str, ...]
    digit_map: DigitMap
    pause_ms: int
    first_digit_ms: int
    codes: CodeSet = NO_CODES
    # Sorted once for all digits to come: a box may have ten thousand extensions.
    _extensions: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _fixed: tuple[str, ...] = field(init=False, repr=False, compare=False)  # emergency numbers, services

    def __post_init__(self) -> None:
        object.__setattr__(self, "_extensions", tuple(sorted(self.extensions)))
        object.__setattr__(self, "_fixed", tuple(sorted({*self.emergency, *self.services})))

    def has_longer_extension(self, digits: str) -> bool:
        """Whether an extension begins with these digits and goes on."""
        return _has_longer(self._extensions, digits)

    def has_longer(self, digits: str) -> bool:
        """Whether an extension, an emergency number or a service begins with these digits and goes on."""
        return _has_longer(self._extensions, digits) or _has_longer(self._fixed, digits)


@dataclass(frozen=True, slots=True)
class More:
    """Wait so long for another digit; after that judge again with `is_final`. `tone` is what is heard meanwhile."""

    wait_ms: int
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Dial:
    """Call this now."""

    destination: Destination


@dataclass(frozen=True, slots=True)
class Rejected:
    """These digits lead nowhere."""

    cause: Cause


Verdict = More | Dial | Rejected


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all codes together say to some digits."""

    destination: Destination | None = None
    can_grow: bool = False
    tone: str = ""
    cause: Cause | None = None


_NO_READING = _Reading()


def judge(plan: Plan, digits: str, *, is_final: bool = False) -> Verdict:
    """What to do with the digits so far; `is_final` when the pause ran out or the send key was pressed.

    A number sent carries 1 to 20 of 0-9, * and #, with + in front at most; anything else is INVALID_NUMBER. A code
    gives `code:NAME` or `code:NAME.DIGITS`, DIGITS as they were dialled, several parts with * between them.
    """
    if not digits:
        return Rejected(Cause.INVALID_NUMBER) if is_final else More(plan.first_digit_ms)
    if _KEYED.fullmatch(digits) is None:
        return Rejected(Cause.INVALID_NUMBER)
    return _judge(plan, digits, is_final, _read_codes(plan, digits, is_final))


def is_send_key(plan: Plan, digits: str) -> bool:
    """Whether a `#` after these digits means "send now" and is no digit of a code or of the map."""
    if not digits:
        return False
    if digits in plan.emergency:
        return True
    longer = digits + "#"
    if _is_begun(plan._fixed, longer) or any(True for _ in plan.codes.near(longer)):
        return False
    kind = plan.digit_map.match(longer).kind
    if kind is MatchKind.BARRED:  # a bar may name the code itself, or only the digits before the #
        return plan.digit_map.match(digits).kind is MatchKind.BARRED
    return kind is MatchKind.NONE


def validate(plan: Plan) -> list[str]:
    """What is wrong with a plan, one sentence each; the plan works all the same, as `judge` decides."""
    clashes = [f"the codes {words}" for _, words in plan.codes.clashes()]
    return [*_malformed(plan), *_collisions(plan), *_code_collisions(plan), *clashes]


def _has_longer(numbers: Sequence[str], digits: str) -> bool:
    """Whether one of sorted numbers begins with the digits and is longer: it is the next one behind them."""
    place = bisect_right(numbers, digits)
    return place < len(numbers) and numbers[place].startswith(digits)


def _is_begun(numbers: Sequence[str], digits: str) -> bool:
    return digits in numbers or _has_longer(numbers, digits)


def _own_destination(plan: Plan, digits: str) -> Destination | None:
    if digits in plan.emergency:
        return Destination("emergency", digits)
    if digits in plan.extensions:
        return Destination("extension", digits)
    if digits in plan.services:
        return Destination("service", plan.services[digits])
    return None


def _judge(plan: Plan, digits: str, is_final: bool, codes: _Reading) -> Verdict:
    may_be_longer = plan.has_longer(digits) or codes.can_grow
    destination = _own_destination(plan, digits) or codes.destination
    if destination is not None:
        if destination.kind != "emergency":
            may_be_longer = may_be_longer or plan.digit_map.match(digits).can_grow
        return More(plan.pause_ms) if may_be_longer and not is_final else Dial(destination)
    if may_be_longer and not is_final:
        return More(plan.first_digit_ms, codes.tone) if codes.tone else More(plan.pause_ms)
    by_map = _judge_by_map(plan, digits, is_final)
    if by_map == Rejected(Cause.UNKNOWN_NUMBER) and codes.cause is not None:
        return Rejected(codes.cause)
    return by_map


def _read_codes(plan: Plan, digits: str, is_final: bool) -> _Reading:
    reading = _NO_READING
    for code, step in plan.codes.near(digits):
        reading = _both(reading, _read_code(plan, code, step, is_final))
    if not is_final or reading.destination is not None:
        return reading
    # IP telephones take the last # of a code as their send key, and people forget it.
    for code, step in plan.codes.near(digits + "#"):
        if step.is_complete:
            return _Reading(code.destination(*step.arguments))
    return _Reading(cause=reading.cause or Cause.INVALID_NUMBER) if reading.can_grow else reading


def _both(one: _Reading, other: _Reading) -> _Reading:
    return _Reading(
        one.destination or other.destination,
        one.can_grow or other.can_grow,
        one.tone or other.tone,
        one.cause or other.cause,
    )


def _read_code(plan: Plan, code: Code, step: Step, is_final: bool) -> _Reading:
    if step.is_complete:
        return _Reading(code.destination(*step.arguments))
    dialled, part = step.tail_digits, step.tail
    if part is None:
        return _Reading(can_grow=True)
    if not dialled:
        return _Reading(can_grow=True, tone="second_dial" if part is Part.NUMBER else "")
    if part is Part.NUMBER:
        return _read_number(plan, code, step, is_final)
    destination = code.destination(*step.arguments, dialled)
    if part is Part.EXTENSION:
        can_grow = plan.has_longer_extension(dialled)
        if dialled in plan.extensions:
            return _Reading(destination, can_grow)
        return _Reading(can_grow=True) if can_grow else _Reading(cause=Cause.UNKNOWN_NUMBER)
    return _Reading(destination if len(dialled) >= part.least else None, len(dialled) < part.most)


def _read_number(plan: Plan, code: Code, step: Step, is_final: bool) -> _Reading:
    """A number at the end of a code is complete when it would be by itself."""
    if len(step.tail_digits) > Part.NUMBER.most:
        return _Reading(cause=Cause.INVALID_NUMBER)
    match _judge(plan, step.tail_digits, is_final, _NO_READING):
        case More():
            return _Reading(can_grow=True)
        case Rejected(cause):
            return _Reading(cause=cause)
        case Dial(destination):
            if destination.kind == "emergency" and code.name in ONCE:
                return _Reading(destination)
            return _Reading(code.destination(*step.arguments, step.tail_digits))


def _judge_by_map(plan: Plan, digits: str, is_final: bool) -> Verdict:
    if _DIALLED.fullmatch(digits) is None:
        return Rejected(Cause.INVALID_NUMBER)
    match = plan.digit_map.match(digits)
    match match.kind:
        case MatchKind.BARRED:
            return Rejected(Cause.BARRED)
        case MatchKind.NONE:
            return Rejected(Cause.UNKNOWN_NUMBER)
        case MatchKind.PARTIAL:
            return Rejected(Cause.INVALID_NUMBER) if is_final else More(plan.pause_ms)
        case MatchKind.OPEN if not is_final:
            return More(plan.pause_ms)
    if _NUMBER.fullmatch(match.number) is None:
        return Rejected(Cause.INVALID_NUMBER)
    # Somebody used to a prefix for outside lines dials 9-911: an emergency where the map takes the 9 away.
    kind = "emergency" if match.number in plan.emergency else "number"
    return Dial(Destination(kind, match.number))


def _malformed(plan: Plan) -> Iterator[str]:
    for extension in sorted(plan.extensions):
        if _EXTENSION.fullmatch(extension) is None:
            yield f"extension {extension!r} does not have 2 to 6 digits"
    for code, name in sorted(plan.services.items()):
        if _DIALLED.fullmatch(code) is None:
            yield f"the code {code!r} of {name!r} does not consist of 1 to {MAX_DIGITS} digits, * and #"
        if _SERVICE_NAME.fullmatch(name) is None:
            yield f"{name!r} cannot be the name of a service"
    for number in plan.emergency:
        if _EMERGENCY.fullmatch(number) is None:
            yield f"emergency number {number!r} does not have 2 to 8 digits"
    if plan.pause_ms <= 0 or plan.first_digit_ms <= 0:
        yield "the pauses of the dial plan must be longer than nothing"


def _collisions(plan: Plan) -> Iterator[str]:
    taken = [(f"extension {extension}", extension) for extension in sorted(plan.extensions)]
    taken += [(f"the code {code} of {name}", code) for code, name in sorted(plan.services.items())]
    for what, number in taken:
        if number in plan.emergency:
            yield f"{what} can never be reached: {number} is an emergency number"
            continue
        for emergency in plan.emergency:
            if emergency and number.startswith(emergency):
                yield f"{what} delays emergency calls: it begins with {emergency}"
    for code in sorted(plan.extensions & plan.services.keys()):
        yield f"the code {code} of {plan.services[code]} can never be reached: it is an extension"


def _code_collisions(plan: Plan) -> Iterator[str]:
    for code in plan.codes.codes:
        what = f"the code {code.pattern} of {code.name}"
        for number in plan.emergency:
            if number and code.follow(number) is not None:
                yield f"{what} delays emergency calls: it can begin with {number}"
        if code.pattern in plan.services:
            yield f"{what} can never be reached: it is that of {plan.services[code.pattern]}"
        if code.head in plan.extensions or plan.has_longer_extension(code.head):
            yield f"{what} begins like an extension: {code.head} and more"
