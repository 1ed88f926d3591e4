"""Rendered tones: frequency, level and cadence measured back, and loops without a click."""

import dataclasses

import numpy as np
import pytest

from firmware import countries
from firmware.countries import Tone, ToneStep
from firmware.dsp import levels
from firmware.telephony.media import tones
from firmware.telephony.media.tones import Rendered, render

ALL = [
    pytest.param(code, field.name, id=f"{code}-{field.name}")
    for code in countries.available()
    for field in dataclasses.fields(countries.Tones)
]


def tone_of(code: str, name: str) -> Tone:
    tone = getattr(countries.load(code).tones, name)
    assert isinstance(tone, Tone)
    return tone


def samples(rendered: Rendered, seconds: float = 0) -> np.ndarray:
    """What is heard for so long; the tone once when `seconds` is 0."""
    pcm = rendered.pcm
    while len(pcm) < seconds * 16000:
        pcm += bytes(16000) if rendered.loop_from is None else rendered.pcm[rendered.loop_from :]
    return np.frombuffer(pcm, np.int16)[: int(seconds * 8000) or None].astype(float)


def components(piece: np.ndarray) -> dict[float, float]:
    """Frequencies (to 1 Hz) and their levels in dBm0, down to 25 dB below the strongest."""
    size = 8000
    piece = piece[:size]
    window = np.hanning(len(piece))
    spectrum = np.abs(np.fft.rfft(piece * window, size)) * 2 / window.sum()
    found: dict[float, float] = {}
    for index in range(20, len(spectrum) - 1):
        level = spectrum[index]
        if level > spectrum.max() * 10**-1.25 and level >= spectrum[index - 1] and level > spectrum[index + 1]:
            found[float(index)] = 20 * np.log10(level / levels.FULL_SCALE) + levels.FULL_SCALE_SINE_DBM0
    return found


@pytest.mark.parametrize(("code", "name"), ALL)
def test_frequencies_levels_and_cadence_are_those_of_the_profile(code: str, name: str) -> None:
    tone = tone_of(code, name)
    heard = samples(render(tone))
    at = 0
    for step in tone.steps:
        piece = heard[at : at + 8 * step.ms]
        at += 8 * step.ms
        if not step.hz:
            assert not piece.any()
            continue
        assert piece[16:-16].any()
        found = components(piece)
        if step.ms >= 200 and min(np.diff([0, *step.hz])) > 20:
            assert sorted(found) == pytest.approx(sorted(step.hz), abs=2)
            assert list(found.values()) == pytest.approx([step.dbm0] * len(found), abs=0.4)


@pytest.mark.parametrize(("code", "name"), ALL)
def test_nothing_clicks_not_even_where_the_loop_closes(code: str, name: str) -> None:
    tone = tone_of(code, name)
    rendered = render(tone)
    heard = np.concatenate([[0.0], samples(rendered, len(rendered.pcm) / 16000 * 3), [0.0]])
    if rendered.loop_from is not None:
        heard = heard[:-1]
    # The steepest slope of all its sines together, and a little for the fades.
    steepest = max(
        sum(levels.peak_of_sine(step.dbm0) * 2 * np.pi * hz / 8000 for hz in step.hz) for step in tone.steps if step.hz
    )
    assert np.abs(np.diff(heard)).max() <= steepest * 1.05 + 1


@pytest.mark.parametrize(("code", "name"), ALL)
def test_a_tone_that_loops_goes_on_with_its_phase(code: str, name: str) -> None:
    tone = tone_of(code, name)
    rendered = render(tone)
    if rendered.loop_from is None:
        assert len(rendered.pcm) == 16 * sum(step.ms for step in tone.steps)
        return
    assert 0 <= rendered.loop_from < len(rendered.pcm)
    assert rendered.loop_from % 2 == 0
    assert len(rendered.pcm) <= 2 * 16 * 60_000
    steady = [step for step in tone.steps[tone.loop_from :] if step.hz]
    if len(steady) != 1 or len(tone.steps[tone.loop_from or 0 :]) != 1:
        return
    seam = len(rendered.pcm) // 2
    heard = samples(rendered, seam / 8000 + 1)[seam - 4000 : seam + 4000]
    before, after = components(heard[:4000]), components(heard)
    assert sorted(before) == pytest.approx(sorted(after), abs=1)


def test_a_sine_that_does_not_fit_its_loop_is_written_out_until_it_does() -> None:
    rendered = render(Tone((ToneStep(100, (333.0,), -10),), 0))
    assert len(rendered.pcm) == 10 * 16 * 100
    heard = samples(rendered, 10)
    t = np.arange(len(heard)) / 8000
    wanted = levels.peak_of_sine(-10) * np.sin(2 * np.pi * 333 * t)
    assert np.abs(heard - wanted).max() < 2


def test_a_tone_that_keeps_sounding_through_a_change_keeps_its_phase() -> None:
    # As the UK's special dial tone: 440 Hz steady, 350 Hz comes and goes.
    rendered = render(Tone((ToneStep(750, (350.0, 440.0), -19), ToneStep(750, (440.0,), -19)), 0))
    heard = samples(rendered, 6)
    t = np.arange(len(heard)) / 8000
    rest = heard - levels.peak_of_sine(-19) * np.sin(2 * np.pi * 440 * t)
    assert np.abs(rest[750 * 8 : 1500 * 8]).max() < 2
    assert np.abs(rest[2250 * 8 : 3000 * 8]).max() < 2


def test_modulation_gives_two_sidebands_of_half_the_carrier() -> None:
    found = components(samples(render(Tone((ToneStep(1000, (400.0,), -16, am_hz=25),), 0))))
    assert sorted(found) == pytest.approx([375, 400, 425], abs=1)
    assert found[400.0] == pytest.approx(-16, abs=0.3)
    assert found[375.0] == pytest.approx(-22, abs=0.3)


def test_a_tone_starts_the_same_after_its_prelude_as_in_its_loop_but_for_the_fade() -> None:
    tone = Tone((ToneStep(100, (425.0,), -16), ToneStep(100), ToneStep(1000, (425.0,), -16)), 2)
    rendered = render(tone)
    assert rendered.loop_from is not None
    first = samples(rendered)[1600 : 1600 + 8000]
    loop = np.frombuffer(rendered.pcm[rendered.loop_from :], np.int16)
    assert abs(first[1]) < abs(loop[1]) or first[0] == 0
    assert np.array_equal(first[16:], loop[16:])


def test_a_minute_long_tone_is_rendered_and_no_longer_than_it_is() -> None:
    rendered = render(Tone((ToneStep(300, (440.0,), -13), ToneStep(59_700)), 0))
    assert len(rendered.pcm) == 16 * 60_000


def test_a_tone_is_rendered_once() -> None:
    tone = tone_of("US", "dial")
    assert render(tone) is render(Tone(tone.steps, tone.loop_from))


def test_levels_mean_the_same_here_and_in_signal_processing() -> None:
    assert tones.FULL_SCALE_SINE_DBM0 == levels.FULL_SCALE_SINE_DBM0
    assert tones.FULL_SCALE == levels.FULL_SCALE
    assert tones.SAMPLE_RATE_HZ == levels.SAMPLE_RATE_HZ
