"""What country, extension and settings make of a telephone."""

import pytest

from firmware import countries
from firmware.gateway import plain
from firmware.settings import Settings
from firmware.telephony.extension import Extension
from firmware.telephony.lines.telephone_rules import telephone_rules


@pytest.mark.parametrize(
    ("country", "is_set", "wanted"), [("US", False, False), ("US", True, True), ("DE", False, True)]
)
@pytest.mark.parametrize("extension", [None, Extension("101")])
def test_hanging_up_transfers_where_country_or_settings_say_so(
    country: str, is_set: bool, wanted: bool, extension: Extension | None
) -> None:
    profile = countries.load(country)
    plan = plain.dial_plan(Settings(country=country), profile)
    rules = telephone_rules(plan, profile, extension, is_transferred_on_hang_up=is_set)
    assert rules.flash.is_transferred_by_hanging_up is wanted
