"""How long the settings keep records."""

import pytest

from firmware.gateway.plain import retention
from firmware.records import Retention
from firmware.settings import Settings


@pytest.mark.parametrize(
    ("own", "kept"),
    [
        ({}, Retention(days=0, course_days=31)),
        ({"days": 90, "course_days": 7}, Retention(days=90, course_days=7)),
    ],
)
def test_records_are_kept_as_long_as_is_set(own: dict[str, int], kept: Retention) -> None:
    assert retention(Settings.model_validate({"records": own})) == kept
