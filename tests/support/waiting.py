"""Waits that end: poll for a condition until a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.01


def until(condition: Callable[[], T], within_s: float, what: str) -> T:
    """The first true-like result of `condition`; AssertionError names `what` when it did not come in time."""
    deadline = time.monotonic() + within_s
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what}: not within {within_s} s")
        time.sleep(POLL_S)
