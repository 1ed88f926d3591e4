"""The panel's data: pins, patterns and press lengths, read from panel.toml and judged. Knows no pins and no clock."""

import enum
import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STANDARD = Path(__file__).with_name("panel.toml")
_FILE_MAX_BYTES = 100_000
BAR = "bar"


class Light(enum.Enum):
    """The lights, in the order in which they sit on the panel."""

    POWER = "power"
    UPLINK = "uplink"
    CALL = "call"
    SETUP = "setup"


class Action(enum.Enum):
    """What somebody asks the box for by its button."""

    SPEAK_ADDRESS = "speak-address"
    NEW_SETUP_CODE = "new-setup-code"
    FACTORY_RESET = "factory-reset"


@dataclass(frozen=True, slots=True)
class Pattern:
    """On and off in turns, in ms; see `is_on`."""

    turns_ms: tuple[int, ...] = ()

    def is_on(self, now_s: float) -> bool:
        """Whether the light is on at this moment. Lights with the same pattern blink together."""
        if len(self.turns_ms) <= 1:
            return bool(self.turns_ms)
        at_ms = now_s * 1000 % sum(self.turns_ms)
        for number, turn_ms in enumerate(self.turns_ms):
            if at_ms < turn_ms:
                return number % 2 == 0
            at_ms -= turn_ms
        return False


@dataclass(frozen=True, slots=True)
class Press:
    """A length of press, in seconds, and what it asks for."""

    from_s: float
    to_s: float
    action: Action
    confirm_within_s: float = 0.0

    def is_of(self, held_s: float) -> bool:
        return self.from_s <= held_s < self.to_s


@dataclass(frozen=True, slots=True)
class Held:
    """What all lights show once the button has been held for so long."""

    from_s: float
    show: str


@dataclass(frozen=True, slots=True)
class PanelData:
    """Everything that makes one panel differ from another."""

    pins: Mapping[Light, int]
    button_pin: int
    patterns: Mapping[str, Pattern]
    lights: Mapping[Light, Mapping[str, str]]
    held: tuple[Held, ...]
    presses: tuple[Press, ...]
    feedback: Mapping[str, str]
    feedback_for_s: float


def read_panel(path: Path = STANDARD) -> PanelData:
    """The data in a file; raises OSError, and ValueError in words."""
    with path.open("rb") as file:
        data = file.read(_FILE_MAX_BYTES)
    values = tomllib.loads(data.decode())
    try:
        panel = _panel_of(values)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name}: {error} is missing or not what it should be") from error
    _judge(panel, path.name)
    return panel


def _panel_of(values: dict[str, Any]) -> PanelData:
    feedback = dict(values["feedback"])
    return PanelData(
        pins={light: int(values["pins"][light.value]) for light in Light},
        button_pin=int(values["pins"]["button"]),
        patterns={name: Pattern(tuple(turns)) for name, turns in values["patterns"].items()},
        lights={light: dict(values["lights"][light.value]) for light in Light},
        held=tuple(Held(float(one["from_s"]), one["show"]) for one in values["held"]),
        presses=tuple(
            Press(
                float(one["from_s"]), float(one["to_s"]), Action(one["action"]), float(one.get("confirm_within_s", 0))
            )
            for one in values["presses"]
        ),
        feedback_for_s=float(feedback.pop("for_s")),
        feedback=feedback,
    )


def _judge(panel: PanelData, name: str) -> None:
    shown = {pattern for light in panel.lights.values() for pattern in light.values()}
    shown |= set(panel.feedback.values()) | {one.show for one in panel.held} - {BAR}
    if unknown := sorted(shown - panel.patterns.keys()):
        raise ValueError(f"{name}: there is no pattern {', '.join(unknown)}")
    pins = [*panel.pins.values(), panel.button_pin]
    if len(set(pins)) < len(pins):
        raise ValueError(f"{name}: two things are on one pin")
    for before, after in itertools.pairwise(panel.presses):
        if before.to_s > after.from_s:
            raise ValueError(f"{name}: one press would mean {before.action.value} and {after.action.value}")
    if [one.from_s for one in panel.held] != sorted(one.from_s for one in panel.held):
        raise ValueError(f"{name}: what is shown while the button is held is not in order")
