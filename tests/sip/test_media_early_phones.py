"""An IP telephone that calls outside: it rings by itself until somebody is heard, and by our tone from then on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.baresip import Baresip
from tests.support.far_end import FAR_SAYS, far_end, ringback_in
from tests.support.house import House
from tests.support.ip_phones import assert_hears
from tests.support.site import BOB
from tests.support.sound import RATE_HZ, resample
from tests.support.waiting import until


@pytest.fixture(scope="module")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house"), country="US", dialling__digit_map="") as house:
        house.wait_registrar()
        yield house


def wait_ringback(phone: Baresip) -> None:
    """It hears ringback in its audio, from now on."""
    before = len(phone.heard()[0])

    def is_heard() -> bool:
        samples, rate_hz = phone.heard()
        new = samples[before:][-rate_hz:]
        return len(new) == rate_hz and ringback_in(resample(new, rate_hz, RATE_HZ)) > 0.5

    until(is_heard, 10, "ringback in the audio")


def test_an_ip_telephone_gets_a_180_until_somebody_is_heard_and_our_ringback_after(
    house: House, tmp_path: Path
) -> None:
    responses = ("183 Session Progress+", "180 Ringing", "180 Ringing", "200 OK+")
    with far_end(house, tmp_path, *responses) as far, house.ip_phone(tmp_path, "201") as phone:
        phone.dial(BOB)
        until(far.is_called, 5, "the INVITE")
        far.go_on()
        until(lambda: len(far.rtp.heard()) > RATE_HZ // 2, 5, "our audio reaches whoever sends none")
        assert "SIP/2.0 183" not in phone.sip_trace()
        far.go_on()
        until(lambda: "SIP/2.0 180" in phone.sip_trace(), 5, "the telephone is told that it rings")
        assert "SIP/2.0 183" not in phone.sip_trace()
        far.speak()
        until(lambda: "SIP/2.0 183" in phone.sip_trace(), 5, "and that somebody is heard")
        assert_hears(phone, FAR_SAYS)
        far.rtp.target = None
        far.go_on()
        wait_ringback(phone)
        far.speak()
        assert_hears(phone, FAR_SAYS)
        far.go_on()
        until(lambda: house.box.status()["calls"][0]["state"] == "talking", 5, "the answer")
        assert_hears(phone, FAR_SAYS)
        phone.hang_up()
        assert far.sipp.outcome().exit_code == 0
