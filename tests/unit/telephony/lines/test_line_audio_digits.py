"""Digits that go both ways on a line at once, on a synthetic hybrid: those of the telephone count, echoes do not."""

import numpy as np
import pytest

from firmware.dsp.spandsp import dtmf
from firmware.telephony.lines import line_audio
from firmware.telephony.lines.line_audio import LineAudio, LineAudioOptions

BLOCK, RATE_HZ = 80, 8000
KEYS = "0123456789*#ABCD"
OWN_AT_MS, END_MS = 200, 900
_LONG = pytest.mark.long
WORST_ERL_DB = 6  # a two-wire line whose balance fits badly


class NoBridge:
    """The engine's side, which does not run here."""

    def __init__(self, *_: object) -> None:
        pass

    def buffers(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_audio, "LinePort", NoBridge)


def hybrid(erl_db: float) -> np.ndarray:
    rng = np.random.default_rng(3)
    path = np.concatenate([np.zeros(8), rng.normal(size=60) * np.exp(-np.arange(60) / 12)])
    return path / np.sqrt(np.sum(path**2)) * 10 ** (-erl_db / 20)


def dialled(digits: str, at_ms: int, *, on_ms: int = 100, off_ms: int = 80, dbm0: float = -10.0) -> np.ndarray:
    wave = np.zeros(RATE_HZ * END_MS // 1000)
    tones = [np.frombuffer(dtmf(digit, dbm0=dbm0, on_ms=on_ms, off_ms=off_ms), np.int16) for digit in digits]
    sound = np.concatenate(tones) if tones else np.zeros(0)
    wave[at_ms * 8 : at_ms * 8 + len(sound)] = sound
    return wave


def heard(near: np.ndarray, own: str = "", *, erl_db: float = 12, has_canceller: bool = True) -> str:
    """What the line recognises while `near` comes from the telephone and, from 200 ms on, it plays digits itself."""
    digits: list[str] = []
    options = LineAudioOptions(block_ms=10, has_echo_canceller=has_canceller)
    line = LineAudio("fxs1", options=lambda: options, on_digit=digits.append)
    line.open()
    path, sent = hybrid(erl_db), np.zeros(len(near))
    noise = np.random.default_rng(7).normal(0, 3, len(near))
    played = bytes(2 * BLOCK)
    for at in range(0, len(near), BLOCK):
        if at == OWN_AT_MS * 8:
            for digit in own:
                line.play_digit(digit)
        sent[at : at + BLOCK] = np.frombuffer(played, np.int16)
        first = max(0, at - len(path))
        echo = np.convolve(sent[first : at + BLOCK], path)[at - first : at - first + BLOCK]
        block = np.clip(echo + near[at : at + BLOCK] + noise[at : at + BLOCK], -32767, 32767).astype(np.int16)
        played = line.exchange(block.tobytes(), played)
    return "".join(digits)


@pytest.mark.parametrize("has_canceller", [True, False])
@pytest.mark.parametrize("erl_db", [3, WORST_ERL_DB, 20])
def test_the_echo_of_our_own_digit_is_none_of_the_telephones(erl_db: int, has_canceller: bool) -> None:
    silence = dialled("", 0)
    assert [heard(silence, key, erl_db=erl_db, has_canceller=has_canceller) for key in KEYS] == [""] * len(KEYS)


@pytest.mark.parametrize("shift_ms", [-150, -100, -60, 60, 100, 150, 200])
@pytest.mark.parametrize("erl_db", [pytest.param(WORST_ERL_DB, marks=_LONG), 12, pytest.param(20, marks=_LONG)])
def test_a_digit_that_laps_over_our_own_is_heard_once(erl_db: int, shift_ms: int) -> None:
    pairs = [(own, KEYS[(place + 7) % 16]) for place, own in enumerate(KEYS)]
    near = [heard(dialled(other, OWN_AT_MS + shift_ms), own, erl_db=erl_db) for own, other in pairs]
    assert near == [other for _, other in pairs]


@pytest.mark.parametrize("shift_ms", [-45, -30, -15, 0, 15, 30, 45])
@pytest.mark.parametrize("erl_db", [WORST_ERL_DB, pytest.param(20, marks=_LONG)])
def test_digits_at_the_very_same_time_are_never_heard_wrong_or_twice(erl_db: int, shift_ms: int) -> None:
    for place, own in enumerate(KEYS):
        other = KEYS[(place + 3) % 16]
        assert heard(dialled(other, OWN_AT_MS + shift_ms), own, erl_db=erl_db) in ("", other)


def test_on_a_line_of_usual_echo_most_digits_at_the_very_same_time_are_heard() -> None:
    pairs = [(own, KEYS[(place + 3) % 16]) for place, own in enumerate(KEYS)]
    hits = [heard(dialled(other, OWN_AT_MS), own, erl_db=14) == other for own, other in pairs]
    assert sum(hits) >= 14


def test_a_number_dialled_while_another_is_played_arrives_whole() -> None:
    number = dialled("5678", 160, on_ms=100, off_ms=60)
    assert heard(number, "1234", erl_db=14) == "5678"


def test_quick_repetitions_of_one_digit_are_all_heard_beside_our_own() -> None:
    assert heard(dialled("7777", 250, on_ms=50, off_ms=50), "1", erl_db=20) == "7777"
