"""Audio of a session: each block is answered by one, and what sounded is reckoned."""

import pytest

from firmware.fxs.protocol.frames import (
    Audio,
    encode,
)
from firmware.fxs.protocol.orders import StartAudio, StopAudio
from tests.unit.fxs.fxs_scripted_peer import World, ready


def with_audio(block_ms: int = 10, prime: int = 2) -> World:
    world = ready()
    world.session.request(1, StartAudio(block_ms, prime))
    world.run(0.05)
    return world


def block(value: int, ms: int = 10) -> bytes:
    return bytes([value, 0]) * (8 * ms)


def hear(world: World, *blocks: Audio) -> list[Audio]:
    before = len(world.peer.audio)
    for audio in blocks:
        world.session.receive(encode(audio))
    world.run(0.02)
    return world.peer.audio[before:]


def test_each_block_is_answered_by_one_with_its_own_numbers() -> None:
    world = with_audio()
    answers = hear(world, *(Audio(1, n, block(n + 1)) for n in range(5)))
    assert answers == [Audio(1, n, block(n + 1)) for n in range(5)]
    assert world.session.lost_audio == 0


def test_lost_blocks_are_counted_and_answered() -> None:
    world = with_audio()
    answers = hear(world, Audio(1, 0, block(1)), Audio(1, 3, block(2)))
    assert [a.number for a in answers] == [0, 1, 2, 3]
    assert [heard for _, heard, _ in world.host.exchanged] == [block(1), block(0), block(0), block(2)]
    assert world.session.lost_audio == 2


def test_a_long_loss_is_counted_and_answered_once() -> None:
    world = with_audio()
    assert len(hear(world, Audio(1, 0, block(1)), Audio(1, 500, block(2)))) == 2
    assert world.session.lost_audio == 499


def test_a_block_that_comes_twice_is_answered_once() -> None:
    world = with_audio()
    assert len(hear(world, Audio(1, 0, block(1)), Audio(1, 0, block(1)), Audio(1, 1, block(1)))) == 2


def test_numbers_wrap_without_loss() -> None:
    world = with_audio()
    hear(world, *(Audio(1, n & 0xFFFF, block(1)) for n in range(65533, 65540)))
    assert world.session.lost_audio == 0


def test_stray_audio_is_not_answered() -> None:
    world = with_audio()
    assert hear(world, Audio(0, 0, block(1)), Audio(15, 0, block(1)), Audio(1, 0, block(1, 20))) == []
    world.session.request(1, StopAudio())
    assert hear(world, Audio(1, 0, block(1))) == []


def test_a_path_that_returns_too_little_plays_silence() -> None:
    world = with_audio()
    world.host.play = lambda heard: b""
    assert hear(world, Audio(1, 0, block(1))) == [Audio(1, 0, block(0))]


def test_the_reference_is_what_the_adapter_says_it_played() -> None:
    world = with_audio()
    world.host.play = lambda heard: block(heard[0] + 100)
    played = [0xFFFF, 0xFFFF, 0xFFFF, 0, 1, 0xFFFF, 3]  # primed with two; starved once
    hear(world, *(Audio(1, n, block(n), p) for n, p in enumerate(played)))
    silence = block(0)
    expected = [silence, silence, silence, block(100), block(101), silence, block(103)]
    assert [reference for _, _, reference in world.host.exchanged] == expected


def test_the_reference_is_reckoned_where_the_adapter_cannot_tell() -> None:
    world = with_audio(prime=2)
    world.host.play = lambda heard: block(heard[0] + 100)
    hear(world, *(Audio(1, n, block(n)) for n in range(6)))
    references = [reference for _, _, reference in world.host.exchanged]
    assert references == [block(0)] * 3 + [block(100), block(101), block(102)]


@pytest.mark.parametrize("nonsense", [7, 60_000])
def test_a_block_that_was_never_sent_cannot_have_sounded(nonsense: int) -> None:
    world = with_audio()
    world.host.play = lambda heard: block(99)
    hear(world, Audio(1, 0, block(1)), Audio(1, 1, block(1), nonsense))
    assert world.host.exchanged[-1][2] == block(0)
