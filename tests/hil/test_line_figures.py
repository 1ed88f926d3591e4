"""Long calls on two boxes at once: what the status tells of elastic buffers and echo cancellers is true."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.box import Box
from tests.support.scenes import connect
from tests.support.sound import RATE_HZ, Samples, fingerprint
from tests.support.waiting import until

PPM = 100.0
SETTLED_S = 40.0
WATCHED_S = 5.0
ABOUT_PPM = 40.0
ERLE_DB = 15.0
SPEECH_S = 60.0


@dataclass(frozen=True, slots=True)
class LongCall:
    """Telephone 1 speaks, telephone 2 listens, on an adapter whose clock is off."""

    box: Box
    ppm: float
    started_at: float

    def audio(self, line: str) -> dict[str, Any]:
        """Its figures now."""
        audio: dict[str, Any] = self.box.line(line)["audio"]
        return audio

    def age_s(self) -> float:
        return time.monotonic() - self.started_at


def speech(seed: int, seconds: float) -> Samples:
    """Noise of a voice's band in syllables and pauses: what an echo canceller learns from."""
    noise = fingerprint(seed, seconds).astype(np.float64)
    times = np.arange(len(noise)) / RATE_HZ
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * times) + 0.3, 0, None) * (np.sin(2 * np.pi * 0.21 * times) > -0.6)
    return (2.0 * noise * syllables).clip(-20000, 20000).astype(np.int16)


@pytest.fixture(scope="module")
def long_calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[float, LongCall]]:
    """Two boxes side by side, in a call each: one adapter's clock is fast, the other's slow."""
    folder = tmp_path_factory.mktemp("long")
    boxes = {ppm: Box(folder / name) for ppm, name in ((PPM, "fast"), (-PPM, "slow"))}
    try:
        for box in boxes.values():
            box.start()
        yield {ppm: _start_call(box, ppm, folder) for ppm, box in boxes.items()}
    finally:
        for box in boxes.values():
            box.stop()


def _start_call(box: Box, ppm: float, folder: Path) -> LongCall:
    box.fault(clock_ppm=ppm)
    connect(box)
    box.phone(1).play(speech(3, SPEECH_S), folder)
    return LongCall(box, ppm, time.monotonic())


@pytest.fixture(params=[PPM, -PPM], ids=["fast clock", "slow clock"])
def long_call(long_calls: dict[float, LongCall], request: pytest.FixtureRequest) -> LongCall:
    return long_calls[request.param]


def test_the_echo_of_the_far_voice_is_taken_out_within_seconds(long_call: LongCall) -> None:
    until(lambda: long_call.audio("fxs2")["echo"]["erle_db"] > ERLE_DB, 20, f"echo: {long_call.audio('fxs2')}")
    echo = long_call.audio("fxs2")["echo"]
    assert echo["is_on"] and 8 < echo["erl_db"] < 20, "the simulated hybrid loses 14 dB"


def test_the_drift_of_the_adapters_clock_is_found_and_costs_no_slip(long_call: LongCall) -> None:
    until(lambda: long_call.age_s() > SETTLED_S, SETTLED_S + 5, "the drift has settled")
    lines = ("fxs1", "fxs2")
    slips = {line: _slips(long_call.audio(line)) for line in lines}
    until(lambda: long_call.age_s() > SETTLED_S + WATCHED_S, WATCHED_S + 5, "it was watched")
    for line in lines:
        audio = long_call.audio(line)
        # Up is written by the adapter's clock, down is read by it.
        assert abs(audio["up"]["drift_ppm"] - long_call.ppm) < ABOUT_PPM, audio
        assert abs(audio["down"]["drift_ppm"] + long_call.ppm) < ABOUT_PPM, audio
        assert 0 < audio["up"]["depth_ms"] < 60 and 0 < audio["down"]["depth_ms"] < 60
        assert _slips(audio) == slips[line]


def _slips(audio: dict[str, Any]) -> int:
    return int(audio["up"]["slips"]) + int(audio["down"]["slips"])
