"""Caller-ID FSK: modulator and receiver against each other, and the data link alone."""

import random

import numpy as np
import pytest

from firmware.dsp.data_link import DataLink
from firmware.dsp.generate import fsk_caller_id
from firmware.dsp.levels import peak_of_sine, power_dbm0
from firmware.dsp.spandsp import CallerIdReceiver

STANDARDS = ("bell202", "v23")


def message(body: bytes, kind: int = 0x80) -> bytes:
    head = bytes([kind, len(body)]) + body
    return head + bytes([-sum(head) & 0xFF])


CALL = message(b"\x01\x0812251234" + b"\x02\x0a5551234567" + b"\x07\x0fJANE DOE AND CO")


def heard(standard: str, pcm: bytes, block_samples: int = 80) -> list[bytes]:
    receiver = CallerIdReceiver(standard)
    size = 2 * block_samples
    return [found for start in range(0, len(pcm), size) for found in receiver.feed(pcm[start : start + size])]


def noisy(pcm: bytes, noise_dbm0: float, seed: int) -> bytes:
    samples = np.frombuffer(pcm, np.int16).astype(float)
    samples += np.random.default_rng(seed).normal(0, peak_of_sine(noise_dbm0) / 2**0.5, len(samples))
    return np.clip(samples, -32767, 32767).astype(np.int16).tobytes()


def framed(pcm: bytes) -> bytes:
    return bytes(3200) + pcm + bytes(1600)


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("block_samples", [40, 80, 160, 6000])
def test_a_message_comes_back_whole_with_its_checksum(standard: str, block_samples: int) -> None:
    assert heard(standard, framed(fsk_caller_id(CALL, standard=standard)), block_samples) == [CALL]


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("dbm0", [-40, -30, -13.5, -3])
def test_a_message_is_heard_at_every_level_a_line_may_have(standard: str, dbm0: float) -> None:
    assert heard(standard, framed(fsk_caller_id(CALL, standard=standard, dbm0=dbm0))) == [CALL]


@pytest.mark.parametrize("standard", STANDARDS)
def test_random_bytes_are_heard_15_db_above_the_noise(standard: str) -> None:
    rng = random.Random(3)
    for seed in range(10):
        sent = message(rng.randbytes(rng.randint(1, 60)))
        pcm = framed(fsk_caller_id(sent, standard=standard, dbm0=-20))
        assert heard(standard, noisy(pcm, -35, seed)) == [sent]


@pytest.mark.parametrize("standard", STANDARDS)
def test_the_longest_message_and_the_shortest_preamble_are_heard(standard: str) -> None:
    longest = message(bytes(255))
    assert heard(standard, framed(fsk_caller_id(longest, standard=standard))) == [longest]
    assert heard(standard, framed(fsk_caller_id(CALL, standard=standard, seizure_bits=96, mark_bits=55))) == [CALL]


@pytest.mark.parametrize("standard", STANDARDS)
def test_two_messages_on_one_line_are_both_heard(standard: str) -> None:
    other = message(b"\x0b\x01\xff", kind=0x82)
    pcm = framed(fsk_caller_id(CALL, standard=standard)) + framed(fsk_caller_id(other, standard=standard))
    assert heard(standard, pcm) == [CALL, other]


def test_a_wrong_checksum_is_not_a_message() -> None:
    broken = CALL[:-1] + bytes([CALL[-1] ^ 1])
    assert heard("bell202", framed(fsk_caller_id(broken, standard="bell202"))) == []


def test_noise_is_not_a_message() -> None:
    assert heard("v23", noisy(bytes(16000 * 10), -20, 1)) == []


def test_level_and_length_are_what_was_asked_for() -> None:
    pcm = fsk_caller_id(CALL, standard="v23", seizure_bits=300, mark_bits=180, dbm0=-13.5)
    bits = 300 + 180 + 10 * len(CALL) + 4
    assert len(pcm) / 16 == pytest.approx(bits / 1.2, abs=0.2)
    assert power_dbm0(pcm) == pytest.approx(-13.5, abs=0.1)


def test_the_phase_never_jumps() -> None:
    samples = np.frombuffer(fsk_caller_id(CALL, standard="bell202", dbm0=0), np.int16).astype(float)
    steepest = peak_of_sine(0) * 2 * np.pi * 2200 / 8000
    assert np.abs(np.diff(samples)).max() <= steepest * 1.01


@pytest.mark.parametrize("standard", ["v21", ""])
def test_an_unknown_standard_is_refused_in_words(standard: str) -> None:
    with pytest.raises(ValueError, match="bell202 or v23"):
        fsk_caller_id(CALL, standard=standard)
    with pytest.raises(ValueError, match="bell202 or v23"):
        CallerIdReceiver(standard)


def bits_of(data: bytes, gap: int = 0) -> list[int]:
    bits = []
    for byte in data:
        bits += [0, *(byte >> shift & 1 for shift in range(8)), 1, *(1,) * gap]
    return bits


def taken(bits: list[int]) -> list[bytes]:
    link = DataLink()
    return [found for bit in bits if (found := link.take(bit)) is not None]


def test_the_link_bridges_ten_mark_bits_between_bytes_and_gives_up_after_many() -> None:
    assert taken([1] * 60 + bits_of(CALL, gap=10)) == [CALL]
    assert taken([1] * 60 + bits_of(CALL, gap=29)) == []


def test_the_link_finds_the_next_message_after_a_broken_byte_or_a_cut() -> None:
    broken = bits_of(CALL)
    broken[59] = 0  # a stop bit
    assert taken([1] * 60 + broken + [1] * 60 + bits_of(CALL)) == [CALL]
    assert taken([1] * 60 + bits_of(CALL)[:77] + [1] * 60 + bits_of(CALL)) == [CALL]


def test_the_link_lives_through_any_bits_and_holds_no_more_than_one_message() -> None:
    rng = random.Random(5)
    link = DataLink()
    for _ in range(100_000):
        link.take(rng.getrandbits(1))
    link.reset()
    assert [found for bit in [1] * 60 + bits_of(CALL) if (found := link.take(bit))] == [CALL]
