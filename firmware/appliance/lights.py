"""What the lights show: status and button in, on or off out. Pure; patterns are data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware.appliance.button import ButtonState
from firmware.appliance.panel_data import BAR, Light, PanelData

_SEVERITIES = ("error", "warning")
_OVER = {"ended", "failing"}


@dataclass(frozen=True, slots=True)
class Setup:
    """Whether the box waits to be set up, and whether a code lives that lets somebody do it."""

    is_due: bool = False
    has_code: bool = False


@dataclass(frozen=True, slots=True)
class Feedback:
    """What all lights show, until when."""

    show: str = ""
    until_s: float = 0.0


def states(status: Mapping[str, Any] | None, setup: Setup) -> dict[Light, str]:
    """The state of each light, by the names in panel.toml. `status` is the gateway's; None while it is silent."""
    return {
        Light.POWER: "starting" if status is None else _health(status),
        Light.UPLINK: "none" if status is None else _uplink(status),
        Light.CALL: "none" if status is None else _calls(status),
        Light.SETUP: "code" if setup.has_code else "due" if setup.is_due else "done",
    }


def shown(
    panel: PanelData, lights: Mapping[Light, str], button: ButtonState, feedback: Feedback, now_s: float
) -> dict[Light, bool]:
    """Which lights are on now. The button comes first: who holds it wants to know what it is about to do."""
    common = _common(panel, button, feedback, now_s)
    if common == BAR:
        return _bar(panel, button.held_s(now_s))
    names = {light: common or panel.lights[light].get(state, "off") for light, state in lights.items()}
    return {light: panel.patterns[name].is_on(now_s) for light, name in names.items()}


def _common(panel: PanelData, button: ButtonState, feedback: Feedback, now_s: float) -> str:
    """What all lights show together; empty when each shows its own state."""
    if button.waiting is not None:
        return panel.feedback["confirm"]
    held = [one.show for one in panel.held if one.from_s <= button.held_s(now_s)]
    if held:
        return held[-1]
    return feedback.show if now_s < feedback.until_s else ""


def _bar(panel: PanelData, held_s: float) -> dict[Light, bool]:
    begins = max(one.from_s for one in panel.held if one.from_s <= held_s)
    ends = min((one.from_s for one in panel.held if one.from_s > held_s), default=begins)
    left = (ends - held_s) / (ends - begins) if ends > begins else 0.0
    count = math.ceil(left * len(Light))
    return {light: number < count for number, light in enumerate(Light)}


def _health(status: Mapping[str, Any]) -> str:
    severities = {str(problem.get("severity")) for problem in status.get("health", [])}
    return next((severity for severity in _SEVERITIES if severity in severities), "ok")


def _uplink(status: Mapping[str, Any]) -> str:
    """The worst of the SIP trunks that are switched on."""
    found = {str(trunk.get("state")) for trunk in status.get("trunks", []) if trunk.get("kind") == "sip"} - {"off"}
    if not found:
        return "none"
    if found & {"waiting", "refused"}:
        return "failed"
    return "registering" if "registering" in found else "registered"


def _calls(status: Mapping[str, Any]) -> str:
    found = {str(call.get("state")) for call in status.get("calls", [])}
    if not found - _OVER:
        return "none"
    return "ringing" if found <= _OVER | {"calling", "ringing"} else "talking"
