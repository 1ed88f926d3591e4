"""The dial plan: where dialled digits lead, and how long to wait for more. Knows no clock, port or trunk."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from firmware.telephony.digits import MAX_DIGITS, DigitMap, MatchKind
from firmware.telephony.events import Cause, Destination

__all__ = ["Dial", "More", "Plan", "Rejected", "Verdict", "is_send_key", "judge", "validate"]

_DIALLED = re.compile(rf"[0-9*#]{{1,{MAX_DIGITS}}}")
# Whatever settings and maps say, nothing else leaves the box: no host names, no SIP parameters.
_NUMBER = re.compile(rf"[0-9*#]{{1,{MAX_DIGITS}}}|\+[0-9*#]{{1,{MAX_DIGITS - 1}}}")
_EXTENSION = re.compile(r"[0-9]{2,6}")
_EMERGENCY = re.compile(r"[0-9]{2,8}")
_SERVICE_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be dialled. Order of precedence: emergency numbers, extensions, service codes, digit map."""

    extensions: frozenset[str]
    services: Mapping[str, str]  # code -> name: "*43" -> "echo"
    emergency: tuple[str, ...]
    digit_map: DigitMap
    pause_ms: int
    first_digit_ms: int


@dataclass(frozen=True, slots=True)
class More:
    """Wait so long for another digit; after that judge again with `is_final`."""

    wait_ms: int


@dataclass(frozen=True, slots=True)
class Dial:
    """Call this now."""

    destination: Destination


@dataclass(frozen=True, slots=True)
class Rejected:
    """These digits lead nowhere."""

    cause: Cause


Verdict = More | Dial | Rejected


def judge(plan: Plan, digits: str, *, is_final: bool = False) -> Verdict:
    """What to do with the digits so far; `is_final` when the pause ran out or the send key was pressed.

    A number sent carries 1 to 20 of 0-9, * and #, with + in front at most; anything else is INVALID_NUMBER.
    """
    if not digits:
        return Rejected(Cause.INVALID_NUMBER) if is_final else More(plan.first_digit_ms)
    if _DIALLED.fullmatch(digits) is None:
        return Rejected(Cause.INVALID_NUMBER)
    may_be_longer = any(len(own) > len(digits) and own.startswith(digits) for own in _own_numbers(plan))
    destination = _own_destination(plan, digits)
    if destination is not None:
        if destination.kind != "emergency":
            may_be_longer = may_be_longer or plan.digit_map.match(digits).can_grow
        return More(plan.pause_ms) if may_be_longer and not is_final else Dial(destination)
    if may_be_longer and not is_final:
        return More(plan.pause_ms)
    return _judge_by_map(plan, digits, is_final)


def is_send_key(plan: Plan, digits: str) -> bool:
    """Whether a `#` after these digits means "send now" and is no digit of a code or of the map."""
    if not digits:
        return False
    if digits in plan.emergency:
        return True
    longer = digits + "#"
    if any(own.startswith(longer) for own in _own_numbers(plan)):
        return False
    kind = plan.digit_map.match(longer).kind
    if kind is MatchKind.BARRED:  # a bar may name the code itself, or only the digits before the #
        return plan.digit_map.match(digits).kind is MatchKind.BARRED
    return kind is MatchKind.NONE


def validate(plan: Plan) -> list[str]:
    """What is wrong with a plan, one sentence each; the plan works all the same, as `judge` decides."""
    return [*_malformed(plan), *_collisions(plan)]


def _own_numbers(plan: Plan) -> Iterator[str]:
    yield from plan.emergency
    yield from plan.extensions
    yield from plan.services


def _own_destination(plan: Plan, digits: str) -> Destination | None:
    if digits in plan.emergency:
        return Destination("emergency", digits)
    if digits in plan.extensions:
        return Destination("extension", digits)
    if digits in plan.services:
        return Destination("service", plan.services[digits])
    return None


def _judge_by_map(plan: Plan, digits: str, is_final: bool) -> Verdict:
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
