"""Hold and resume with music, from either side, and calls that are kept up by session timers."""

import re
import time
from pathlib import Path

import pytest

from tests.support.hosted import MUSIC, PASSING_HOLD, PERSON_NUMBER, PERSON_SAYS, SESSION_S, TIMED, Hosted
from tests.support.scenes import LIKE, UNLIKE
from tests.support.waiting import until

pytestmark = pytest.mark.interop


def test_whom_the_telephone_puts_on_hold_hears_music_and_then_the_telephone_again(
    hosted: Hosted, tmp_path: Path
) -> None:
    hosted.subscribe()
    phone = hosted.box.phone(1)
    with hosted.person(tmp_path) as person:
        hosted.call(PERSON_NUMBER)
        hosted.assert_talking_with(person, tmp_path)
        phone.flash()
        hosted.box.wait_line("fxs1", "dial-tone")
        until(lambda: hosted.person_hears(person, tmp_path, sound=MUSIC) > LIKE, 10, "music")
        assert hosted.person_hears(person, tmp_path) < UNLIKE
        hosted.assert_hears_not(PERSON_SAYS, tmp_path)
        phone.flash()
        hosted.box.wait_line("fxs1", "talking")
        hosted.assert_talking_with(person, tmp_path)
        assert hosted.person_hears(person, tmp_path, sound=MUSIC) < UNLIKE
    assert hosted.directions()[-2:] == ["sendonly", "sendrecv"]


def test_the_music_of_asterisk_is_heard_while_the_far_end_is_away(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe()
    hosted.call_each_other()
    hosted.assert_talking(1, 2, tmp_path)
    hosted.box.phone(2).flash()
    hosted.box.wait_line("fxs2", "dial-tone")
    until(lambda: hosted.hears(MUSIC, tmp_path), 10, "music")
    hosted.assert_apart(2, 1, tmp_path)
    hosted.box.phone(2).flash()
    hosted.box.wait_line("fxs2", "talking")
    until(lambda: not hosted.hears(MUSIC, tmp_path), 10, "the end of the music")
    hosted.assert_talking(1, 2, tmp_path)


def test_a_hold_that_asterisk_passes_on_is_silent_and_ends(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe(PASSING_HOLD)
    hosted.call_each_other(PASSING_HOLD)
    hosted.assert_talking(1, 2, tmp_path)
    hosted.box.phone(2).flash()
    hosted.box.wait_line("fxs2", "dial-tone")
    until(lambda: "sendonly" in hosted.directions(is_received=False), 5, "Asterisk's hold")
    hosted.assert_apart(1, 2, tmp_path)
    hosted.assert_hears_not(MUSIC, tmp_path)
    hosted.box.phone(2).flash()
    hosted.box.wait_line("fxs2", "talking")
    until(lambda: hosted.directions(is_received=False)[-1] == "sendrecv", 5, "Asterisk's resuming")
    hosted.assert_talking(1, 2, tmp_path)


def test_session_timers_are_agreed_on_and_refreshed_without_a_gap(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe(TIMED)
    hosted.call_in(account=TIMED)
    hosted.box.phone(1).wait("ringing", True)
    hosted.box.phone(1).lift()
    (agreed,) = until(hosted.refreshes, 10, "the agreement")
    assert re.match(rf"{SESSION_S};refresher=ua[cs]", agreed.header("Session-Expires"))
    begun = time.monotonic()
    # RFC 4028 section 10: half of the interval.
    until(lambda: len(hosted.refreshes()) > 1, SESSION_S / 2 + 10, "the refresh")
    assert time.monotonic() - begun > SESSION_S / 2 - 5
    hosted.assert_hears_itself(tmp_path)
    assert [call["state"] for call in hosted.box.calls()] == ["talking"]
