"""What a dialled number is: its international form, class and country. Knows no route, no limit and no call."""

import enum
import re
from dataclasses import dataclass

from firmware.countries import Country

__all__ = [
    "Home",
    "Number",
    "NumberClass",
    "formatted",
    "forms",
    "is_sendable",
    "matches",
    "read",
    "region_of",
    "to_e164",
    "warm_up",
]

NUMBER_MAX = 20  # ITU-T E.164 numbers have 15 digits; the rest is room for access codes and rewriting
# Whatever comes in, nothing else leaves: no host names, no SIP parameters, no line ends.
_SENDABLE = re.compile(rf"[0-9*#]{{1,{NUMBER_MAX}}}|\+[0-9*#]{{1,{NUMBER_MAX - 1}}}")
_LOCAL_MAX = 8  # digits of a number without area code; longer ones are read as international ones without their +
_SHORT_MAX = 6  # 116117 is the longest (ETSI TS 103 625 lists the harmonised ones)
_NANP_LOCAL = 7  # North American Numbering Plan: central office code and line number
_HIDDEN_MIN = 7  # so many digits behind a * may be a number, such as one to which the network shall forward
_REGIONS = {"UK": "GB"}  # ISO 3166-1 has GB; UK is only reserved there
# Cost money by the call, and are in no list of the library: directory services (118), and the operator, whom the
# North American plan reaches by 0. 976 is the premium office code there.
_COSTLY_SHORT = {"DE": ("118",), "GB": ("118",), "US": ("0",)}
_COSTLY = {"US": re.compile(r"\+1[0-9]{3}976[0-9]{4}|976[0-9]{4}")}


class NumberClass(enum.Enum):
    """Classes of numbers; the values are those of the page."""

    NATIONAL = "national"
    MOBILE = "mobile"
    INTERNATIONAL = "international"
    PREMIUM = "premium"
    TOLL_FREE = "toll-free"
    EMERGENCY = "emergency"
    SHORT = "short"
    UNKNOWN = "unknown"  # in no numbering plan: it may cost anything


@dataclass(frozen=True, slots=True)
class Home:
    """How numbers are dialled where the box stands; `region` is its ISO 3166-1 code."""

    region: str
    calling_code: str
    trunk_prefix: str
    international_prefix: str
    emergency: tuple[str, ...]

    @classmethod
    def of(cls, country: Country) -> "Home":
        """From a country's profile."""
        plan = country.numbering
        return cls(
            region=region_of(country.code),
            calling_code=plan.country_calling_code,
            trunk_prefix=plan.trunk_prefix,
            international_prefix=plan.international_prefix,
            emergency=plan.emergency_numbers,
        )

    @property
    def is_trunk_prefix_calling_code(self) -> bool:
        """As in North America, where 1 is both: a number may then be dialled with and without it."""
        return self.trunk_prefix == self.calling_code


@dataclass(frozen=True, slots=True)
class Number:
    """A number as dialled; `e164` is "" for short and local ones.

    `country` is the ISO 3166-1 code, "001" for what belongs to none (satellites), "" where nobody knows.
    """

    dialled: str
    e164: str
    kind: NumberClass
    country: str


def region_of(code: str) -> str:
    """The ISO 3166-1 code of a country as people and profiles write it."""
    return _REGIONS.get(code, code)


def is_sendable(text: str) -> bool:
    """Whether this may leave the box: 1 to 20 of 0-9, * and #, with a leading + at most."""
    return _SENDABLE.fullmatch(text) is not None


def read(dialled: str, home: Home) -> Number | None:
    """What was dialled at `home`; None for what no telephone can dial."""
    if not is_sendable(dialled):
        return None
    if dialled in home.emergency:
        return Number(dialled, "", NumberClass.EMERGENCY, home.region)
    e164 = to_e164(dialled, home)
    if not e164:
        return Number(dialled, "", _class_inside(dialled, home), home.region)
    kind, country = _looked_up(e164, home)
    return Number(dialled, e164, kind, country)


def to_e164(dialled: str, home: Home) -> str:
    """The international form, as the prefixes tell it ("+" and digits, valid or not); "" for short and local ones."""
    if not dialled.removeprefix("+").isdecimal():
        return ""
    if dialled.startswith("+"):
        return dialled
    abroad = dialled.removeprefix(home.international_prefix)
    if abroad != dialled:
        return f"+{abroad}" if abroad else ""
    if home.is_trunk_prefix_calling_code:
        return _to_north_american(dialled, home)
    if home.trunk_prefix and dialled.startswith(home.trunk_prefix):
        rest = dialled.removeprefix(home.trunk_prefix)
        return f"+{home.calling_code}{rest}" if rest else ""
    if not home.trunk_prefix and len(dialled) > _SHORT_MAX:
        return f"+{home.calling_code}{dialled}"
    # Trunks take 88216... for +88216... too: a number too long to be a local one must not pass as one.
    return f"+{dialled}" if len(dialled) > _LOCAL_MAX else ""


