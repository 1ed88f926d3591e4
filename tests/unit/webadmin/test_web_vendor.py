"""What others wrote and the page loads: unchanged, with licence, and written down."""

import hashlib
import re
from pathlib import Path

import firmware.webadmin

VENDOR = Path(firmware.webadmin.__file__).parent / "static" / "vendor"


def test_every_file_of_others_is_the_one_that_the_table_names() -> None:
    rows = re.findall(r"^\| (\S+\.js) .* ([0-9a-f]{64}) \|$", (VENDOR / "README.md").read_text(), re.MULTILINE)
    assert dict(rows) == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert rows


def test_every_file_of_others_has_its_licence_beside_it() -> None:
    for path in VENDOR.glob("*.js"):
        assert "Permission to use" in (VENDOR / f"{path.name.split('.')[0]}.LICENSE.txt").read_text()
