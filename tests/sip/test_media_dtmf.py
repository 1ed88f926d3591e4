"""Digits in a call, as RFC 4733 telephone-events: each arrives once, and on one way only."""

from pathlib import Path

import pytest

from firmware.dsp.spandsp import DtmfReceiver
from tests.support.baresip import ESTABLISHED, Baresip
from tests.support.box import Phone
from tests.support.site import BOB, BOX, Site
from tests.support.sound import RATE_HZ, Samples, read_wav, resample, tone
from tests.support.waiting import until

DIGITS = "1122*#590"
HUM = tone(300, 1.0)  # neither a digit nor silence: packets flow
SETTLED_S = 1.5  # what is doubled or sent back would have come by then


def talk(site: Site, bob: Baresip) -> Phone:
    """Telephone 1 calls and is answered."""
    phone = site.box.phone(1)
    phone.lift_and_dial(BOB)
    bob.wait_for(ESTABLISHED)
    site.box.wait_line("fxs1", "talking")
    return phone


def be_called(site: Site, bob: Baresip) -> Phone:
    """Telephone 1 is called and answers."""
    phone = site.box.phone(1)
    bob.dial(BOX)
    phone.wait("ringing", True)
    phone.lift()
    bob.wait_for(ESTABLISHED)
    return phone


def tones_in(samples: Samples) -> str:
    return DtmfReceiver().feed(samples.astype("<i2").tobytes())


def record_while(phone: Phone, seconds: float, folder: Path) -> Path:
    """Start to record; the file is there when it is over."""
    path = folder / "digits.wav"
    path.unlink(missing_ok=True)
    phone.do("record", seconds=seconds, path=str(path), background=True)
    return path


@pytest.mark.parametrize("is_call_out", [True, False])
def test_digits_that_a_telephone_dials_arrive_once_and_not_as_tones_besides(
    site: Site, tmp_path: Path, is_call_out: bool
) -> None:
    site.register()
    with site.person(tmp_path, answers="auto" if is_call_out else "manual", plays=HUM) as bob:
        phone = talk(site, bob) if is_call_out else be_called(site, bob)
        phone.dial(DIGITS)
        until(lambda: len(bob.digits()) >= len(DIGITS), 5, "the digits")
        bob.listen_for(SETTLED_S)
        assert bob.digits() == DIGITS
        assert tones_in(resample(*bob.heard(), RATE_HZ)) == ""


@pytest.mark.parametrize("is_call_out", [True, False])
def test_digits_of_the_far_end_are_heard_once_and_not_sent_back(site: Site, tmp_path: Path, is_call_out: bool) -> None:
    site.register()
    with site.person(tmp_path, answers="auto" if is_call_out else "manual", plays=HUM) as bob:
        phone = talk(site, bob) if is_call_out else be_called(site, bob)
        recorded = record_while(phone, 6.0, tmp_path)
        bob.send_digits(DIGITS)
        until(recorded.exists, 10, "the recording")
        assert tones_in(read_wav(recorded)[0]) == DIGITS
        assert bob.digits() == ""
        assert tones_in(resample(*bob.heard(), RATE_HZ)) == ""


def test_digits_one_way_then_the_other_and_audio_after_them(site: Site, tmp_path: Path) -> None:
    site.register()
    with site.person(tmp_path, answers="auto") as bob:
        phone = talk(site, bob)
        recorded = record_while(phone, 3.0, tmp_path)
        bob.send_digits("47")
        until(recorded.exists, 10, "the recording")
        assert tones_in(read_wav(recorded)[0]) == "47"
        phone.dial("0*8")
        until(lambda: len(bob.digits()) >= 3, 5, "the digits")
        assert bob.digits() == "0*8"
        site.assert_talk(1, bob, tmp_path)
