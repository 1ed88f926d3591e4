"""Which calls may go out, and how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import countries
from firmware.telephony.numbering import fence, numbers
from firmware.telephony.numbering.fence import Allowed, Denied, Policy, Rate, Request, Spending
from firmware.telephony.numbering.numbers import Home

DE = Home.of(countries.load("DE"))
US = Home.of(countries.load("US"))
UK = Home.of(countries.load("UK"))
USUAL = frozenset({"national", "mobile", "international"})
ALL = USUAL | {"premium"}
FRANCE = "0033123456789"


def ask(
    policy: Policy, dialled: str, permissions: frozenset[str] | None = USUAL, spent: Spending | None = None
) -> Allowed | Denied:
    number = numbers.read(dialled, policy.home)
    assert number is not None
    return fence.judge(policy, spent or Spending(), Request(number, permissions))


def words(answer: Allowed | Denied) -> str:
    assert isinstance(answer, Denied)
    return answer.words


@pytest.mark.parametrize(
    ("home", "dialled"),
    [
        *((DE, "09001123456"), (DE, "01377123456"), (DE, "11833"), (DE, "01801234567"), (DE, "0033899123456")),
        *((UK, "09061234567"), (UK, "07012345678"), (UK, "08701234567"), (UK, "118500"), (UK, "004990012345678")),
        *((US, "19005551234"), (US, "12129761234"), (US, "9761234"), (US, "15005551234"), (US, "0"), (US, "00")),
        *((US, "01149900112345678"), (DE, "00979123456789")),
    ],
)
def test_premium_numbers_are_denied_to_whom_they_were_not_allowed(home: Home, dialled: str) -> None:
    policy = Policy(home, countries=frozenset({"DE", "FR", "GB", "US"}))
    assert "premium" in words(ask(policy, dialled)) or "nobody knows the cost" in words(ask(policy, dialled))


@pytest.mark.parametrize(
    ("home", "dialled"),
    [
        *((DE, FRANCE), (DE, "+881612345678"), (DE, "00882161234567"), (DE, "882161234567"), (DE, "00870773123456")),
        *((DE, "0025261234567"), (DE, "0037120123456"), (UK, "07911123456"), (UK, "01481234567")),
        *((US, "18765551234"), (US, "8095551234"), (US, "12845551234"), (US, "01188216123456"), (US, "442071838750")),
    ],
)
def test_what_is_not_listed_is_denied_with_every_permission(home: Home, dialled: str) -> None:
    assert "not allowed" in words(ask(Policy(home), dialled, ALL))


@pytest.mark.parametrize(
    "prefix", ["00", "011", "9011", "900", "9900", "0011", "+", "1900", "010", "010130", "*72", "*21*"]
)
@pytest.mark.parametrize(
    "number", ["882161234567", "8821612345678", "25261234567", "2471234567", "9001123456", "37129123456"]
)
@pytest.mark.parametrize("home", [DE, UK, US], ids=["DE", "UK", "US"])
def test_no_prefix_of_the_trade_brings_a_fraud_number_out(home: Home, prefix: str, number: str) -> None:
    dialled = prefix + number
    read = numbers.read(dialled, home)
    if read is None or (read.country == home.region and read.kind.value in ("national", "mobile") and read.e164):
        return  # an ordinary number of the country, whatever its digits look like
    assert isinstance(ask(Policy(home), dialled), Denied)


def test_a_listed_country_is_allowed_to_whom_international_calls_are() -> None:
    policy = Policy(DE, countries=frozenset({"FR"}))
    assert isinstance(ask(policy, FRANCE), Allowed)
    assert "international" in words(ask(policy, FRANCE, frozenset({"national", "mobile"})))


@pytest.mark.parametrize(
    ("dialled", "needed"),
    [
        ("030123456", "national"),
        ("1234567", "national"),
        ("116117", "national"),
        ("015112345678", "mobile"),
        ("09001123456", "premium"),
    ],
)
def test_an_extension_calls_only_what_its_permissions_name(dialled: str, needed: str) -> None:
    assert isinstance(ask(Policy(DE), dialled, ALL), Allowed)
    assert isinstance(ask(Policy(DE), dialled, frozenset({needed})), Allowed)
    assert f"may not call {needed} numbers" in words(ask(Policy(DE), dialled, ALL - {needed}))


def test_numbers_in_no_plan_may_cost_anything_and_need_the_premium_permission() -> None:
    assert "nobody knows the cost" in words(ask(Policy(US), "15551234567"))
    assert isinstance(ask(Policy(US), "15551234567", ALL), Allowed)


@pytest.mark.parametrize("pattern", ["+49301*", "0301*", "0049301*", "030123456", "+4930123456", "*"])
@pytest.mark.parametrize("dialled", ["030123456", "+4930123456", "004930123456"])
def test_a_barred_number_is_barred_however_it_is_written(pattern: str, dialled: str) -> None:
    assert "barred" in words(ask(Policy(DE, blocked=(pattern,)), dialled, ALL))


def test_without_somebody_to_charge_nothing_goes_out() -> None:
    assert "from outside" in words(ask(Policy(DE), "030123456", None))


@pytest.mark.parametrize("emergency", ["110", "112"])
def test_an_emergency_call_knows_no_limit(emergency: str) -> None:
    policy = Policy(DE, blocked=("*",), hour_calls_max=1, day_minutes_max=1, day_money_max=0)
    spent = Spending(10_000, 10_000, 10_000_000, 10_000)
    assert ask(policy, emergency, None, spent) == Allowed(None)


@pytest.mark.parametrize(("used", "is_allowed"), [(58, True), (59, True), (60, False), (61, False)])
def test_calls_of_an_hour_are_limited(used: int, is_allowed: bool) -> None:
    answer = ask(Policy(DE, hour_calls_max=60), "030123456", USUAL, Spending(hour_calls=used))
    assert isinstance(answer, Allowed) is is_allowed


@pytest.mark.parametrize(("used", "is_allowed"), [(19, True), (20, False), (21, False)])
def test_calls_to_one_dear_number_are_limited_and_to_a_free_one_not(used: int, is_allowed: bool) -> None:
    policy, spent = Policy(DE, countries=frozenset({"FR"})), Spending(same_number_calls=used)
    assert isinstance(ask(policy, FRANCE, USUAL, spent), Allowed) is is_allowed
    assert isinstance(ask(policy, "030123456", USUAL, spent), Allowed)


@pytest.mark.parametrize(
    ("used", "max_s"), [(0, 10_798), (119, 10_798), (121, 179 * 60 - 2), (299, 58), (300, None), (301, None)]
)
def test_the_minutes_left_bound_a_call_abroad(used: int, max_s: int | None) -> None:
    policy = Policy(DE, countries=frozenset({"FR"}), call_minutes_max=180, day_minutes_max=300)
    answer = ask(policy, FRANCE, USUAL, Spending(day_minutes=used))
    if max_s is None:
        assert "minutes" in words(answer)
    else:
        assert isinstance(answer, Allowed) and answer.max_s == max_s


def test_minutes_of_free_calls_are_not_counted() -> None:
    answer = ask(Policy(DE), "030123456", USUAL, Spending(day_minutes=10_000, day_money=10**9))
    assert isinstance(answer, Allowed) and answer.max_s == 180 * 60 and not answer.tariff.is_counted


@pytest.mark.parametrize(
    ("used", "minutes"),
    [(0.0, 9), (17.9, 9), (18.0, 9), (18.01, 8), (19.6, 1), (19.61, None), (20.0, None), (21.0, None)],
)
def test_the_money_left_bounds_a_call_that_costs_some(used: float, minutes: int | None) -> None:
    policy = Policy(
        DE,
        countries=frozenset({"FR"}),
        rates=(Rate.of("+33", 0.20, 0.20),),
        day_money_max=fence.money_limit(20.0),
        call_minutes_max=9,
    )
    answer = ask(policy, FRANCE, USUAL, Spending(day_money=fence.money_limit(used)))
    if minutes is None:
        assert "money" in words(answer)
    else:
        assert isinstance(answer, Allowed) and answer.minutes == minutes


def test_the_rate_with_the_longest_prefix_counts() -> None:
    rates = (Rate.of("+4", 1.0), Rate.of("+49", 0.02), Rate.of("+4915", 0.2), Rate.of("+33", 0.1))
    policy = Policy(DE, rates=rates)
    for dialled, per_minute in (
        ("030123456", 200),
        ("015112345678", 2000),
        ("1234567", 200),
        ("0041446681800", 10_000),
    ):
        number = numbers.read(dialled, DE)
        assert number is not None
        assert fence.tariff_of(policy, number).per_minute == per_minute


def test_money_is_counted_by_the_digits_that_were_typed() -> None:
    assert Rate.of("+33", 0.07, 0.29) == Rate("+33", 700, 2900)
    assert Rate.of("+33", 0.00001).per_minute == 1  # never less than it is
    assert fence.money_limit(0.00009) == 0


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (0.1, 1), (60, 1), (60.1, 2), (120, 2)])
def test_a_minute_that_has_begun_counts(seconds: float, minutes: int) -> None:
    assert fence.minutes_of(seconds) == minutes


@given(
    dialled=st.text("0123456789*#", min_size=1, max_size=20),
    permissions=st.frozensets(st.sampled_from(sorted(ALL))),
    spent=st.builds(Spending, *[st.integers(0, 400)] * 4),
    home=st.sampled_from([DE, UK, US]),
)
def test_whatever_is_allowed_stays_within_every_limit(
    dialled: str, permissions: frozenset[str], spent: Spending, home: Home
) -> None:
    policy = Policy(
        home, frozenset({"FR", "US"}), rates=(Rate("+", 7, 3), Rate("+1", 0, 0)), day_money_max=300, day_minutes_max=350
    )
    answer = ask(policy, dialled, permissions, spent)
    if isinstance(answer, Denied) or answer.max_s is None:
        return
    assert spent.hour_calls < policy.hour_calls_max and answer.max_s <= policy.call_minutes_max * 60
    if answer.tariff.is_counted:
        assert spent.day_minutes + answer.minutes <= policy.day_minutes_max
        assert not answer.tariff.cost(1) or spent.day_money + answer.tariff.cost(answer.minutes) <= policy.day_money_max
        assert fence.minutes_of(answer.max_s) == answer.minutes > 0
