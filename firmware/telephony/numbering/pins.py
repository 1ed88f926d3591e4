"""The lock against guessed PINs: tries, a growing delay, then shut. Knows no PIN, no clock and no store."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["LOCKED", "PinGuard", "PinState", "may_try", "tried"]

_FREE_TRIES = 3  # people mistype
_DELAY_S = 30.0
_LOCK_AFTER = 10  # 30 s doubling 6 times: over an hour for ten of the 10,000 PINs of four digits
_GUARDED_MAX = 1000  # mailboxes, conferences and menus with a PIN; more than anybody sets up

LOCKED = float("inf")


@dataclass(frozen=True, slots=True)
class PinState:
    """Wrong PINs since the last right one, and from when on the next may be tried (`LOCKED`: when somebody opens)."""

    failures: int = 0
    open_at_s: float = 0.0


def may_try(state: PinState, now_s: float) -> bool:
    """Whether a PIN is looked at now. While not, even the right one is turned away, or guessing could go on."""
    return now_s >= state.open_at_s


def tried(state: PinState, is_right: bool, now_s: float) -> PinState:
    """What follows from a PIN that was looked at; `now_s` is monotonic."""
    if is_right:
        return PinState()
    failures = state.failures + 1
    return PinState(failures, now_s + _delay_s(failures))


def _delay_s(failures: int) -> float:
    if failures >= _LOCK_AFTER:
        return LOCKED
    return 0.0 if failures < _FREE_TRIES else _DELAY_S * float(2 ** (failures - _FREE_TRIES))


class PinGuard:
    """The states of everything that has a PIN, by its name ("voicemail:201"); belongs to one thread.

    Kept by what is guarded and not by who calls: a caller ID is anybody's choice.
    """

    def __init__(self, saved: Mapping[str, int], now_s: float) -> None:
        """`saved`: wrong PINs by name, as `failures` told. A restart begins their delays anew, it ends none."""
        kept = list(saved.items())[:_GUARDED_MAX]
        self._states = {name: PinState(n, now_s + _delay_s(n)) for name, n in kept if n > 0}

    def may_try(self, name: str, now_s: float) -> bool:
        """See `may_try`."""
        return may_try(self._states.get(name, PinState()), now_s)

    def tried(self, name: str, is_right: bool, now_s: float) -> PinState:
        """Counts a PIN that was looked at. ValueError where it should not have been."""
        state = self._states.get(name, PinState())
        if not may_try(state, now_s):
            raise ValueError(f"{name} is shut, its PIN must not be tried")
        state = tried(state, is_right, now_s)
        self._states.pop(name, None)
        if state.failures and len(self._states) < _GUARDED_MAX:
            self._states[name] = state
        return state

    def open(self, name: str) -> None:
        """Somebody with the right to do so forgives the wrong PINs."""
        self._states.pop(name, None)

    @property
    def failures(self) -> dict[str, int]:
        """Wrong PINs by name: what has to be stored."""
        return {name: state.failures for name, state in self._states.items()}
