"""Whether what was played comes back: decided by correlation, at any delay and level, and never of anything else."""

import math
import random
from array import array

import pytest

from firmware.telephony.media.echo_probe import EchoDecider, known_sound
from firmware.telephony.media.tones import render
from firmware.telephony.sounds import melody

PIECE = 2400
RATE = 8000


def samples(pcm: bytes) -> "array[int]":
    return array("h", pcm)


SOUND = samples(known_sound().pcm)


def echo(begin: int, delay: int, gain: float = 1.0, noise: int = 0) -> bytes:
    """What is heard from sample `begin` on of the sound that is played round and round."""
    dice = random.Random(begin)
    heard = (gain * SOUND[(at - delay) % RATE] + dice.randint(-noise, noise) for at in range(begin, begin + PIECE))
    return array("h", (int(value) for value in heard)).tobytes()


def coarse(value: int) -> int:
    """In steps of a sixteenth of the value, as G.711 has them."""
    step = max(8, 1 << max(0, int(math.log2(abs(value) + 1)) - 4))
    return value // step * step


@pytest.mark.parametrize("delay", [0, 1, 160, 2399, 7999])
def test_an_echo_is_heard_at_any_delay(delay: int) -> None:
    decider = EchoDecider()
    assert not decider.take(echo(8000, delay), 8000 + PIECE).is_echo  # once may be chance
    heard = decider.take(echo(12_345, delay), 12_345 + PIECE)
    assert heard.is_echo and abs(heard.delay_ms - delay / 8) <= 1


def test_an_echo_that_is_faint_or_noisy_is_heard() -> None:
    decider = EchoDecider()
    decider.take(echo(8000, 900, 0.1, 100), 8000 + PIECE)
    assert decider.take(echo(16_100, 1000, 0.1, 100), 16_100 + PIECE).is_echo


def test_what_went_through_a_codec_is_heard() -> None:
    decider = EchoDecider()
    for begin in (8000, 11_000):
        decider.take(array("h", map(coarse, samples(echo(begin, 700)))).tobytes(), begin + PIECE)
    assert decider.heard.is_echo


def test_noise_and_music_and_tones_are_sound_but_no_echo() -> None:
    dice = random.Random(1)
    noise = array("h", (dice.randint(-9000, 9000) for _ in range(RATE))).tobytes()
    music = render(melody()).pcm
    for other in (noise, music):
        decider = EchoDecider()
        for begin in range(0, min(len(other), 10 * 2 * RATE) - 2 * PIECE, 4 * PIECE):
            heard = decider.take(other[begin : begin + 2 * PIECE], begin // 2 + PIECE)
            assert not heard.is_echo
        assert heard.is_sound


def test_the_sound_at_a_delay_that_jumps_is_no_echo() -> None:
    """Such is a recording of it, or another box that tries at the same time."""
    decider = EchoDecider()
    for begin, delay in ((8000, 100), (12_000, 4000), (16_000, 1500)):
        assert not decider.take(echo(begin, delay), begin + PIECE).is_echo


def test_silence_is_no_sound() -> None:
    decider = EchoDecider()
    heard = decider.take(bytes(2 * PIECE), PIECE)
    assert not heard.is_sound and not heard.is_echo
