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
        phone.wait_tone("stutter-dial")
        until(lambda: hosted.person_hears(person, tmp_path, sound=MUSIC) > LIKE, 10, "music")
        assert hosted.person_hears(person, tmp_path) < UNLIKE
        hosted.assert_hears_not(PERSON_SAYS, tmp_path)
        phone.flash()
        hosted.box.wait_line("fxs1", "talking")
        hosted.assert_talking_with(person, tmp_path)
        assert hosted.person_hears(person, tmp_path, sound=MUSIC) < UNLIKE
    assert hosted.directions()[-2:] == ["sendonly", "sendrecv"]


def test_whom_the_other_subscriber_puts_on_hold_hears_the_music_of_asterisk(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe()
    with hosted.person(tmp_path) as person:
        hosted.call(PERSON_NUMBER)
        hosted.assert_hears(PERSON_SAYS, tmp_path)
        person.hold()
        until(lambda: hosted.hears(MUSIC, tmp_path), 10, "music")
        hosted.assert_hears_not(PERSON_SAYS, tmp_path)
        person.resume()
        until(lambda: hosted.hears(PERSON_SAYS, tmp_path), 10, "the other subscriber")
        hosted.assert_hears_not(MUSIC, tmp_path)
        hosted.assert_talking_with(person, tmp_path)


def test_a_hold_that_asterisk_passes_on_is_silent_and_ends(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe(PASSING_HOLD)
    with hosted.person(tmp_path) as person:
        hosted.call(PERSON_NUMBER)
        hosted.assert_hears(PERSON_SAYS, tmp_path)
        person.hold()
        until(lambda: "sendonly" in hosted.directions(is_received=False), 5, "Asterisk's hold")
        until(lambda: not hosted.hears(PERSON_SAYS, tmp_path), 5, "silence")
        hosted.assert_hears_not(MUSIC, tmp_path)
        person.resume()
        until(lambda: hosted.directions(is_received=False)[-1] == "sendrecv", 5, "Asterisk's resuming")
        hosted.assert_talking_with(person, tmp_path)


def test_session_timers_are_agreed_on_and_refreshed_without_a_gap(hosted: Hosted, tmp_path: Path) -> None:
    hosted.subscribe(TIMED)
    hosted.call("*43")
    begun = time.monotonic()
    answer = next(m for m in hosted.messages("INVITE") if m.start_line.startswith("SIP/2.0 200"))
    assert re.match(rf"{SESSION_S};refresher=ua[cs]", answer.header("Session-Expires"))
    described = len(hosted.refreshes())
    # RFC 4028 section 10: half of the interval.
    until(lambda: len(hosted.refreshes()) > described, SESSION_S / 2 + 10, "the refresh")
    assert time.monotonic() - begun > SESSION_S / 2 - 5
    hosted.assert_hears_itself(tmp_path)
    assert [call["state"] for call in hosted.box.calls()] == ["talking"]
