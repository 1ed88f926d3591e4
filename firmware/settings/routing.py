"""Settings of routes and of the fence: where calls from outside go, which way calls go out, and which may."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from firmware.settings.formats import (
    CALLER_PATTERN_WORDS,
    DESTINATION,
    DESTINATION_WORDS,
    LIST_MAX,
    ROUTES_MAX,
    CallerPattern,
    RouteName,
    setting,
    text,
)
from firmware.settings.section import Section

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Holiday = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$")]
ScheduleName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,20}$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
NumberPrefix = Annotated[str, StringConstraints(pattern=r"^\+[0-9]{1,15}$")]


class Hours(Section):
    """Hours of some days."""

    days: list[Weekday] = setting("Days", "Of the week.", lambda: ["mon", "tue", "wed", "thu", "fri"], max_length=7)
    begin: TimeOfDay = setting("From", "Local time.", "09:00", words='a time such as "09:00"')
    end: TimeOfDay = setting(
        "To", "Local time; earlier than the beginning: on the next day.", "17:00", words='a time such as "17:00"'
    )


class Schedule(Section):
    """A time of day, of the week and of the year."""

    hours: list[Hours] = setting("Hours", "When it holds.", list, max_length=21)
    holidays: list[Holiday] = setting(
        "Holidays",
        "Days on which it does not hold.",
        list,
        max_length=366,
        words='a date such as "12-25" or "2027-04-05"',
    )


class InboundRoute(Section):
    """Where some calls from outside go. The first that fits decides; what is empty fits all."""

    trunk: str = setting(
        "Trunk",
        "The trunk that it came in by.",
        "",
        words='the name of a trunk, or "line:1" to "line:8"',
        pattern=r"^(line:[1-8]|[a-z0-9-]{1,20})?$",
    )
    called: str = setting(
        "Called number",
        "As the trunk tells it.",
        "",
        words=CALLER_PATTERN_WORDS,
        pattern=r"^\+?[0-9]{0,20}\*?$",
    )
    caller: str = setting(
        "Caller",
        'Who calls; "anonymous" is who withholds the number.',
        "",
        words=f'"anonymous", or {CALLER_PATTERN_WORDS}',
        pattern=r"^(anonymous|\+?[0-9]{0,20}\*?)$",
    )
    schedule: str = setting(
        "Schedule",
        "When it holds; empty: always.",
        "",
        words="1 to 20 of a-z, 0-9 and -",
        pattern=r"^([a-z0-9-]{1,20})?$",
    )
    destination: str = setting("Goes to", "Where such a call is sent.", words=DESTINATION_WORDS, pattern=DESTINATION)


class OutboundRoute(Section):
    """Which way some numbers go out. The first whose pattern fits decides; its trunks are tried in order."""

    name: str = text("Name", "For people.", max_length=40)
    pattern: str = setting(
        "Numbers",
        "Beginning of the number in its international form, such as +49; empty: all.",
        "",
        words="+ and digits",
        pattern=r"^(\+[0-9]{0,15})?$",
    )
    trunks: list[RouteName] = setting(
        "Trunks", "In order.", max_length=ROUTES_MAX, min_length=1, words='the name of a trunk, or "line:1" to "line:8"'
    )
    number_format: Literal["dialled", "e164", "international", "national"] = setting(
        "Sent as",
        "As dialled, +49301234, 0049301234 or 0301234 (with the country's own prefixes).",
        "dialled",
    )
    strip: int = setting("Take away", "So many digits at the beginning, before the prefix is added.", 0, ge=0, le=10)
    prefix: str = setting("Put before", "Digits.", "", words="up to 10 of 0-9, * and #", pattern=r"^[0-9*#]{0,10}$")
    caller_number: str = setting(
        "Number shown",
        "Empty: the trunk's.",
        "",
        words="up to 20 digits, with a leading + where needed",
        pattern=r"^(\+?[0-9]{1,20})?$",
    )


class Rate(Section):
    """What calls to some numbers cost."""

    prefix: NumberPrefix = setting(
        "Numbers", "Beginning of the number in its international form.", words="+ and digits"
    )
    per_minute: float = setting("A minute costs", "In the currency of the fence.", ge=0, le=1000)
    per_call: float = setting("Each call costs", "Beside the minutes.", 0.0, ge=0, le=1000)


class Fence(Section):
    """Limits against toll fraud. Emergency calls know none."""

    countries: list[CountryCode] = setting(
        "Countries",
        "That may be called beside the own one.",
        list,
        max_length=250,
        words="a country code of two capital letters",
    )
    blocked: list[CallerPattern] = setting(
        "Barred numbers",
        "Never called.",
        list,
        max_length=LIST_MAX,
        words="+ and digits, a final * stands for the rest",
    )
    call_minutes_max: int = setting("Longest call, min", "A call outside ends after that.", 180, ge=1, le=1440)
    hour_calls_max: int = setting("Calls an hour", "Outside calls in any 60 minutes.", 60, ge=1, le=10000)
    same_number_hour_max: int = setting(
        "Calls an hour to one number",
        "Who redials a busy number all day is no fraud; a machine that does is.",
        20,
        ge=1,
        le=10000,
    )
    day_minutes_max: int = setting(
        "Minutes a day", "Of outside calls that cost something or leave the country.", 300, ge=1, le=100000
    )
    day_money_max: float = setting("Money a day", "In your currency, as the rates say.", 20.0, ge=0, le=100000)
    rates: list[Rate] = setting("Rates", "The longest prefix that fits counts.", list, max_length=LIST_MAX)
