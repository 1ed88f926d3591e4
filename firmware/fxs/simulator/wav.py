"""WAV files to 16-bit 8 kHz mono audio and back. Knows no line."""

import math
import os
import wave
from array import array
from functools import lru_cache
from operator import mul
from pathlib import Path

from firmware.control import Refused
from firmware.fxs.line import BYTES_PER_SAMPLE, SAMPLE_RATE_HZ

PLAY_MAX_S = 900  # as long as a recording may be
_RATES_HZ = range(4000, 192_001)
_CHANNELS_MAX = 8
_CROSSINGS = 12  # of the sinc, each side: 60 dB against aliases
_CUTOFF = 0.45  # of the lower rate: 3.6 kHz, the edge of a telephone line


def read_wav(path: Path) -> bytes:
    """16-bit 8 kHz mono audio of a PCM file of any rate, width and channels. Raises Refused in words."""
    try:
        with wave.open(str(path), "rb") as file:
            _check(path, file)
            channels, rate_hz = file.getnchannels(), file.getframerate()
            raw, width = file.readframes(file.getnframes()), file.getsampwidth()
    except FileNotFoundError:
        raise Refused(f"there is no file {path}") from None
    except (wave.Error, EOFError):
        raise Refused(f"{path} is not a WAV file of plain PCM") from None
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None
    pcm = _to_mono(_to_16_bit(raw, width), channels)
    return (pcm if rate_hz == SAMPLE_RATE_HZ else _resample(pcm, rate_hz)).tobytes()


def write_wav(path: Path, pcm: bytes) -> None:
    """Write 16-bit 8 kHz mono audio, whole or not at all. Raises Refused in words."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with wave.open(str(temporary), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(BYTES_PER_SAMPLE)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes(pcm)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Refused(f"{path} cannot be written: {error.strerror}") from None


def check_writable(path: Path) -> None:
    """Find out before a long recording, not after it. Raises Refused."""
    if path.is_dir():
        raise Refused(f"{path} cannot be written: it is a folder")
    if not path.parent.is_dir():
        raise Refused(f"{path} cannot be written: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise Refused(f"{path} cannot be written: its folder is read-only")


def _check(path: Path, file: wave.Wave_read) -> None:
    if file.getframerate() not in _RATES_HZ or file.getnchannels() > _CHANNELS_MAX:
        raise Refused(f"{path} has {file.getnchannels()} channels at {file.getframerate()} Hz: not usable")
    if file.getnframes() > PLAY_MAX_S * file.getframerate():
        raise Refused(f"{path} is longer than {PLAY_MAX_S} seconds")


def _to_16_bit(raw: bytes, width: int) -> array:  # type: ignore[type-arg]
    count = len(raw) // width
    if width == 2:
        return array("h", raw[: 2 * count])
    out = bytearray(2 * count)
    if width == 1:  # unsigned
        out[1::2] = raw.translate(bytes(value ^ 0x80 for value in range(256)))
    else:  # the two upper bytes of 24 or 32 bits
        out[0::2] = raw[width - 2 : count * width : width]
        out[1::2] = raw[width - 1 : count * width : width]
    return array("h", bytes(out))


def _to_mono(pcm: array, channels: int) -> array:  # type: ignore[type-arg]
    if channels == 1:
        return pcm
    tracks = [pcm[channel : len(pcm) - len(pcm) % channels : channels] for channel in range(channels)]
    return array("h", [sum(values) // channels for values in zip(*tracks, strict=True)])


def _resample(pcm: array, rate_hz: int) -> array:  # type: ignore[type-arg]
    """By a windowed sinc, one phase of it for each fraction of an input sample that occurs."""
    common = math.gcd(rate_hz, SAMPLE_RATE_HZ)
    step, phases = rate_hz // common, SAMPLE_RATE_HZ // common
    reach = math.ceil(_CROSSINGS * max(1.0, rate_hz / SAMPLE_RATE_HZ))
    padded = array("h", bytes(2 * reach)) + pcm + array("h", bytes(2 * reach + 2))
    out = array("h")
    for index in range(len(pcm) * phases // step):
        place, phase = divmod(index * step, phases)
        taps = _taps(phase, phases, reach, min(1.0, SAMPLE_RATE_HZ / rate_hz))
        value = round(sum(map(mul, padded[place + 1 : place + 2 * reach + 1], taps)))
        out.append(max(-32768, min(32767, value)))
    return out


@lru_cache(maxsize=8192)  # an odd rate has up to 8000 phases; no more are kept than one such file needs
def _taps(phase: int, phases: int, reach: int, ratio: float) -> tuple[float, ...]:
    taps = []
    for index in range(2 * reach):
        distance = index + 1 - reach - phase / phases
        window = 0.5 + 0.5 * math.cos(math.pi * max(-1.0, min(1.0, distance / reach)))
        angle = 2 * math.pi * _CUTOFF * ratio * distance
        taps.append(window * (math.sin(angle) / angle if angle else 1.0))
    total = sum(taps)
    return tuple(tap / total for tap in taps)
