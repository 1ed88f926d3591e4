"""ITU-T G.711 µ-law, both ways, on arrays."""

import numpy as np

from tests.support.sound import Samples


def decode_ulaw(payload: bytes) -> Samples:
    """To 16 bits."""
    code = ~np.frombuffer(payload, np.uint8)
    magnitude = (((code & 0x0F).astype(np.int32) << 3) + 0x84) << ((code & 0x70) >> 4)
    return np.where(code & 0x80, 0x84 - magnitude, magnitude - 0x84).astype(np.int16)


_ALL = decode_ulaw(bytes(range(256)))
_LEVELS = np.sort(_ALL)
_CODES = np.argsort(_ALL, kind="stable").astype(np.uint8)


def encode_ulaw(samples: Samples) -> bytes:
    """16 bits to the nearest level."""
    place = np.clip(np.searchsorted(_LEVELS, samples), 1, 255)
    is_lower = np.abs(samples.astype(int) - _LEVELS[place - 1]) <= np.abs(samples.astype(int) - _LEVELS[place])
    return bytes(_CODES[np.where(is_lower, place - 1, place)].tobytes())
