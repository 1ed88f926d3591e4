"""The echo canceller on a synthetic hybrid, and the resampler."""

import numpy as np
import pytest

from firmware.dsp.speex import EchoCanceller, EchoFigures, Resampler

RATE = 8000


def speech_like(seconds: float, seed: int, dbm0: float = -18) -> np.ndarray:
    """Noise with the spectrum and the syllables of speech (ITU-T G.227 and P.50 in spirit)."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE)
    white = rng.normal(size=count + 64)
    shaped = np.convolve(white, 0.8 ** np.arange(32), "same")[:count]
    syllables = np.repeat(rng.uniform(0.15, 1.0, count // 1200 + 1), 1200)[:count]
    shaped *= np.convolve(syllables, np.hanning(400) / 200, "same")
    return shaped / np.sqrt(np.mean(shaped**2)) * 32767 * 10 ** ((dbm0 - 3.14) / 20) / np.sqrt(2)


def hybrid(erl_db: float) -> np.ndarray:
    """An echo path of 12 ms, 2 ms away, with the given loss."""
    rng = np.random.default_rng(3)
    path = np.concatenate([np.zeros(16), rng.normal(size=96) * np.exp(-np.arange(96) / 16)])
    return path / np.sqrt(np.sum(path**2)) * 10 ** (-erl_db / 20)


def cancelled(canceller: EchoCanceller, block: int, heard: np.ndarray, far: np.ndarray) -> np.ndarray:
    heard16, far16 = (np.clip(wave, -32767, 32767).astype(np.int16) for wave in (heard, far))
    out = [
        canceller.process(heard16[at : at + block].tobytes(), far16[at : at + block].tobytes())
        for at in range(0, len(far) - block + 1, block)
    ]
    return np.frombuffer(b"".join(out), np.int16).astype(float)


def level_db(over: np.ndarray, under: np.ndarray) -> float:
    return float(10 * np.log10(np.sum(over**2) / np.sum(under**2)))


@pytest.mark.parametrize("block", [40, 80, 160])
@pytest.mark.parametrize("erl_db", [6, 15])
def test_the_echo_of_a_hybrid_goes_down_by_20_db_in_three_seconds(block: int, erl_db: int) -> None:
    far = speech_like(6, 1)
    echo = np.convolve(far, hybrid(erl_db))[: len(far)] + np.random.default_rng(2).normal(0, 3, len(far))
    canceller = EchoCanceller(block)
    out = cancelled(canceller, block, echo, far)
    after = slice(3 * RATE, len(out))
    assert level_db(echo[after], out[after]) > 20
    assert canceller.erl_db == pytest.approx(level_db(far[-RATE:], echo[-RATE:]), abs=1.5)
    assert canceller.erle_db == pytest.approx(level_db(echo[-RATE:], out[-RATE:]), abs=4)


@pytest.mark.parametrize("block", [40, 80, 160])
def test_who_speaks_at_the_telephone_passes_unharmed_while_the_far_end_speaks_too(block: int) -> None:
    far, near = speech_like(10, 1), speech_like(10, 9)
    near[: 4 * RATE] = 0
    heard = np.convolve(far, hybrid(10))[: len(far)] + near
    out = cancelled(EchoCanceller(block), block, heard, far)
    talking = slice(6 * RATE, len(out))
    # The canceller's own high-pass (against hum) is in both.
    alone = cancelled(EchoCanceller(block), block, near, np.zeros(len(near)))
    echo_left = out[talking] - alone[talking]
    # The library adapts on through double talk, the less steadily the shorter its frame.
    assert level_db(heard[talking] - near[talking], echo_left) > (3 if block == 40 else 10)
    assert level_db(alone[talking], echo_left) > 12


def test_figures_wait_for_a_far_end_that_speaks_alone() -> None:
    figures = EchoFigures(80, 256)
    loud, quiet, half = (np.full(80, level, np.int16).tobytes() for level in (8000, 10, 4000))
    for _ in range(20):
        figures.take(quiet, quiet, quiet)  # nobody speaks
        figures.take(loud, quiet, loud)  # only the telephone
    assert figures.erl_db is None
    for _ in range(20):
        figures.take(loud, loud, loud)  # both
    assert figures.erl_db is None
    for _ in range(20):
        figures.take(half, loud, quiet)
    assert figures.erl_db == pytest.approx(6.02, abs=0.1)
    assert figures.erle_db == pytest.approx(52.04, abs=0.1)
    figures.reset()
    assert figures.erl_db is None
    assert figures.erle_db is None


def test_a_reset_canceller_knows_nothing() -> None:
    far = speech_like(4, 1)
    echo = np.convolve(far, hybrid(10))[: len(far)]
    canceller = EchoCanceller(80)
    once = cancelled(canceller, 80, echo, far)
    canceller.reset()
    assert canceller.erle_db is None
    again = cancelled(canceller, 80, echo, far)
    first = slice(0, 400)
    assert level_db(again[first], once[first]) == pytest.approx(0, abs=0.5)


def test_blocks_of_another_size_are_refused() -> None:
    canceller = EchoCanceller(80)
    with pytest.raises(ValueError, match="both must be 160"):
        canceller.process(bytes(160), bytes(158))
    with pytest.raises(ValueError, match="40, 80 or 160"):
        EchoCanceller(100)
    with pytest.raises(ValueError, match="tail"):
        EchoCanceller(80, 100_000)


@pytest.mark.parametrize("ppm", [-500, -100, 0, 7, 300])
def test_the_resampler_takes_in_so_much_more_than_it_gives_out(ppm: int) -> None:
    resampler = Resampler(ppm=ppm)
    taken = given = 0
    for index in range(20_000):
        if index % 25 == 0:
            resampler.set_ppm(ppm)
        given += len(resampler.process(bytes(160))) // 2
        taken += 80
    assert (taken / given - 1) * 1e6 == pytest.approx(ppm, abs=2)


def test_producing_uses_up_only_what_it_needs() -> None:
    resampler = Resampler(ppm=400)
    used = 0
    for index in range(10_000):
        if index % 25 == 0:
            resampler.set_ppm(400)
        block, count = resampler.produce(bytes(164), 160)
        assert len(block) == 160
        assert 158 <= count <= 164
        used += count
    assert (used / (160 * 10_000) - 1) * 1e6 == pytest.approx(400, abs=3)


def test_a_change_of_rate_does_not_click() -> None:
    resampler, rng = Resampler(), np.random.default_rng(1)
    tone = (12000 * np.sin(2 * np.pi * 1000 / RATE * np.arange(RATE * 20))).astype(np.int16)
    out = []
    for at in range(0, len(tone), 80):
        resampler.set_ppm(float(rng.uniform(-500, 500)))
        out.append(resampler.process(tone[at : at + 80].tobytes()))
    heard = np.frombuffer(b"".join(out), np.int16).astype(float)[200:]
    # A steady sine fulfils x[n-1] + x[n+1] = 2 cos(w) x[n]; what is left over are clicks, noise and pitch.
    residue = heard[:-2] + heard[2:] - 2 * np.cos(2 * np.pi * 1000 / RATE) * heard[1:-1]
    assert np.abs(residue).max() < 12000 * 0.01


def test_the_voice_band_passes_with_2_ms_of_delay() -> None:
    assert Resampler().delay_ms == 2
    for hz, most_db in ((300, 0.1), (1000, 0.1), (3000, 0.1), (3400, 3.0)):
        resampler = Resampler(ppm=50)
        tone = (12000 * np.sin(2 * np.pi * hz / RATE * np.arange(RATE * 2))).astype(np.int16)
        heard = np.frombuffer(b"".join(resampler.process(tone[at : at + 80].tobytes()) for at in range(0, 16000, 80)))
        heard = np.frombuffer(heard.tobytes(), np.int16).astype(float)[800:]
        assert -most_db < 20 * np.log10(np.sqrt(np.mean(heard**2)) * np.sqrt(2) / 12000) < 0.1


def test_more_than_400_ms_at_once_is_refused() -> None:
    with pytest.raises(ValueError, match="at once"):
        Resampler().process(bytes(6402))
