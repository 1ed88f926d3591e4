"""A box in several networks: each telephone is told the address at which it reaches the box."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALONE = ["unshare", "--net", "--map-root-user"]
MAY = subprocess.run([*ALONE, "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0


@pytest.mark.skipif(not MAY, reason="no network namespaces here")
def test_each_telephone_is_told_the_address_of_its_own_network() -> None:
    command = [*ALONE, sys.executable, "-m", "tests.support.two_networks"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["told 1 10.0.1.1", "told 2 10.0.2.1", "told 3 10.0.3.1"]
