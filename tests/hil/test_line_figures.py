"""Long calls on two boxes at once: buffers and echo cancellers do what the status tells, a forgotten handset howls."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.support.box import Box
from tests.support.scenes import call_service, comes, connect
from tests.support.sound import RATE_HZ, Samples, fingerprint
from tests.support.waiting import until

PPM = 100.0
HOWLER_S = 30.0
ABOUT_PPM = 50.0
SETTLED_S = 70.0  # 40 s on a machine with nothing else to do; each stall of it begins anew
WATCHED_S = 5.0
CALM_S = 45.0
ERLE_DB = 15.0
SPEECH_S = 110.0


@dataclass(frozen=True, slots=True)
class LongCall:
    """A call on these lines, on an adapter whose clock is off."""

    box: Box
    ppm: float
    lines: tuple[str, ...]
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
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Box]]:
    """Two, side by side: one adapter's clock is fast, the other's slow."""
    folder = tmp_path_factory.mktemp("long")
    with Box(folder / "fast") as fast, Box(folder / "slow") as slow:
        fast.fault(clock_ppm=PPM)
        slow.fault(clock_ppm=-PPM)
        yield fast, slow


@pytest.fixture(scope="module")
def fast_call(boxes: tuple[Box, Box], slow_call: LongCall, tmp_path_factory: pytest.TempPathFactory) -> LongCall:
    """Telephone 1 speaks, telephone 2 listens."""
    box = boxes[0]
    connect(box)
    box.phone(1).play(speech(3, SPEECH_S), tmp_path_factory.mktemp("speech"))
    return LongCall(box, PPM, ("fxs1", "fxs2"), time.monotonic())


@pytest.fixture(scope="module")
def slow_call(boxes: tuple[Box, Box]) -> LongCall:
    """Telephone 2 is in the echo test; telephone 1 was forgotten after dialling nonsense."""
    box = boxes[1]
    call_service(box, 2, "*43")
    box.phone(1).lift_and_dial("*9")
    return LongCall(box, -PPM, ("fxs2",), time.monotonic())


def test_the_echo_of_the_far_voice_is_taken_out_within_seconds(fast_call: LongCall) -> None:
    until(lambda: (fast_call.audio("fxs2")["echo"]["erle_db"] or 0) > ERLE_DB, 20, "the echo is taken out")
    echo = fast_call.audio("fxs2")["echo"]
    assert echo["is_on"] and 8 < echo["erl_db"] < 20, "the simulated hybrid loses 14 dB"


def test_a_forgotten_handset_hears_the_howler_after_half_a_minute(slow_call: LongCall, fast_call: LongCall) -> None:
    box = slow_call.box
    box.phone(1).wait_tone("howler", max(5.0, HOWLER_S + 10 - slow_call.age_s()))
    assert slow_call.age_s() > HOWLER_S - 5
    box.wait_line("fxs1", "howler")
    assert box.phone(1).state["tone"]["level_dbm0"] > -6
    box.phone(1).hang_up()
    box.wait_line("fxs1", "on-hook")
    box.phone(1).lift()
    box.phone(1).wait_tone("dial")


def test_the_drift_of_a_fast_clock_is_found_and_costs_no_slip(fast_call: LongCall) -> None:
    _wait_settled(fast_call)


def test_the_drift_of_a_slow_clock_is_found_and_costs_no_slip(slow_call: LongCall, fast_call: LongCall) -> None:
    _wait_settled(slow_call)


def _wait_settled(call: LongCall) -> None:
    """Skips where the machine has so much to do that the adapter starves all the time: that tells nothing."""
    watches = [Watch(call, line) for line in call.lines]
    left_s = max(10.0, SETTLED_S - call.age_s())
    if comes(lambda: len([watch for watch in watches if watch.has_settled()]) == len(watches), left_s):
        return
    if any(watch.calm_s() > CALM_S for watch in watches):
        raise AssertionError(f"the drift is not found: {[call.audio(line) for line in call.lines]}")
    pytest.skip("this machine is too busy to keep audio going")


class Watch:
    """Looks whether both figures of a line are true for a while, without a slip; and whether the machine lets it."""

    def __init__(self, call: LongCall, line: str) -> None:
        self._call = call
        self._line = line
        self._good_since: float | None = None
        self._slips = self._starved = -1
        self._calm_since = time.monotonic()
        self._is_settled = False

    def calm_s(self) -> float:
        """For how long no block was late."""
        return time.monotonic() - self._calm_since

    def has_settled(self) -> bool:
        """Once it has, it has."""
        audio, now = self._call.audio(self._line), time.monotonic()
        slips = int(audio["up"]["slips"]) + int(audio["down"]["slips"])
        if not self._is_true(audio) or slips != self._slips:
            self._good_since = None
        elif self._good_since is None:
            self._good_since = now
        self._slips = slips
        self._look_at_machine()
        self._is_settled = self._is_settled or (self._good_since is not None and now - self._good_since > WATCHED_S)
        return self._is_settled

    def _is_true(self, audio: dict[str, Any]) -> bool:
        # Up is written by the adapter's clock, down is read by it.
        up_off = abs(audio["up"]["drift_ppm"] - self._call.ppm)
        down_off = abs(audio["down"]["drift_ppm"] + self._call.ppm)
        is_shallow = 0 < audio["up"]["depth_ms"] < 60 and 0 < audio["down"]["depth_ms"] < 60
        return up_off < ABOUT_PPM and down_off < ABOUT_PPM and is_shallow

    def _look_at_machine(self) -> None:
        starved = self._call.box.status()["adapters"][0]["frames"]["starved"]
        if starved != self._starved:
            self._starved, self._calm_since = starved, time.monotonic()
