"""The engine's beat as we shift it, by C functions of ours that pjsua2 does not wrap. The engine is loaded already."""

import ctypes
import sys
import time
from typing import Final

from firmware.telephony.media.beat import Arrival, Beat

_EVERY_S: Final = 0.1
_ARRIVALS_MAX: Final = 512  # as many as the engine keeps: 100 streams for the time between two looks
_NS: Final = 1_000_000_000
_NS_PER_MS: Final = 1_000_000


class _Arrival(ctypes.Structure):
    """pjmedia_beat_arrival."""

    _fields_ = (("at_ns", ctypes.c_uint64), ("stream", ctypes.c_uint64))


def _library() -> ctypes.PyDLL:
    # Its functions return at once: no need to let the interpreter go.
    return ctypes.PyDLL(sys.modules["_pjsua2"].__file__)


class Steps:
    """Tells each time the beat has stepped so far that who buffers audio should lay in anew."""

    def __init__(self) -> None:
        self._counter = ctypes.c_uint.in_dll(_library(), "pjmedia_beat_steps")
        self._seen = self._counter.value

    def has_stepped(self) -> bool:
        """Since it was asked last."""
        count = self._counter.value
        is_new, self._seen = count != self._seen, count
        return is_new


class EngineBeat:
    """Keeps the beat behind the packets. One thread's own."""

    def __init__(self, period_ms: float) -> None:
        self._library = _library()
        self._beat = Beat(period_ms)
        self._arrivals = (_Arrival * _ARRIVALS_MAX)()
        self._tick_ns = ctypes.c_uint64()
        self._look_at = 0.0

    def look(self) -> None:
        """Shift the beat by a little where that is due. Costs nothing but ten times a second."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _EVERY_S
        count = self._library.pjmedia_beat_take(self._arrivals, _ARRIVALS_MAX, ctypes.byref(self._tick_ns))
        arrivals = [Arrival(each.stream, each.at_ns / _NS) for each in self._arrivals[:count]]
        shift_ms = self._beat.step(arrivals, self._tick_ns.value / _NS, now)
        if shift_ms:
            self._library.pjmedia_beat_shift(round(shift_ms * _NS_PER_MS))
