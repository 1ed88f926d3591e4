"""The fence against toll fraud: may this call go out, and for how long. Knows no clock, no ledger and no trunk."""

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from firmware.telephony.numbering.numbers import Home, Number, NumberClass, forms, matches

__all__ = ["Allowed", "Denied", "Policy", "Rate", "Request", "Spending", "Tariff", "judge", "minutes_of", "tariff_of"]

MONEY_UNITS = 10_000
"""Parts of one unit of the currency in which money is counted: whole numbers neither drift nor round."""

_HANG_UP_S = 2.0  # the BYE and its repetitions take their time, and a minute that has begun is charged


@dataclass(frozen=True, slots=True)
class Rate:
    """What calls to numbers that begin with `prefix` cost, in `MONEY_UNITS`."""

    prefix: str
    per_minute: int
    per_call: int = 0

    @classmethod
    def of(cls, prefix: str, per_minute: float, per_call: float = 0.0) -> "Rate":
        """From amounts in the currency; what is too small to count is rounded up."""
        return cls(prefix, _units(per_minute, ROUND_CEILING), _units(per_call, ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits. `countries` may be called beside the own one; `day_money_max` is in `MONEY_UNITS`."""

    home: Home
    countries: frozenset[str] = frozenset()
    blocked: tuple[str, ...] = ()
    call_minutes_max: int = 180
    hour_calls_max: int = 60
    day_minutes_max: int = 300
    day_money_max: int = 20 * MONEY_UNITS
    rates: tuple[Rate, ...] = ()
    same_number_max: int = 20
    """Calls an hour to one number that is counted: whoever earns by calls lets one number be called again and again."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants what: `permissions` are those of the extension that is charged, None where nobody is."""

    number: Number
    permissions: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Spending:
    """What is used up of the last 60 minutes and 24 hours, with all that the calls now up may still use."""

    hour_calls: int = 0
    day_minutes: int = 0
    day_money: int = 0
    same_number_calls: int = 0


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a call costs; `is_counted`: its minutes count, since it costs something or leaves the country."""

    per_minute: int
    per_call: int
    is_counted: bool

    def cost(self, minutes: int) -> int:
        """Of a call of so many begun minutes, in `MONEY_UNITS`; one that nobody answered costs nothing."""
        return self.per_call + self.per_minute * minutes if minutes else 0


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may go out for `max_s`; `minutes` is what it can use at most. None of it for an emergency call."""

    max_s: float | None = None
    minutes: int = 0
    tariff: Tariff = Tariff(0, 0, False)


@dataclass(frozen=True, slots=True)
class Denied:
    """It may not; `words` for the log and the page name no number."""

    words: str


def judge(policy: Policy, spending: Spending, request: Request) -> Allowed | Denied:
    """May this call go out? What is not known to be harmless is not allowed; an emergency call always is."""
    if request.number.kind is NumberClass.EMERGENCY:
        return Allowed()
    words = _why_never(policy, request) or _why_not_now(policy, spending)
    if words:
        return Denied(words)
    tariff = tariff_of(policy, request.number)
    return _bounded(policy, spending, tariff) if tariff.is_counted else _free(policy, tariff)


def tariff_of(policy: Policy, number: Number) -> Tariff:
    """What a call to this number costs: the rate with the longest prefix counts; without one it costs nothing."""
    reach = number.e164 or f"+{policy.home.calling_code}"
    fitting = [rate for rate in policy.rates if reach.startswith(rate.prefix)]
    rate = max(fitting, key=lambda rate: len(rate.prefix), default=Rate("", 0))
    is_costly = number.kind in (NumberClass.PREMIUM, NumberClass.UNKNOWN)
    is_counted = bool(rate.per_minute or rate.per_call) or is_costly or number.country != policy.home.region
    return Tariff(rate.per_minute, rate.per_call, is_counted)


def minutes_of(seconds: float) -> int:
    """Begun minutes: the dearest way in which calls are usually charged (60/60)."""
    return math.ceil(seconds / 60)


def money_limit(amount: float) -> int:
    """A limit in the currency, in `MONEY_UNITS`."""
    return _units(amount, ROUND_FLOOR)


def _units(amount: float, rounding: str) -> int:
    # By the digits that somebody typed: 0.07 * 10000 would be 700.0000000000001.
    return int((Decimal(repr(amount)) * MONEY_UNITS).to_integral_value(rounding))


def _why_never(policy: Policy, request: Request) -> str:
    number, permissions = request.number, request.permissions
    written = forms(number.dialled, policy.home)
    if any(matches(pattern, written) for pattern in policy.blocked):
        return "the number is barred"
    if permissions is None:
        return "calls from outside may not go out again"
    needed = _NEEDED.get(number.kind, "national")
    if needed not in permissions:
        return f"the extension may not call {_WORDS.get(number.kind, f'{needed} numbers')}"
    if number.country == policy.home.region or (not number.country and number.e164.startswith(_own(policy))):
        return ""
    if "international" not in permissions:
        return "the extension may not call international numbers"
    if number.country not in policy.countries or number.country == _NO_COUNTRY:
        return f"calls to {_place(number)} are not allowed"
    return ""


def _why_not_now(policy: Policy, spending: Spending) -> str:
    if spending.hour_calls >= policy.hour_calls_max:
        return f"there were {policy.hour_calls_max} calls outside in the last hour, and no more are allowed"
    return ""


def _free(policy: Policy, tariff: Tariff) -> Allowed:
    return Allowed(policy.call_minutes_max * 60.0, policy.call_minutes_max, tariff)


def _bounded(policy: Policy, spending: Spending, tariff: Tariff) -> Allowed | Denied:
    """What is left of minutes and money bounds the call."""
    if spending.same_number_calls >= policy.same_number_max:
        return Denied(f"this number was called {policy.same_number_max} times in the last hour")
    minutes = min(policy.call_minutes_max, policy.day_minutes_max - spending.day_minutes)
    if minutes < 1:
        return Denied(f"the {policy.day_minutes_max} minutes of 24 hours are used up, or kept for a call now up")
    money = policy.day_money_max - spending.day_money
    if tariff.cost(1) > max(0, money):
        return Denied("what is left of the money of 24 hours does not pay for this call")
    if tariff.per_minute:
        minutes = min(minutes, (money - tariff.per_call) // tariff.per_minute)
    return Allowed(minutes * 60 - _HANG_UP_S, minutes, tariff)


def _own(policy: Policy) -> str:
    return f"+{policy.home.calling_code}"


def _place(number: Number) -> str:
    if number.country == _NO_COUNTRY:
        return "satellites and other networks of no country"
    return f"the country {number.country}" if number.country else "a country that nobody knows"


_NO_COUNTRY = "001"  # UN M49: the world
_NEEDED = {
    NumberClass.MOBILE: "mobile",
    NumberClass.INTERNATIONAL: "international",
    NumberClass.PREMIUM: "premium",
    NumberClass.UNKNOWN: "premium",
}
_WORDS = {NumberClass.UNKNOWN: "numbers of which nobody knows the cost"}