def formatted(number: Number, wanted: str, home: Home) -> str:
    """In the form "dialled", "e164", "international" or "national"; short and local numbers stay as dialled."""
    digits = number.e164.removeprefix("+")
    if not digits or wanted == "dialled":
        return number.dialled
    if wanted == "e164":
        return number.e164
    if wanted == "national" and digits.startswith(home.calling_code):
        return home.trunk_prefix + digits.removeprefix(home.calling_code)
    return home.international_prefix + digits


def forms(text: str, home: Home) -> frozenset[str]:
    """Every way in which people write this number down: a pattern that fits one of them fits the number."""
    e164 = to_e164(text, home)
    digits = e164.removeprefix("+")
    if not digits:
        return frozenset({text})
    found = {text, e164, home.international_prefix + digits}
    if digits.startswith(home.calling_code):
        national = digits.removeprefix(home.calling_code)
        found.add(home.trunk_prefix + national)
        if home.is_trunk_prefix_calling_code or not home.trunk_prefix:
            found.add(national)
    return frozenset(found)


def matches(pattern: str, written: frozenset[str]) -> bool:
    """Whether a pattern (a number, or its beginning with a final *) fits one of `forms`."""
    if not pattern.endswith("*"):
        return pattern in written
    return any(form.startswith(pattern[:-1]) for form in written)


def warm_up(home: Home) -> None:
    """Load what the first `read` would: 0.1 s or more on a small machine, so not on a thread that has calls."""
    _looked_up(f"+{home.calling_code}2015550123", home)


def _to_north_american(dialled: str, home: Home) -> str:
    if len(dialled) == 10 and dialled[0] in "23456789":
        return f"+{home.calling_code}{dialled}"
    return f"+{dialled}" if len(dialled) > _NANP_LOCAL else ""


def _class_inside(dialled: str, home: Home) -> NumberClass:
    """The class of what has no international form: short codes, local numbers, codes of the network."""
    if any(len(run) >= _HIDDEN_MIN for run in re.findall(r"[0-9]+", dialled)) and not dialled.isdecimal():
        return NumberClass.UNKNOWN
    if dialled.startswith("+") or not dialled.isdecimal():
        return NumberClass.SHORT if dialled[0] in "*#" else NumberClass.UNKNOWN
    if dialled.startswith(_COSTLY_SHORT.get(home.region, ())) or _is_costly(dialled, home):
        return NumberClass.PREMIUM
    # An analogue exchange takes digits heard later as the rest of the number: the beginning of one is not a number.
    prefixes = (home.international_prefix, home.trunk_prefix)
    if any(prefix and (prefix.startswith(dialled) or dialled.startswith(prefix)) for prefix in prefixes):
        return NumberClass.UNKNOWN
    return NumberClass.SHORT if len(dialled) <= _SHORT_MAX else NumberClass.NATIONAL


def _is_costly(text: str, home: Home) -> bool:
    costly = _COSTLY.get(home.region)
    return costly is not None and costly.fullmatch(text) is not None


def _looked_up(e164: str, home: Home) -> tuple[NumberClass, str]:
    """Class and country by the numbering plans of the world."""
    import phonenumbers  # late: it takes as long as the rest of the start, and only outside calls need it

    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return NumberClass.UNKNOWN, ""
    country = phonenumbers.region_code_for_number(parsed) or ""
    name = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(parsed))
    if f"+{parsed.country_code}{phonenumbers.national_significant_number(parsed)}" != e164:
        return NumberClass.UNKNOWN, country  # the library forgives what an exchange may read in another way
    kind = NumberClass.PREMIUM if _is_costly(e164, home) else _CLASS_OF.get(name, NumberClass.UNKNOWN)
    if country == home.region or kind in (NumberClass.PREMIUM, NumberClass.UNKNOWN):
        return kind, country
    return NumberClass.INTERNATIONAL, country


_CLASS_OF = {
    "FIXED_LINE": NumberClass.NATIONAL,
    "FIXED_LINE_OR_MOBILE": NumberClass.NATIONAL,  # North America does not tell them apart
    "VOIP": NumberClass.NATIONAL,
    "UAN": NumberClass.NATIONAL,
    "VOICEMAIL": NumberClass.NATIONAL,
    "MOBILE": NumberClass.MOBILE,
    "TOLL_FREE": NumberClass.TOLL_FREE,
    "PREMIUM_RATE": NumberClass.PREMIUM,
    "SHARED_COST": NumberClass.PREMIUM,
    # +44 70 and +44 76 look like mobiles and cost a multiple: a favourite of fraud.
    "PERSONAL_NUMBER": NumberClass.PREMIUM,
    "PAGER": NumberClass.PREMIUM,
}
