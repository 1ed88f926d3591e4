"""How much echo the canceller takes away, and how soon, through the whole box."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.bench import scene
from tests.bench.far_end import FarEnd, Heard
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home
from tests.support.box import Box
from tests.support.sound import RATE_HZ, Samples, fingerprint
from tests.support.waiting import until

_AFTER_S = (1, 2, 5)
_MEASURES = [
    Measure(
        f"echo return loss enhancement after {seconds} s",
        "dB",
        "the far end speaks (noise, shaped and paced like speech) into a telephone whose hybrid returns 14 dB less, 1 "
        "ms later; power of what comes back, canceller off against on, in the half second round that time",
        is_more_better=True,
    )
    for seconds in _AFTER_S
]
_SPEECH_S = 6.0
_WINDOW_S = 0.5
_HYBRID = {"erl_db": 14.0, "echo_delay_ms": 1.0}


def run(home: Home, folder: Path, times: int) -> list[Figure]:
    """The same speech with canceller and without; each call begins with a canceller that knows nothing."""
    values: list[list[float]] = []
    home.box.fault(**_HYBRID)
    for seed in range(times):
        speech = speech_like(seed)
        powers = [_returned(home.box, home.far, speech, is_on) for is_on in (False, True)]
        values.append([10 * np.log10(off / on) for off, on in zip(*powers, strict=True)])
    home.box.fault(reset=True)
    by_time = zip(*values, strict=True)
    return [Figure(measure, tuple(at)) for measure, at in zip(_MEASURES, by_time, strict=True)]


def speech_like(seed: int) -> Samples:
    """Noise with the long-term spectrum and the syllables of speech (ITU-T P.50: falls 9 dB per octave, 4 a second)."""
    sound = fingerprint(seed, _SPEECH_S).astype(np.float64)
    spectrum = np.fft.rfft(sound)
    frequency_hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    spectrum *= np.minimum(1.0, (500 / np.maximum(frequency_hz, 1.0)) ** 1.5)
    shaped = np.fft.irfft(spectrum, len(sound))
    syllables = 0.2 + 0.8 * np.abs(np.sin(2 * np.pi * 2 * np.arange(len(sound)) / RATE_HZ))
    spoken = shaped * syllables
    return (spoken * 3000 / np.std(spoken)).clip(-32768, 32767).astype(np.int16)  # about -18 dBm0


def _returned(box: Box, far: FarEnd, speech: Samples, is_on: bool) -> Sequence[float]:
    """Mean square of what comes back at each of the times."""
    box.set(telephones__1__echo_canceller=is_on)
    call_id = scene.call_in(box, far)
    box.phone(1).lift()
    far.wait("answered", call_id)
    far.forget()
    until(lambda: far.count() > 25, 10, "half a second of RTP")
    begun = far.speak(speech)
    until(lambda: far.heard().arrived[-1:] > begun + _SPEECH_S, _SPEECH_S + 10, "the end of the speech")
    heard = far.heard()
    far.hang_up()
    scene.hang_up(box, 1)
    return [_power(heard, begun + seconds - _WINDOW_S / 2) for seconds in _AFTER_S]


def _power(heard: Heard, since: float) -> float:
    arrived = np.repeat(heard.arrived, len(heard.samples) // max(1, len(heard.arrived)))
    chosen = heard.samples[(arrived >= since) & (arrived < since + _WINDOW_S)].astype(np.float64)
    return max(1.0, float((chosen**2).mean()))
