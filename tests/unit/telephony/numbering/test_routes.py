"""Where calls from outside go by trunk, numbers and time, and by which trunks calls go out."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import countries
from firmware.telephony.events import Caller, Destination
from firmware.telephony.numbering import numbers, routes
from firmware.telephony.numbering.numbers import Home
from firmware.telephony.numbering.routes import Hours, InboundRoute, InboundTable, OutboundRoute, Schedule, TrunkTry

DE = Home.of(countries.load("DE"))
US = Home.of(countries.load("US"))
NOON = datetime(2027, 6, 2, 12, 0)  # noqa: DTZ001 - a wall clock
WORKDAYS = frozenset(range(5))


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)


def to(extension: str, **fits: str) -> InboundRoute:
    return InboundRoute(Destination("extension", extension), **fits)


def found(table: InboundTable, trunk: str = "hosted", called: str = "", number: str = "", now: datetime = NOON) -> str:
    destination = routes.inbound(table, trunk, called, Caller(number, withheld=not number), now)
    return destination.value if destination else ""


def test_the_first_route_that_fits_decides() -> None:
    table = InboundTable(DE, (to("1", trunk="other"), to("2", called="+4930123*"), to("3", trunk="hosted"), to("4")))
    assert found(table, called="030123456") == "2"
    assert found(table, called="030999") == "3"
    assert found(table, trunk="line:1") == "4"


def test_no_route_is_no_destination() -> None:
    assert found(InboundTable(DE)) == ""
    assert found(InboundTable(DE, (to("1", caller="anonymous"),)), number="030123") == ""


@pytest.mark.parametrize("pattern", ["+4930123456", "030123456", "004930123456", "+4930*", "030*", "0049*", "*"])
@pytest.mark.parametrize("told", ["+4930123456", "030123456", "004930123456"])
def test_a_caller_is_known_however_the_number_is_written(pattern: str, told: str) -> None:
    assert found(InboundTable(DE, (to("1", caller=pattern),)), number=told) == "1"


@pytest.mark.parametrize("pattern", ["212*", "1212*", "+1212*", "+12125551234", "2125551234"])
@pytest.mark.parametrize("told", ["+12125551234", "12125551234", "2125551234"])
def test_an_american_caller_is_known_with_and_without_1(pattern: str, told: str) -> None:
    assert found(InboundTable(US, (to("1", caller=pattern),)), number=told) == "1"


def test_a_caller_who_hides_fits_anonymous_and_no_number() -> None:
    table = InboundTable(DE, (to("1", caller="*"), to("2", caller="anonymous")))
    assert found(table) == "2"
    assert found(table, number="030123") == "1"


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2027-06-04 21:59", False),  # Friday
        ("2027-06-04 22:00", True),
        ("2027-06-04 23:59", True),
        ("2027-06-05 00:00", True),
        ("2027-06-05 05:59", True),
        ("2027-06-05 06:00", False),
        ("2027-06-05 22:00", False),  # Saturday has no hours of its own
        ("2027-06-07 05:00", False),  # Sunday's night neither
    ],
)
def test_hours_over_midnight_belong_to_the_day_on_which_they_begin(now: str, is_open: bool) -> None:
    assert routes.holds(Schedule((Hours(WORKDAYS, 22 * 60, 6 * 60),)), day(now)) is is_open


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2027-12-24 12:00", True),
        ("2027-12-25 12:00", False),
        ("2028-12-25 12:00", False),
        ("2027-04-05 12:00", False),
        ("2028-04-05 12:00", True),
        ("2027-12-26 03:00", False),  # the night of the 25th
        ("2027-12-25 03:00", True),  # the night of the 24th
    ],
)
def test_on_holidays_a_schedule_does_not_hold(now: str, is_open: bool) -> None:
    hours = (Hours(frozenset(range(7)), 9 * 60, 17 * 60), Hours(frozenset(range(7)), 22 * 60, 6 * 60))
    schedule = Schedule(hours, frozenset({"12-25", "2027-04-05"}))
    assert routes.holds(schedule, day(now)) is is_open


def test_hours_until_24_end_at_midnight_and_begin_at_24_on_the_next_day() -> None:
    assert routes.holds(Schedule((Hours(frozenset({2}), 0, 1440),)), day("2027-06-02 23:59"))
    assert not routes.holds(Schedule((Hours(frozenset({2}), 0, 1440),)), day("2027-06-03 00:00"))
    assert routes.holds(Schedule((Hours(frozenset({2}), 1440, 60),)), day("2027-06-03 00:30"))


def test_a_schedule_of_holidays_alone_holds_on_all_other_days() -> None:
    schedule = Schedule(holidays=frozenset({"12-25"}))
    assert routes.holds(schedule, day("2027-12-24 03:00"))
    assert not routes.holds(schedule, day("2027-12-25 03:00"))


@pytest.mark.parametrize(
    ("utc", "is_open"),
    [
        ("2027-03-28T00:59+00:00", False),  # 01:59
        ("2027-03-28T01:00+00:00", True),  # 03:00; there was no 02:30
        ("2027-03-28T01:59+00:00", True),
        ("2027-03-28T02:00+00:00", False),  # 04:00
        ("2027-10-31T00:00+00:00", False),  # 02:00, summer time
        ("2027-10-31T00:30+00:00", True),  # 02:30
        ("2027-10-31T01:00+00:00", False),  # 02:00 again
        ("2027-10-31T01:30+00:00", True),  # 02:30 again
        ("2027-10-31T02:59+00:00", True),
        ("2027-10-31T03:00+00:00", False),
    ],
)
def test_summer_time_leaves_out_and_repeats_an_hour_and_schedules_follow_the_wall_clock(
    utc: str, is_open: bool
) -> None:
    local = day(utc).astimezone(ZoneInfo("Europe/Berlin"))
    assert routes.holds(Schedule((Hours(frozenset({6}), 150, 240),)), local) is is_open


def test_a_route_with_a_schedule_that_is_gone_never_fits() -> None:
    table = InboundTable(DE, (to("1", schedule="gone"), to("2", schedule="open")), {"open": Schedule()})
    assert found(table) == "2"


def tries(
    table: list[OutboundRoute], dialled: str, home: Home = DE, trunks: tuple[str, ...] = ("a", "b")
) -> list[TrunkTry]:
    number = numbers.read(dialled, home)
    assert number is not None
    return list(routes.outbound(table, number, home, trunks))


def test_without_a_route_all_trunks_are_tried_in_their_order_with_the_number_as_dialled() -> None:
    assert tries([], "030123456") == [TrunkTry("a", "030123456"), TrunkTry("b", "030123456")]


def test_the_first_pattern_that_fits_gives_trunks_and_form() -> None:
    table = [
        OutboundRoute(("x",), "+33", "international"),
        OutboundRoute(("y", "z"), "+49", "e164", caller_number="+4930999"),
        OutboundRoute(("w",)),
    ]
    assert tries(table, "0033123456789") == [TrunkTry("x", "0033123456789")]
    assert tries(table, "030123456") == [TrunkTry(name, "+4930123456", "+4930999") for name in "yz"]
    assert tries(table, "0041446681800") == [TrunkTry("w", "0041446681800")]


def test_short_and_local_numbers_go_by_the_routes_of_the_own_country() -> None:
    table = [OutboundRoute(("berlin",), "+4930"), OutboundRoute(("own",), "+49"), OutboundRoute(("rest",), "+")]
    assert tries(table, "116117") == [TrunkTry("own", "116117")]
    assert tries(table, "1234567") == [TrunkTry("own", "1234567")]


@pytest.mark.parametrize(
    ("number_format", "strip", "prefix", "sent"),
    [
        ("e164", 0, "", "+4930123456"),
        ("e164", 2, "0", "030123456"),
        ("e164", 0, "00", "004930123456"),
        ("national", 1, "9", "930123456"),
        ("dialled", 0, "9", "9030123456"),
    ],
)
def test_digits_are_taken_away_and_put_before(number_format: str, strip: int, prefix: str, sent: str) -> None:
    route = OutboundRoute(("t",), "", number_format, strip, prefix)
    assert tries([route], "030123456") == [TrunkTry("t", sent)]


@pytest.mark.parametrize(("number_format", "strip"), [("e164", 2), ("e164", 0), ("national", 0), ("dialled", 1)])
def test_a_form_that_is_made_for_longer_numbers_never_spoils_an_emergency_number(
    number_format: str, strip: int
) -> None:
    table = [OutboundRoute(("a", "b"), "", number_format, strip, "9")]
    assert tries(table, "112") == [TrunkTry("a", "112"), TrunkTry("b", "112")]


def test_an_emergency_number_gets_the_digits_that_a_trunk_wants_before_every_number() -> None:
    table = [
        OutboundRoute(("x",), "+33", prefix="7"),
        OutboundRoute(("b",), "+49", prefix="0", caller_number="+4930999"),
    ]
    with_digits = TrunkTry("b", "0112", "+4930999")
    assert tries(table, "112") == [TrunkTry("a", "112"), with_digits, TrunkTry("b", "112", "+4930999")]


@given(st.text("0123456789*#", max_size=30), st.sampled_from(["dialled", "e164"]), st.integers(0, 10))
def test_whatever_routes_say_an_emergency_number_goes_out_by_every_trunk_as_it_is(
    prefix: str, wanted: str, strip: int
) -> None:
    ways = tries([OutboundRoute(("a",), "", wanted, strip, prefix)], "112")
    assert {way.trunk for way in ways if way.number == "112"} == {"a", "b"}
    assert all(numbers.is_sendable(way.number) for way in ways)


@given(
    st.text("0123456789*#", min_size=1, max_size=20),
    st.sampled_from(["dialled", "e164", "international", "national"]),
    st.integers(0, 10),
    st.text("0123456789*#", max_size=10),
)
def test_whatever_is_rewritten_only_numbers_of_20_digits_leave(
    dialled: str, wanted: str, strip: int, prefix: str
) -> None:
    for attempt in tries([OutboundRoute(("t",), "", wanted, strip, prefix)], dialled):
        assert numbers.is_sendable(attempt.number)
