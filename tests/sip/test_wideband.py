"""What two wideband telephones hear of each other above the 4 kHz at which telephony used to end."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.baresip import ESTABLISHED, REGISTERED, Account, Baresip
from tests.support.box import Box
from tests.support.ip_phones import PASSWORDS, connect, wait_known
from tests.support.network import free_port, loopback_address
from tests.support.sound import RATE_HZ, Samples
from tests.support.waiting import until

WIDE_HZ = 16_000
HIGH_HZ, LOW_HZ, SPOKEN_HZ = 5500.0, 1000.0, 2100.0
LOUD = 500
CODECS = ("g722/16000/1", "pcmu/8000/1")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    address = loopback_address()
    settings: dict[str, object] = {
        "registrar/address": address,
        "registrar/udp_port": free_port(address),
        "registrar/tls_port": 0,
    }
    settings |= {f"extensions/{user}": {"password": password} for user, password in PASSWORDS.items()}
    with Box(tmp_path_factory.mktemp("wideband") / "box", settings) as running:
        assert running.phone(1).state["hook"] == "on-hook"  # and the connection to the simulator is there
        yield running


def tone(hz: float, seconds: float, rate_hz: int) -> Samples:
    return (8000 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.int16)


def share(samples: Samples, rate_hz: int, hz: float) -> float:
    """How much of the power lies within 50 Hz of `hz`."""
    power = np.abs(np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(samples), 1 / rate_hz) - hz) < 50
    return float(power[near].sum() / max(power.sum(), 1.0))


def telephone(box: Box, folder: Path, user: str, hz: float) -> Baresip:
    host = f"{box.settings['registrar/address']}:{box.settings['registrar/udp_port']}"
    account = Account(user, host, password=PASSWORDS[user], codecs=CODECS)
    return Baresip(folder / user, account, plays=tone(hz, 30, WIDE_HZ), rate_hz=WIDE_HZ)


def hears(phone: Baresip, hz: float) -> None:
    def is_heard() -> bool:
        samples, rate_hz = phone.heard()
        last = samples[-rate_hz // 2 :]
        loud = len(last) == rate_hz // 2 and float(np.sqrt(np.mean(last.astype(np.float64) ** 2))) > LOUD
        return loud and share(last, rate_hz, hz) > 0.9

    until(is_heard, 10, f"{phone.account.user} hears {hz} Hz")


def test_a_tone_of_5500_hz_passes_between_wideband_telephones(box: Box, tmp_path: Path) -> None:
    with telephone(box, tmp_path, "201", HIGH_HZ) as one, telephone(box, tmp_path, "202", LOW_HZ) as two:
        one.wait_for(REGISTERED)
        two.wait_for(REGISTERED)
        wait_known(box, 2)
        connect(one, two)
        hears(two, HIGH_HZ)
        hears(one, LOW_HZ)
        one.hang_up()
        box.wait_idle()


def test_a_wideband_telephone_and_an_analogue_one_hear_each_other_without_images(box: Box, tmp_path: Path) -> None:
    with telephone(box, tmp_path, "201", SPOKEN_HZ) as one:
        one.wait_for(REGISTERED)
        one.dial("101")
        box.phone(1).wait("ringing", True)
        box.phone(1).lift()
        one.wait_for(ESTABLISHED)
        box.phone(1).play(tone(LOW_HZ, 20, RATE_HZ), tmp_path)
        hears(one, LOW_HZ)
        heard = box.phone(1).record(1.0, tmp_path)
        assert share(heard, RATE_HZ, SPOKEN_HZ) > 0.9
        box.phone(1).hang_up()
        box.wait_idle()
