"""One button: edges and time in, actions out. Pure; what lengths mean is data."""

from dataclasses import dataclass, replace

from firmware.appliance.panel_data import Action, PanelData, Press


@dataclass(frozen=True, slots=True)
class ButtonState:
    """`held_since_s` while it is held; `waiting` for a second press until `confirm_until_s`.

    A button that is held when the box starts is ignored until it is let go (`is_ignored`): a press has two ends.
    """

    is_ignored: bool = True
    held_since_s: float | None = None
    waiting: Press | None = None
    confirm_until_s: float = 0.0

    @property
    def is_held(self) -> bool:
        return self.held_since_s is not None

    def held_s(self, now_s: float) -> float:
        """How long it has been held; 0 while it is not, and while it answers a question."""
        return 0.0 if self.held_since_s is None or self.waiting is not None else now_s - self.held_since_s


def step(state: ButtonState, is_down: bool, now_s: float, panel: PanelData) -> tuple[ButtonState, Action | None]:
    """The button is down or not, now: the state that follows, and what was asked for."""
    if state.is_ignored:
        return (state if is_down else replace(state, is_ignored=False)), None
    if state.waiting is not None and not state.is_held and now_s >= state.confirm_until_s:
        state = replace(state, waiting=None)
    if is_down:
        return (state if state.is_held else replace(state, held_since_s=now_s)), None
    if state.held_since_s is None:
        return state, None
    return _released(replace(state, held_since_s=None), now_s - state.held_since_s, now_s, panel)


def _released(state: ButtonState, held_s: float, now_s: float, panel: PanelData) -> tuple[ButtonState, Action | None]:
    press = next((press for press in panel.presses if press.is_of(held_s)), None)
    if state.waiting is not None:
        asked, state = state.waiting, replace(state, waiting=None)
        # Yes is a short press; anything else, a bounce too, is no.
        return state, asked.action if press is panel.presses[0] else None
    if press is None:
        return state, None
    if press.confirm_within_s:
        return replace(state, waiting=press, confirm_until_s=now_s + press.confirm_within_s), None
    return state, press.action


@dataclass(frozen=True, slots=True)
class Debounce:
    """What the pin says counts once it has said it twice: contacts bounce for a few ms, we look every 20.

    Down until the pin has said otherwise: see `ButtonState.is_ignored`.
    """

    is_down: bool = True
    last: bool = True

    def looked(self, is_down: bool) -> "Debounce":
        """After one more look."""
        return Debounce(is_down if is_down == self.last else self.is_down, is_down)
