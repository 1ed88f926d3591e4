"""Listening in the browser: what the ear hears arrives, and nobody listens for ever."""

import io
import math
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.webadmin.now.listening import LISTENERS_MAX
from firmware.webadmin.now.tune import tune_file
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import EAR_HZ, Simulator
from tests.unit.webadmin.wsgi_browser import Browser, pages_of

DEADLINE_S = 10.0
SECOND_BYTES = 16_000


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    (tmp_path / "run").mkdir()
    with Simulator(tmp_path / "run") as desk:
        yield desk


@pytest.fixture
def browser(tmp_path: Path, simulator: Simulator) -> Iterator[Browser]:
    pages = pages_of(tmp_path / "run")
    pages.start()
    yield Browser(pages)
    pages.stop()


def share_of(pcm: bytes, hz: float) -> float:
    """How much of the power is at `hz`."""
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    real = sum(value * math.cos(2 * math.pi * hz * at / 8000) for at, value in enumerate(samples))
    imaginary = sum(value * math.sin(2 * math.pi * hz * at / 8000) for at, value in enumerate(samples))
    return 2 * (real**2 + imaginary**2) / (len(samples) * sum(value**2 for value in samples))


@pytest.mark.parametrize("path", ["/simulator/phone/1/ear", "/simulator/line/1/ear"])
def test_the_ear_is_heard_unchanged(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.headers["content-type"] == "application/octet-stream"
    heard = answer.read(SECOND_BYTES // 2)
    answer.close()
    assert share_of(heard[320:8000], EAR_HZ) > 0.99


def test_the_ear_is_a_wav_file_too(browser: Browser) -> None:
    answer = browser.get("/simulator/phone/1/ear.wav")
    assert answer.headers["content-type"] == "audio/wav"
    heard = answer.read(SECOND_BYTES // 4)
    answer.close()
    with wave.open(io.BytesIO(heard)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert share_of(file.readframes(1600), EAR_HZ) > 0.99


def test_a_listener_who_leaves_is_let_go_in_the_simulator_too(browser: Browser, simulator: Simulator) -> None:
    answer = browser.get("/simulator/phone/1/ear")
    answer.read(1000)
    assert simulator.listeners == 1
    answer.close()
    until(lambda: simulator.listeners == 0, DEADLINE_S, "the simulator's stream ends")


def test_the_surplus_of_listeners_is_told_in_words(browser: Browser) -> None:
    listening = [browser.get("/simulator/phone/1/ear") for _ in range(LISTENERS_MAX)]
    refused = browser.get("/simulator/phone/2/ear")
    assert refused.status == 503
    assert f"{LISTENERS_MAX} browsers listen already" in refused.text
    for answer in listening:
        answer.close()
    again = browser.get("/simulator/phone/2/ear")
    assert again.status == 200
    again.close()


def test_a_telephone_that_does_not_exist_is_told_in_words_and_takes_no_seat(browser: Browser) -> None:
    for _ in range(LISTENERS_MAX + 1):
        answer = browser.get("/simulator/phone/9/ear")
        assert answer.status == 409
        assert "Telephone 9 does not exist." in answer.text


def test_listening_ends_when_the_simulator_goes(browser: Browser, simulator: Simulator) -> None:
    answer = browser.get("/simulator/phone/1/ear")
    answer.read(1000)
    simulator.server.stop()
    with pytest.raises(StopIteration):
        while True:
            answer.read(1)
    answer.close()


def test_the_tune_is_speech_loud_and_short(tmp_path: Path) -> None:
    with wave.open(str(tune_file(tmp_path))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert 3 < file.getnframes() / 8000 < 6
        samples = struct.unpack(f"<{file.getnframes()}h", file.readframes(file.getnframes()))
    assert 6000 < max(samples) <= 8000
    assert [path.name for path in tmp_path.iterdir()] == ["tune.wav"]
