"""A fresh box with every feature."""

import pytest

from tests.unit.telephony.features.feature_box import Box


@pytest.fixture
def box() -> Box:
    return Box()
