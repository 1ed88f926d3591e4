"""What a tester can switch: faults of the link, and manners of lines and country. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from firmware.control import Refused
from firmware.fxs.profile import CallerIdScheme
from firmware.fxs.protocol.frames import VERSION_MAJOR
from firmware.fxs.simulator.clock import PPM_MAX
from firmware.fxs.simulator.hybrid import DELAY_MAX_MS
from firmware.fxs.simulator.manners import MANNERS, Manners

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")
_ERL_OFF = -1.0


@dataclass(frozen=True, slots=True)
class Switches:
    """docs/simulator.md tells what each does; the first group are faults, the second manners."""

    lose: float = 0.0
    cut: float = 0.0
    corrupt: float = 0.0
    delay_ms: float = 0.0
    reset_after: int = 0
    garbage: int = 0
    silent: bool = False
    clock_ppm: float = 0.0
    unplugged: bool = False
    protocol_major: int = VERSION_MAJOR
    dead_line: int = 0

    country: str = "US"
    caller_id: str = "country"
    erl_db: float = 14.0
    echo_delay_ms: float = 1.0
    polarity_on_answer: bool = False
    second_caller_display: bool = False

    @property
    def manners(self) -> Manners:
        """The exchange's."""
        own = MANNERS[self.country]
        return own if self.caller_id == "country" else replace(own, caller_id=CallerIdScheme(self.caller_id))

    @property
    def echo_loss_db(self) -> float | None:
        """The hybrid's loss; None when it is perfect."""
        return None if self.erl_db == _ERL_OFF else self.erl_db

    @property
    def is_link_faulty(self) -> bool:
        """Whether frames must be looked at one by one."""
        return bool(self.lose or self.cut or self.corrupt or self.delay_ms)


# The range of each number: what is beyond makes no sense, or more load than a test is worth.
_RANGES: dict[str, tuple[float, float]] = {
    "lose": (0, 1),
    "cut": (0, 1),
    "corrupt": (0, 1),
    "delay_ms": (0, 5000),
    "reset_after": (0, 1_000_000),
    "garbage": (0, 1_000_000),
    "clock_ppm": (-PPM_MAX, PPM_MAX),
    "protocol_major": (0, 255),
    "dead_line": (0, 8),
    "erl_db": (0, 60),
    "echo_delay_ms": (0, DELAY_MAX_MS),
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "country": tuple(MANNERS),
    "caller_id": ("country", *(scheme.value for scheme in CallerIdScheme)),
}


def change(switches: Switches, values: Mapping[str, object]) -> Switches:
    """The switches with these set; `reset` true first sets all back. Raises Refused in words."""
    wanted = dict(values)
    if _to_bool("reset", wanted.pop("reset", False)):
        switches = Switches()
    kinds = {field.name: type(field.default) for field in fields(Switches)}
    for name in wanted:
        if name not in kinds:
            near = get_close_matches(name, kinds, n=1)
            hint = f": did you mean {near[0]!r}?" if near else f"; there are {', '.join(kinds)}"
            raise Refused(f"there is no switch {name!r}{hint}")
    parsed: dict[str, Any] = {name: _parse(name, kinds[name], value) for name, value in wanted.items()}
    return replace(switches, **parsed)


def _parse(name: str, kind: type, value: object) -> object:
    if kind is bool:
        return _to_bool(name, value)
    if kind is str:
        if value not in _CHOICES[name]:
            raise Refused(f"{name} is one of {', '.join(_CHOICES[name])}, not {value!r}")
        return value
    if name == "erl_db" and str(value).lower() == "off":
        return _ERL_OFF
    low, high = _RANGES[name]
    try:
        number = kind(str(value))
    except ValueError:
        raise Refused(f"{name} is a number, not {value!r}") from None
    if not low <= number <= high:
        raise Refused(f"{name} is from {low:g} to {high:g}, not {value}")
    return number


def _to_bool(name: str, value: object) -> bool:
    word = str(value).lower()
    if word not in (*_TRUE, *_FALSE):
        raise Refused(f"{name} is 1 or 0, not {value!r}")
    return word in _TRUE
