"""What dialled numbers are, in the countries that have a profile."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import countries
from firmware.telephony.numbering import numbers
from firmware.telephony.numbering.numbers import Home, NumberClass

HOMES = {code: Home.of(countries.load(code)) for code in ("US", "UK", "DE")}
LEAVES = re.compile(r"[0-9*#+]{1,20}")

N, M, A, P = NumberClass.NATIONAL, NumberClass.MOBILE, NumberClass.INTERNATIONAL, NumberClass.PREMIUM
F, E, S, U = NumberClass.TOLL_FREE, NumberClass.EMERGENCY, NumberClass.SHORT, NumberClass.UNKNOWN

TABLE = [
    # where, dialled, international form, class, country
    ("US", "12125551234", "+12125551234", N, "US"),
    ("US", "2125551234", "+12125551234", N, "US"),
    ("US", "+12125551234", "+12125551234", N, "US"),
    ("US", "5551234", "", N, "US"),
    ("US", "18005551234", "+18005551234", F, "US"),
    ("US", "19005551234", "+19005551234", P, "US"),
    ("US", "12129761234", "+12129761234", P, "US"),
    ("US", "9761234", "", P, "US"),
    ("US", "15005551234", "+15005551234", P, "US"),
    ("US", "18765551234", "+18765551234", A, "JM"),
    ("US", "8095551234", "+18095551234", A, "DO"),
    ("US", "16045551234", "+16045551234", A, "CA"),
    ("US", "17875551234", "+17875551234", A, "PR"),
    ("US", "15551234567", "+15551234567", U, ""),
    ("US", "011442071838750", "+442071838750", A, "GB"),
    ("US", "442071838750", "+442071838750", A, "GB"),
    ("US", "011882161234567", "+882161234567", A, "001"),
    ("US", "911", "", E, "US"),
    ("US", "411", "", S, "US"),
    ("US", "988", "", S, "US"),
    ("US", "0", "", P, "US"),
    ("US", "00", "", P, "US"),
    ("US", "011", "", P, "US"),
    ("US", "1", "", U, "US"),
    ("US", "101028819005551234", "+101028819005551234", U, ""),
    ("UK", "02071838750", "+442071838750", N, "GB"),
    ("UK", "+442071838750", "+442071838750", N, "GB"),
    ("UK", "00442071838750", "+442071838750", N, "GB"),
    ("UK", "07400123456", "+447400123456", M, "GB"),
    ("UK", "08081234567", "+448081234567", F, "GB"),
    ("UK", "03001234567", "+443001234567", N, "GB"),
    ("UK", "09061234567", "+449061234567", P, "GB"),
    ("UK", "08451234567", "+448451234567", P, "GB"),
    ("UK", "07012345678", "+447012345678", P, "GB"),
    ("UK", "07612345678", "+447612345678", U, ""),
    ("UK", "07911123456", "+447911123456", A, "GG"),
    ("UK", "01481234567", "+441481234567", A, "GG"),
    ("UK", "0013125551234", "+13125551234", A, "US"),
    ("UK", "999", "", E, "GB"),
    ("UK", "112", "", E, "GB"),
    ("UK", "101", "", S, "GB"),
    ("UK", "118500", "", P, "GB"),
    ("UK", "+4402071838750", "+4402071838750", U, "GB"),
    ("DE", "030123456", "+4930123456", N, "DE"),
    ("DE", "004930123456", "+4930123456", N, "DE"),
    ("DE", "4930123456", "+4930123456", N, "DE"),
    ("DE", "1234567", "", N, "DE"),
    ("DE", "015112345678", "+4915112345678", M, "DE"),
    ("DE", "08001234567", "+498001234567", F, "DE"),
    ("DE", "09001123456", "+499001123456", P, "DE"),
    ("DE", "01377123456", "+491377123456", P, "DE"),
    ("DE", "01801234567", "+491801234567", P, "DE"),
    ("DE", "11833", "", P, "DE"),
    ("DE", "116117", "", S, "DE"),
    ("DE", "110", "", E, "DE"),
    ("DE", "0101300882161234567", "+49101300882161234567", U, ""),
    ("DE", "0033123456789", "+33123456789", A, "FR"),
    ("DE", "0033899123456", "+33899123456", P, "FR"),
    ("DE", "882161234567", "+882161234567", A, "001"),
    ("DE", "00870773123456", "+870773123456", A, "001"),
    ("DE", "00979123456789", "+979123456789", P, "001"),
    ("DE", "0099912345", "+99912345", U, ""),
    ("DE", "0", "", U, "DE"),
    ("DE", "00", "", U, "DE"),
    ("DE", "*97", "", S, "DE"),
    ("DE", "*21*00882161234567#", "", U, "DE"),
]


@pytest.mark.parametrize(("where", "dialled", "e164", "kind", "country"), TABLE)
def test_a_number_is_what_the_numbering_plans_say(
    where: str, dialled: str, e164: str, kind: NumberClass, country: str
) -> None:
    number = numbers.read(dialled, HOMES[where])
    assert number is not None
    assert (number.e164, number.kind, number.country) == (e164, kind, country)


@pytest.mark.parametrize(
    "hostile",
    [
        *("", "+", "++49301234", "49+30", "0" * 200, "1" * 21, "+" + "1" * 20),
        *(
            "030123&1",
            "030@evil",
            "030\r\n1",
            "030\n",
            "030%00",
            "030;phone-context=1",
            "o30",
            "030 1",
            "٠٣٠١٢٣",
            "０３０",
        ),
    ],
)
@pytest.mark.parametrize("where", HOMES)
def test_what_no_telephone_dials_is_no_number(where: str, hostile: str) -> None:
    assert numbers.read(hostile, HOMES[where]) is None
    assert not numbers.is_sendable(hostile)


@pytest.mark.parametrize(
    ("where", "dialled", "wanted", "sent"),
    [
        ("DE", "030123456", "dialled", "030123456"),
        ("DE", "030123456", "e164", "+4930123456"),
        ("DE", "030123456", "international", "004930123456"),
        ("DE", "004930123456", "national", "030123456"),
        ("DE", "0033123456789", "national", "0033123456789"),
        ("DE", "1234567", "e164", "1234567"),
        ("DE", "116117", "international", "116117"),
        ("US", "2125551234", "e164", "+12125551234"),
        ("US", "2125551234", "national", "12125551234"),
        ("US", "2125551234", "international", "01112125551234"),
        ("US", "011442071838750", "national", "011442071838750"),
        ("UK", "+442071838750", "national", "02071838750"),
    ],
)
def test_a_number_is_written_as_a_trunk_wants_it(where: str, dialled: str, wanted: str, sent: str) -> None:
    number = numbers.read(dialled, HOMES[where])
    assert number is not None
    assert numbers.formatted(number, wanted, HOMES[where]) == sent


@given(st.text(max_size=30) | st.text("0123456789*#+", max_size=24), st.sampled_from(sorted(HOMES)))
def test_whatever_is_read_can_leave_and_nothing_else_is_read(text: str, where: str) -> None:
    number = numbers.read(text, HOMES[where])
    if number is None:
        assert not numbers.is_sendable(text)
    else:
        assert LEAVES.fullmatch(number.dialled)


@given(st.text("0123456789", min_size=3, max_size=15), st.sampled_from(sorted(HOMES)))
def test_the_ways_to_dial_one_international_number_are_judged_alike(digits: str, where: str) -> None:
    home = HOMES[where]
    first, second = numbers.read(f"+{digits}", home), numbers.read(home.international_prefix + digits, home)
    assert first is not None and second is not None
    assert (first.e164, first.kind, first.country) == (second.e164, second.kind, second.country)


def test_the_plans_of_the_world_are_not_loaded_before_they_are_needed() -> None:
    source = "import sys; from firmware.telephony.numbering import outbound; sys.exit('phonenumbers' in sys.modules)"
    root = Path(__file__).parents[4]
    assert subprocess.run([sys.executable, "-c", source], cwd=root, check=False).returncode == 0
