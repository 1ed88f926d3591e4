"""Routes, schedules and fence of the settings, turned into the plain values that judge calls."""

from typing import get_args

from firmware.countries import Country
from firmware.settings import Settings
from firmware.settings.routing import Weekday
from firmware.telephony.events import Destination
from firmware.telephony.numbering.fence import Policy, Rate, money_limit
from firmware.telephony.numbering.numbers import Home, region_of
from firmware.telephony.numbering.routes import Hours, InboundRoute, InboundTable, OutboundRoute, Schedule

_DAYS = get_args(Weekday)


def policy(settings: Settings, country: Country) -> Policy:
    """What the fence allows."""
    fence = settings.fence
    return Policy(
        Home.of(country),
        frozenset(map(region_of, fence.countries)),
        tuple(fence.blocked),
        fence.call_minutes_max,
        fence.hour_calls_max,
        fence.day_minutes_max,
        money_limit(fence.day_money_max),
        tuple(Rate.of(rate.prefix, rate.per_minute, rate.per_call) for rate in fence.rates),
        same_number_max=fence.same_number_hour_max,
    )


def outbound_routes(settings: Settings) -> tuple[OutboundRoute, ...]:
    """Which way numbers go out."""
    return tuple(
        OutboundRoute(
            tuple(route.trunks), route.pattern, route.number_format, route.strip, route.prefix, route.caller_number
        )
        for route in settings.outbound_routes
    )


def inbound_table(settings: Settings, country: Country) -> InboundTable:
    """Where calls from outside go."""
    routes = tuple(
        InboundRoute(Destination.parse(route.destination), route.trunk, route.called, route.caller, route.schedule)
        for route in settings.inbound_routes
    )
    return InboundTable(Home.of(country), routes, {name: _schedule(settings, name) for name in settings.schedules})


def _schedule(settings: Settings, name: str) -> Schedule:
    own = settings.schedules[name]
    hours = (
        Hours(frozenset(map(_DAYS.index, each.days)), _minute(each.begin), _minute(each.end)) for each in own.hours
    )
    return Schedule(tuple(hours), frozenset(own.holidays))


def _minute(time_of_day: str) -> int:
    return int(time_of_day[:2]) * 60 + int(time_of_day[3:])
