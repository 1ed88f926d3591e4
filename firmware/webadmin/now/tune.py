"""A short tune as a WAV file, for a simulated telephone to play. Knows no telephone."""

import math
import os
import struct
import tempfile
import wave
from pathlib import Path

SAMPLE_RATE_HZ = 8000
_PEAK = 8000  # about -15 dBm0 for the notes together: speech level, and no clipping by a gain of 12 dB
# Beethoven, "Ode to Joy": semitones above C5 and beats
_NOTES: list[tuple[int, float]] = [(4, 1), (4, 1), (5, 1), (7, 1), (7, 1), (5, 1), (4, 1), (2, 1)]
_NOTES += [(0, 1), (0, 1), (2, 1), (4, 1), (4, 1.5), (2, 0.5), (2, 2)]
_BEAT_S = 0.28
_C5_HZ = 523.25


def tune_file(folder: Path) -> Path:
    """The tune in `folder`, made when it is not there yet."""
    path = folder / "tune.wav"
    if not path.exists():
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".tune")
        with os.fdopen(descriptor, "wb") as file, wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(SAMPLE_RATE_HZ)
            out.writeframes(b"".join(_note(semitones, beats) for semitones, beats in _NOTES))
        Path(name).replace(path)
    return path


def _note(semitones: int, beats: float) -> bytes:
    count = int(beats * _BEAT_S * SAMPLE_RATE_HZ)
    step = 2 * math.pi * _C5_HZ * 2 ** (semitones / 12) / SAMPLE_RATE_HZ
    samples = (
        int(_PEAK * math.sin(step * at) * math.exp(-2.5 * at / count) * min(1.0, at / 80)) for at in range(count)
    )
    return struct.pack(f"<{count}h", *samples)
