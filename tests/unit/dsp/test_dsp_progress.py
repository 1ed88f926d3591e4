"""Call-progress tones: found in time, by every country's own patterns, and never in speech."""

import random
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from firmware import countries
from firmware.dsp.cadence import SILENCE, CadenceMatcher
from firmware.dsp.generate import tones
from firmware.dsp.progress import ToneDetector, TonePattern, ToneStep

SPEECH = Path("/usr/share/asterisk/sounds")


def hang_up_patterns(code: str) -> list[TonePattern]:
    return [
        TonePattern(tone.name, tuple(ToneStep(step.hz, step.ms) for step in tone.steps))
        for tone in countries.load(code).outside_line.hang_up_tones
    ]


def played(pattern: TonePattern, seconds: float, *, dbm0: float = -20, off_hz: float = 0) -> bytes:
    cycle = b"".join(tones([hz + off_hz for hz in step.hz], dbm0, step.ms) for step in pattern.steps)
    if len(pattern.steps) == 1:
        return tones([hz + off_hz for hz in pattern.steps[0].hz], dbm0, int(seconds * 1000))
    return cycle * (int(seconds * 16000 / len(cycle)) + 1)


def noisy(pcm: bytes, peak: float) -> bytes:
    samples = np.frombuffer(pcm, np.int16) + np.random.default_rng(1).normal(0, peak, len(pcm) // 2)
    return np.clip(samples, -32767, 32767).astype(np.int16).tobytes()


def found(patterns: Sequence[TonePattern], pcm: bytes, block_samples: int = 80) -> list[tuple[str, float]]:
    detector = ToneDetector(patterns)
    hits = []
    for start in range(0, len(pcm), 2 * block_samples):
        name = detector.feed(pcm[start : start + 2 * block_samples])
        if name:
            hits.append((name, start / 16000))
    return hits


CASES = [
    pytest.param(code, index, id=f"{code}-{pattern.name}-{index}")
    for code in countries.available()
    for index, pattern in enumerate(hang_up_patterns(code))
]


@pytest.mark.parametrize(("off_hz", "noise"), [(0, 0), (-8, 60), (8, 60)])
@pytest.mark.parametrize(("code", "index"), CASES)
def test_every_hang_up_tone_is_found_once_within_three_cycles(code: str, index: int, off_hz: int, noise: int) -> None:
    patterns = hang_up_patterns(code)
    pattern = patterns[index]
    cycle_s = sum(step.ms for step in pattern.steps) / 1000
    lead_s = random.Random(index).uniform(0.2, 1.2)
    seconds = 5 * cycle_s if len(pattern.steps) > 1 else cycle_s + 1
    pcm = bytes(2 * int(8000 * lead_s)) + played(pattern, seconds, off_hz=off_hz)
    hits = found(patterns, noisy(pcm, noise))
    assert [name for name, _ in hits] == [pattern.name]
    assert hits[0][1] - lead_s < 3 * cycle_s


@pytest.mark.parametrize("block_samples", [40, 80, 160, 1234])
def test_the_size_of_the_blocks_does_not_matter(block_samples: int) -> None:
    patterns = hang_up_patterns("US")
    assert [name for name, _ in found(patterns, played(patterns[0], 5), block_samples)] == ["busy"]


@pytest.mark.parametrize("dbm0", [-38, -6])
def test_weak_and_loud_tones_are_found(dbm0: float) -> None:
    patterns = hang_up_patterns("DE")
    assert [name for name, _ in found(patterns, played(patterns[0], 5, dbm0=dbm0))] == ["busy"]


def test_busy_and_congestion_of_one_pitch_are_told_apart_and_follow_each_other() -> None:
    patterns = hang_up_patterns("DE")
    pcm = played(patterns[0], 5) + played(patterns[1], 5)
    assert [name for name, _ in found(patterns, pcm)] == ["busy", "congestion"]


def test_the_tone_that_sounds_now_shows_until_it_ends() -> None:
    patterns = hang_up_patterns("US")
    detector = ToneDetector(patterns)
    detector.feed(played(patterns[0], 5))
    assert detector.current == "busy"
    detector.feed(bytes(16000))
    assert detector.current is None


@pytest.mark.long
@pytest.mark.parametrize("code", countries.available())
def test_speech_like_sound_noise_and_other_tones_are_no_hang_up(code: str) -> None:
    patterns = hang_up_patterns(code)
    rng = np.random.default_rng(4)
    t = np.arange(8000 * 60) / 8000
    # A voice: harmonics of a pitch that wanders, in syllables of random length, around the tones' own frequencies.
    pitch = 130 + 60 * np.sin(2 * np.pi * 0.31 * t) + 20 * np.sin(2 * np.pi * 1.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / 8000
    voice = sum(np.sin(phase * k) / k for k in range(1, 12))
    gate = np.repeat(rng.random(600) > 0.4, 800)
    assert found(patterns, (4000 * voice * gate).astype(np.int16).tobytes()) == []
    assert found(patterns, rng.normal(0, 3000, 8000 * 30).astype(np.int16).tobytes()) == []
    assert found(patterns, tones([1000], -10, 10_000) + tones([697, 1209], -10, 10_000)) == []


@pytest.mark.long
@pytest.mark.skipif(not any(SPEECH.rglob("*.wav")), reason="Debian's asterisk-core-sounds-en-wav is not installed")
@pytest.mark.parametrize("code", countries.available())
def test_recorded_speech_is_no_hang_up(code: str) -> None:
    detector = ToneDetector(hang_up_patterns(code))
    for path in sorted(SPEECH.rglob("*.wav"))[:60]:
        with wave.open(str(path)) as recording:
            if recording.getframerate() == 8000:
                assert detector.feed(recording.readframes(recording.getnframes())) is None, path


def test_too_many_patterns_are_refused() -> None:
    with pytest.raises(ValueError, match="33 tone patterns"):
        ToneDetector([TonePattern("busy", (ToneStep((400.0,), 1000),))] * 33)


BUSY = TonePattern("busy", (ToneStep((425.0,), 500), ToneStep(SILENCE, 500)))


def matched(*runs: tuple[tuple[float, ...] | None, int]) -> list[str]:
    matcher = CadenceMatcher([BUSY])
    names = (matcher.take(hz, 20) for hz, ms in runs for _ in range(ms // 20))
    return [name for name in names if name]


def test_a_cadence_may_be_joined_in_the_middle() -> None:
    tone, pause = ((425.0,), 500), (SILENCE, 500)
    assert matched(((425.0,), 200), pause, tone, pause, tone, pause) == ["busy"]
    assert matched((SILENCE, 2000), tone, pause, tone, pause, tone) == ["busy"]


def test_a_click_in_a_tone_does_not_break_the_cadence_and_a_wrong_length_does() -> None:
    tone, pause = ((425.0,), 500), (SILENCE, 500)
    clicked = (((425.0,), 240), (None, 20), ((425.0,), 240))
    assert matched(tone, pause, *clicked, pause, tone, pause) == ["busy"]
    assert matched(tone, pause, ((425.0,), 700), pause, tone, pause) == []
    assert matched(tone, pause, (None, 200), tone, pause) == []
