"""Sounds to play and measures of what was heard: WAV files, tones, noises like fingerprints, correlation."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

RATE_HZ = 8000


def tone(frequency_hz: float, seconds: float, rate_hz: int = RATE_HZ, amplitude: int = 8000) -> Samples:
    """A sine."""
    phase = 2 * np.pi * frequency_hz * np.arange(int(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(phase)).astype(np.int16)


def fingerprint(seed: int, seconds: float, rate_hz: int = RATE_HZ, amplitude: int = 6000) -> Samples:
    """Noise from 300 to 3000 Hz, which passes any telephone codec. Each seed is like itself only, at any delay."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(int(seconds * rate_hz)))
    frequency_hz = np.fft.rfftfreq(int(seconds * rate_hz), 1 / rate_hz)
    spectrum[(frequency_hz < 300) | (frequency_hz > 3000)] = 0
    noise = np.fft.irfft(spectrum, int(seconds * rate_hz))
    return (noise * amplitude / np.std(noise) / 3).clip(-32768, 32767).astype(np.int16)


def write_wav(path: Path, samples: Samples, rate_hz: int = RATE_HZ) -> Path:
    """Write 16-bit mono."""
    data = samples.astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, rate_hz * 2, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE")
    path.write_bytes(head + form + struct.pack("<4sI", b"data", len(data)) + data)
    return path


def read_wav(path: Path) -> tuple[Samples, int]:
    """16-bit samples of the first channel and their rate; the file may still be growing, its sizes not set."""
    content = path.read_bytes()
    place, rate_hz, channels = 12, 0, 1
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        if name == b"fmt ":
            channels, rate_hz = struct.unpack_from("<HI", content, place + 10)
        if name == b"data":
            end = place + 8 + size
            data = content[place + 8 : end if size > 0 and end <= len(content) else len(content)]
            frame = 2 * channels
            return np.frombuffer(data[: len(data) // frame * frame], "<i2")[::channels].astype(np.int16), rate_hz
        place += 8 + size + size % 2
    return np.zeros(0, np.int16), rate_hz


def resample(samples: Samples, rate_hz: int, wanted_hz: int) -> Samples:
    """The same sound at another rate, without what does not fit below half of it."""
    if rate_hz == wanted_hz or not len(samples):
        return samples
    length = len(samples) * wanted_hz // rate_hz
    spectrum = np.fft.rfft(samples.astype(np.float64))
    sound = np.fft.irfft(spectrum[: length // 2 + 1], length) * length / len(samples)
    return sound.clip(-32768, 32767).astype(np.int16)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like one another two sounds are: 1 is the same, unlike noises give under 0.2.

    `delay_ms`: how much later it is in what was heard than in what was sent, from the begin of each.
    """

    correlation: float
    delay_ms: float


def likeness(sent: Samples, heard: Samples, rate_hz: int = RATE_HZ, window_s: float = 0.5) -> Likeness:
    """The half second of what was heard that is most like something that was sent; gain does not matter."""
    window = int(window_s * rate_hz)
    starts = range(0, len(heard) - window + 1, max(window, len(heard) // 40))  # 40 tries bound the time
    if len(sent) < window or not starts:
        return Likeness(0.0, 0.0)
    search = _Search(sent, window)
    found = [(*search.find(heard[start : start + window]), start) for start in starts]
    _, place, start = max(found)
    correlation, fraction = _refine(heard[start : start + window], sent, place)
    return Likeness(correlation, (start - place - fraction) * 1000 / rate_hz)


class _Search:
    """Normalised cross-correlation by FFT with pieces of one length."""

    def __init__(self, sound: Samples, length: int) -> None:
        self._places = len(sound) - length + 1
        self._size = 1 << (len(sound) + length).bit_length()
        self._spectrum = np.fft.rfft(sound.astype(np.float64), self._size)
        self._loudness = _loudness(sound.astype(np.float64), length)

    def find(self, wanted: Samples) -> tuple[float, int]:
        """Its highest value, and where."""
        piece = wanted.astype(np.float64)
        product = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(piece, self._size)), self._size)[: self._places]
        correlation = np.abs(product) / (self._loudness * max(float(np.linalg.norm(piece)), 1.0))
        best = int(np.argmax(correlation))
        return float(correlation[best]), best


def _refine(wanted: Samples, sound: Samples, place: int) -> tuple[float, float]:
    """The same near `place` in steps of 1/8 sample: filters of codecs delay by fractions of a sample."""
    begin = max(0, place - 8)
    near = resample(sound[begin : place + len(wanted) + 8], 1, 8).astype(np.float64)
    fine = resample(wanted, 1, 8).astype(np.float64)
    product = np.abs(np.correlate(near, fine, "valid"))
    found = product / np.maximum(_loudness(near, len(fine)) * np.linalg.norm(fine), 1.0)
    best = int(np.argmax(found))
    return float(found[best]), begin + best / 8 - place


def _loudness(sound: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """The norm of each piece of that length."""
    energy = np.cumsum(np.concatenate(([0.0], sound**2)))
    loudness: NDArray[np.float64] = np.sqrt(np.maximum(energy[length:] - energy[:-length], 1.0))
    return loudness


def level_at(samples: Samples, frequency_hz: float, rate_hz: int = RATE_HZ) -> float:
    """The part of the energy, 0 to 1, within 20 Hz of a frequency."""
    if not len(samples):
        return 0.0
    power = np.abs(np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(samples), 1 / rate_hz) - frequency_hz) <= 20
    return float(power[near].sum() / max(float(power.sum()), 1.0))
