"""What time it is, and whether its date can be believed. Knows nothing of calls."""

import ctypes
import time
from functools import cache
from pathlib import Path

from firmware.telephony.numbering.ledger import Moment

__all__ = ["now"]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMEX_SIZE = 512  # struct timex of <linux/timex.h> has 208 bytes, or 128 on 32-bit machines
_TIME_ERROR = 5  # <linux/timex.h>: the clock is not synchronised


def now() -> Moment:
    """This moment, by the clock that runs since boot and that nobody can set."""
    return Moment(_boot(), time.clock_gettime(time.CLOCK_BOOTTIME), time.time(), _is_synchronised())


@cache
def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        # Not knowing it, every start counts as one of the machine: then only what surely passed is added.
        return f"unknown since {time.time_ns()}"


def _is_synchronised() -> bool:
    """Whether the kernel's clock is disciplined; setting it by hand ends that (adjtimex(2), STA_UNSYNC)."""
    nothing_to_change = ctypes.create_string_buffer(_TIMEX_SIZE)
    state = _libc().adjtimex(nothing_to_change)
    return 0 <= int(state) < _TIME_ERROR


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
