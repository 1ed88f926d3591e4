"""How a call ends between the box and one server that is asked directly: by which message, and with which tone."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.sipp import Sipp
from tests.support.site import BOB, BOX, Site
from tests.support.sound import RATE_HZ, Samples, level_at, read_wav
from tests.support.waiting import until

SIT_HZ = (914, 1371, 1429, 1777)  # ITU-T E.180: the three notes before the tone, as two countries round them
LOUD = 100  # beside silence, of 32767
NOTE_S = 0.33  # each sounds so long
DIALLED_AND_REFUSED_S = 4.5


def has_a_note(heard: Samples) -> bool:
    """Whether one of the three sounds alone for a good part of its time."""
    step = int(NOTE_S * RATE_HZ / 3)
    pieces = [heard[at : at + step] for at in range(0, len(heard) - step, step)]
    loud = [piece for piece in pieces if np.abs(piece.astype(np.int32)).max() > LOUD]
    return any(level_at(piece, hz) > 0.9 for piece in loud for hz in SIT_HZ)


def assert_finished(server: Sipp) -> None:
    """The server's side of the call went as its scenario says."""
    outcome = server.outcome(20)
    assert (outcome.exit_code, outcome.successful, outcome.failed) == (0, 1, 0), outcome.errors


@pytest.mark.parametrize(
    ("status", "tone", "has_notes"),
    [
        ("486 Busy Here", "busy", False),
        ("600 Busy Everywhere", "busy", False),
        ("603 Decline", "busy", False),
        ("404 Not Found", "congestion", True),
        ("410 Gone", "congestion", True),
        ("484 Address Incomplete", "congestion", True),
        ("480 Temporarily Unavailable", "congestion", False),
        ("488 Not Acceptable Here", "congestion", False),
        ("500 Server Internal Error", "congestion", False),
        ("503 Service Unavailable", "congestion", False),
        ("499 Nobody Knows", "congestion", False),
    ],
)
def test_a_refusal_is_acknowledged_and_heard(
    site: Site, tmp_path: Path, status: str, tone: str, has_notes: bool
) -> None:
    phone, recorded = site.box.phone(1), tmp_path / "heard.wav"
    with Sipp(tmp_path, "refuse", keys={"status": status}) as server:
        site.use_peer(server.place)
        phone.lift()
        phone.wait_tone("dial")
        if has_notes:
            phone.do("record", seconds=DIALLED_AND_REFUSED_S, path=str(recorded), background=True)
        phone.dial(BOB)
        phone.wait_tone(tone, 15)
        assert_finished(server)
    if has_notes:  # they are over within a second: who only looks now and then may miss them
        until(recorded.exists, 15, "the recording")
        assert has_a_note(read_wav(recorded)[0])
    assert site.box.calls() == []


def test_a_caller_who_hangs_up_while_it_rings_cancels(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with Sipp(tmp_path, "ring") as server:
        site.use_peer(server.place)
        phone.lift_and_dial(BOB)
        phone.wait_tone("ringback")
        phone.hang_up()
        assert_finished(server)
    assert "CANCEL sip:" in server.messages()
    site.box.wait_idle()


def test_a_call_that_nobody_answers_is_cancelled_in_time(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with Sipp(tmp_path, "ring") as server:
        site.use_peer(server.place)
        site.box.set(calls__no_answer_s=5)
        try:
            phone.lift_and_dial(BOB)
            assert_finished(server)
            phone.wait_tone("congestion")
        finally:
            site.box.set(calls__no_answer_s=60)
    assert "CANCEL sip:" in server.messages()
    site.box.wait_idle()


def test_a_telephone_that_hangs_up_says_bye(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with Sipp(tmp_path, "answer") as server:
        site.use_peer(server.place)
        phone.lift_and_dial(BOB)
        site.box.wait_line("fxs1", "talking")
        phone.hang_up()
        assert_finished(server)
    assert "BYE sip:" in server.messages()
    site.box.wait_idle()


def test_a_bye_is_answered_and_the_telephone_hears_the_end(site: Site, tmp_path: Path) -> None:
    site.register()
    place = site.registrar.requests("REGISTER", site.address)[-1].source
    phone = site.box.phone(1)
    server = Sipp(tmp_path, "call", target=place, service=BOX, talk_ms=1500)
    site.use_peer(server.place)
    with server:
        phone.wait("ringing", True)
        phone.lift()
        site.box.wait_line("fxs1", "talking")
        phone.wait_tone("busy")
        assert_finished(server)
    site.box.wait_idle()


def test_with_all_voice_channels_taken_outside_is_told_so(site: Site, tmp_path: Path) -> None:
    """One channel is enough to see it; that there are two is another test's."""
    site.register()
    place = site.registrar.requests("REGISTER", site.address)[-1].source
    site.box.set(calls__voice_channels=1)
    try:
        with Sipp(tmp_path, "call", target=place, service=BOX, calls=2, rate=50, talk_ms=1500) as server:
            site.use_peer(server.place)
            site.box.phone(1).wait("ringing", True)
            site.box.phone(1).lift()
            outcome = server.outcome(20)
        assert (outcome.successful, outcome.failed) == (1, 1), outcome.errors
        assert "SIP/2.0 503" in outcome.errors or "SIP/2.0 486" in outcome.errors
    finally:
        site.box.set(calls__voice_channels=2)
    site.box.wait_idle()
