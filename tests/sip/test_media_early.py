"""What is said before the answer is heard; ringback is ours only as long as the far end says nothing itself."""

from pathlib import Path

import pytest

from tests.support.far_end import FAR_SAYS, far_end, hears, ringback_in
from tests.support.site import ALIKE, BOB, WINDOW_S, Site
from tests.support.sound import fingerprint, likeness
from tests.support.waiting import until

GOES_ON = 8000  # samples: one second


def test_ringback_gives_way_to_what_is_said_before_the_answer(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with far_end(site, tmp_path, "180 Ringing", "183 Session Progress+", "200 OK+") as far:
        phone.lift_and_dial(BOB)
        until(far.is_called, 5, "the INVITE")
        far.go_on()
        phone.wait_tone("ringback")
        far.go_on()
        far.speak()
        heard = hears(phone, FAR_SAYS, tmp_path)
        assert ringback_in(phone.record(2.5, tmp_path)) < 0.2, "ringback beside it"
        assert likeness(FAR_SAYS, heard, window_s=WINDOW_S).correlation > ALIKE
        assert not far.has_sent(200)
        assert site.box.line("fxs1")["state"] == "calling"
        far.go_on()
        site.box.wait_line("fxs1", "talking")
        hears(phone, FAR_SAYS, tmp_path)
        said = fingerprint(92, 2.0)
        phone.play(said, tmp_path)
        until(lambda: likeness(said, far.rtp.heard(), window_s=WINDOW_S).correlation > ALIKE, 5, "the far end hears")
        phone.hang_up()
        assert far.sipp.outcome().exit_code == 0


def test_a_180_after_early_media_brings_no_ringback(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with far_end(site, tmp_path, "183 Session Progress+", "180 Ringing", "200 OK+") as far:
        phone.lift_and_dial(BOB)
        until(far.is_called, 5, "the INVITE")
        far.go_on()
        far.speak()
        hears(phone, FAR_SAYS, tmp_path)
        far.go_on()
        until(lambda: far.has_sent(180), 5, "the 180")
        assert ringback_in(phone.record(6.0, tmp_path)) < 0.1  # a whole period of ringback
        hears(phone, FAR_SAYS, tmp_path)
        far.go_on()
        site.box.wait_line("fxs1", "talking")
        hears(phone, FAR_SAYS, tmp_path)
        phone.hang_up()
        assert far.sipp.outcome().exit_code == 0


def test_a_183_without_sdp_leaves_ringback_alone(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with far_end(site, tmp_path, "180 Ringing", "183 Session Progress", "200 OK+") as far:
        phone.lift_and_dial(BOB)
        until(far.is_called, 5, "the INVITE")
        far.go_on()
        phone.wait_tone("ringback")
        far.go_on()
        until(lambda: far.has_sent(183), 5, "the 183")
        phone.wait_tone("ringback")
        far.go_on()
        far.speak()
        site.box.wait_line("fxs1", "talking")
        hears(phone, FAR_SAYS, tmp_path)
        phone.hang_up()
        assert far.sipp.outcome().exit_code == 0


@pytest.mark.parametrize("first", ["183 Session Progress+", "180 Ringing+"])
def test_sdp_without_sound_does_not_keep_ringback_away(site: Site, tmp_path: Path, first: str) -> None:
    """The far side is sent audio all the same: behind NAT it learns by that where to send its own."""
    phone = site.box.phone(1)
    with far_end(site, tmp_path, first, "180 Ringing", "200 OK+") as far:
        phone.lift_and_dial(BOB)
        until(far.is_called, 5, "the INVITE")
        far.go_on()
        until(lambda: len(far.rtp.heard()) > GOES_ON, 5, "our audio reaches whoever sends none, and goes on")
        far.go_on()
        phone.wait_tone("ringback")
        far.speak()
        hears(phone, FAR_SAYS, tmp_path)
        assert ringback_in(phone.record(2.5, tmp_path)) < 0.2, "ringback beside it"
        far.go_on()
        site.box.wait_line("fxs1", "talking")
        hears(phone, FAR_SAYS, tmp_path)
        phone.hang_up()
        assert far.sipp.outcome().exit_code == 0


def test_a_180_after_early_media_that_stopped_brings_ringback(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with far_end(site, tmp_path, "183 Session Progress+", "180 Ringing") as far:
        phone.lift_and_dial(BOB)
        until(far.is_called, 5, "the INVITE")
        far.go_on()
        far.speak()
        hears(phone, FAR_SAYS, tmp_path)
        far.rtp.target = None
        far.go_on()
        phone.wait_tone("ringback")
        far.speak()
        hears(phone, FAR_SAYS, tmp_path)
        phone.hang_up()


def test_of_a_forked_call_whoever_speaks_is_heard_and_who_answers_stays(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with far_end(site, tmp_path, "183 Session Progress+", "180 Ringing~", "183 Session Progress+~", "200 OK+~") as far:
        phone.lift_and_dial(BOB)
        until(far.is_called, 5, "the INVITE")
        far.go_on()
        far.go_on()
        phone.wait_tone("ringback")
        far.go_on()
        far.speak()
        hears(phone, FAR_SAYS, tmp_path)
        far.go_on()
        site.box.wait_line("fxs1", "talking")
        hears(phone, FAR_SAYS, tmp_path)
        phone.hang_up()
        assert far.sipp.outcome().exit_code == 0
