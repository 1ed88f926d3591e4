"""The Asterisk that the benches compare with: every call that comes in is put through to one place."""

from pathlib import Path

import pytest

from tests.support.asterisk import Asterisk
from tests.support.baresip import CLOSED, ESTABLISHED, Account, Baresip
from tests.support.sipp import Sipp
from tests.support.sound import fingerprint, likeness
from tests.support.waiting import until

pytestmark = pytest.mark.interop


def test_calls_are_put_through_with_the_number_that_was_dialled(tmp_path: Path) -> None:
    with (
        Sipp(tmp_path / "called", "answer", calls=3) as called,
        Asterisk.bridging(tmp_path / "asterisk", f"{called.address}:{called.port}") as asterisk,
    ):
        target = asterisk.host("udp")
        caller = Sipp(tmp_path / "caller", "call", target=target, service="5551234", calls=3, talk_ms=200)
        outcome = caller.run()
        assert (outcome.exit_code, outcome.successful) == (0, 3), outcome.errors
        assert called.outcome().successful == 3
        assert f"INVITE sip:5551234@{called.address}" in called.messages()
        assert Path(f"/proc/{asterisk.pid}/smaps_rollup").exists()


def test_what_is_said_goes_through(tmp_path: Path) -> None:
    said = fingerprint(5, 10.0)
    settings = Account("caller", "127.0.0.1", is_registering=False)
    with (
        Sipp(tmp_path / "called", "answer", echoes=True) as called,
        Asterisk.bridging(tmp_path / "asterisk", f"{called.address}:{called.port}") as asterisk,
        Baresip(tmp_path / "caller", settings, plays=said) as caller,
    ):
        caller.dial(f"sip:600@{asterisk.host('udp')}")
        caller.wait_for(ESTABLISHED)
        until(lambda: likeness(said, caller.heard()[0]).correlation > 0.9, 10, "the echo of the far end")
        caller.hang_up()
        assert called.outcome().exit_code == 0
        caller.wait_for(CLOSED)
