"""DTMF through libspandsp: what is sent is heard, and nothing else is."""

import random
from array import array

import numpy as np
import pytest

from firmware.dsp.generate import dtmf, tones
from firmware.dsp.levels import peak_of_sine, power_dbm0
from firmware.dsp.spandsp import DtmfReceiver

ALL_KEYS = "0123456789*#ABCD"


def heard(pcm: bytes, block_samples: int = 80, **options: int) -> str:
    receiver = DtmfReceiver(**options)
    size = 2 * block_samples
    return "".join(receiver.feed(pcm[start : start + size]) for start in range(0, len(pcm), size))


def noisy(pcm: bytes, noise_dbm0: float, seed: int = 1) -> bytes:
    samples = np.frombuffer(pcm, np.int16).astype(float)
    samples += np.random.default_rng(seed).normal(0, peak_of_sine(noise_dbm0) / 2**0.5, len(samples))
    return np.clip(samples, -32767, 32767).astype(np.int16).tobytes()


@pytest.mark.parametrize("block_samples", [40, 80, 160, 8000])
def test_all_sixteen_keys_are_heard_once_at_the_shortest_timing_in_any_block_size(block_samples: int) -> None:
    assert heard(dtmf(ALL_KEYS, on_ms=40, off_ms=40), block_samples) == ALL_KEYS


def test_a_key_held_for_three_seconds_is_one_digit() -> None:
    assert heard(dtmf("5", on_ms=3000, off_ms=100)) == "5"


@pytest.mark.parametrize("twist_db", [-8, -4, 0, 4, 6])
@pytest.mark.parametrize("dbm0", [-28, -10, -3])
def test_the_twist_of_long_lines_and_of_lifted_high_groups_is_taken(dbm0: int, twist_db: int) -> None:
    assert heard(dtmf(ALL_KEYS, dbm0=dbm0 - max(0, twist_db) / 2, twist_db=twist_db, on_ms=60, off_ms=60)) == ALL_KEYS


def test_the_weakest_tone_asked_for_is_heard_and_a_much_weaker_one_is_not() -> None:
    assert heard(dtmf(ALL_KEYS, dbm0=-36, on_ms=60, off_ms=60), min_dbm0=-36) == ALL_KEYS
    assert heard(dtmf(ALL_KEYS, dbm0=-44, on_ms=60, off_ms=60), min_dbm0=-36) == ""


@pytest.mark.long
def test_a_thousand_digits_of_random_level_and_twist_in_noise_are_all_heard() -> None:
    rng = random.Random(7)
    digits = "".join(rng.choice(ALL_KEYS) for _ in range(1000))
    pcm = b"".join(
        dtmf(digit, dbm0=rng.uniform(-26, -6), twist_db=rng.uniform(-6, 4), on_ms=rng.randint(50, 90), off_ms=50)
        for digit in digits
    )
    assert heard(noisy(pcm, -50)) == digits


def test_dial_tone_music_of_one_pitch_and_noise_are_no_digits() -> None:
    assert heard(tones([350, 440], -10, 3000)) == ""
    assert heard(tones([697], -10, 1000) + tones([1209], -10, 1000)) == ""
    assert heard(noisy(bytes(16000 * 20), -15)) == ""


def test_a_digit_is_heard_through_the_echo_of_dial_tone() -> None:
    digits = np.frombuffer(dtmf("0123456789", dbm0=-8), np.int16).astype(np.int32)
    dial = np.frombuffer(tones([350, 440], -28, 1400), np.int16).astype(np.int32)
    assert heard((digits + dial).astype(np.int16).tobytes()) == "0123456789"


def test_the_tone_shows_while_it_lasts_so_that_it_can_be_muted() -> None:
    receiver = DtmfReceiver()
    pcm = dtmf("1", on_ms=100, off_ms=100)
    shown = []
    for start in range(0, len(pcm), 160):
        receiver.feed(pcm[start : start + 160])
        shown.append(receiver.is_tone_on)
    # At most 20 ms leak before the tone is suspected, and 30 ms of what follows are muted.
    assert all(shown[2:10])
    assert not any(shown[13:])


def test_levels_and_lengths_are_what_was_asked_for() -> None:
    pcm = dtmf("5", dbm0=-10, twist_db=2, on_ms=100, off_ms=50)
    assert len(pcm) == 16 * 150
    low, high = 10 ** (-10 / 10), 10 ** (-8 / 10)
    assert power_dbm0(pcm[: 16 * 100]) == pytest.approx(10 * np.log10(low + high), abs=0.1)
    assert power_dbm0(tones([1000], 0, 1000)) == pytest.approx(0, abs=0.02)
    assert max(array("h", tones([1000], 3.14, 100))) == 32767


@pytest.mark.parametrize("wrong", ["E", "5x", "é", " "])
def test_a_character_that_is_no_key_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a DTMF digit"):
        dtmf(wrong)


def test_too_many_digits_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="257 digits"):
        dtmf("1" * 257)
