"""The box's instance ID: a UUID of its own that stays."""

import re
import uuid
from pathlib import Path

from firmware.telephony.sip.instance import instance_urn, urn_of


def test_it_is_a_uuid_as_rfc_4122_writes_one() -> None:
    match = re.fullmatch(r"<urn:uuid:([0-9a-f-]{36})>", instance_urn())
    assert match
    assert uuid.UUID(match[1]).version == 5
    assert uuid.UUID(match[1]).variant == uuid.RFC_4122


def test_a_machine_keeps_it_and_another_has_another(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"10000000a1b2c3d4\0")
    two.write_text("0123456789abcdef0123456789abcdef\n")
    assert urn_of([one]) == urn_of([one])
    assert urn_of([one]) != urn_of([two])
    assert urn_of([one, two]) == urn_of([one]), "the first that is there"
    assert urn_of([tmp_path / "none", two]) == urn_of([two])
    assert "0123456789abcdef" not in urn_of([two]).replace("-", ""), "the machine's number itself is not told"


def test_a_machine_without_a_number_of_its_own_has_one_all_the_same(tmp_path: Path) -> None:
    blank = tmp_path / "blank"
    for content in (b"", b"\0", b"0000000000000000", b"uninit", b"\xff" * 50):
        blank.write_bytes(content)
        assert urn_of([blank]) == urn_of([])
