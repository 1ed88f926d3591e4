"""The simulated telephones and outside lines as the page shows them. Pure. Knows no HTML and no simulator."""

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.webadmin.language import N_, _
from firmware.webadmin.now.picture import Picture, Telephone, person, rows_of
from firmware.webadmin.words import clean

_TONES = {
    "dial": N_("dial tone"),
    "stutter-dial": N_("second dial tone"),
    "ringback": N_("ringback tone"),
    "busy": N_("busy tone"),
    "congestion": N_("congestion tone"),
    "unobtainable": N_("number unobtainable tone"),
    "howler": N_("howler tone"),
    "call-waiting": N_("call waiting tone"),
}


_LIFTED = {
    "dial-tone": N_("Lifted: dial a number"),
    "dialling": N_("Dialling"),
    "recall": N_("Dialling"),
    "calling": N_("Calling"),
    "talking": N_("Talking"),
    "held": N_("The call is on hold"),
    "busy-tone": N_("Busy tone: hang up"),
    "congestion-tone": N_("The call could not be made: hang up"),
    "failure-tone": N_("The call could not be made: hang up"),
    "silent": N_("Silence: hang up"),
    "howler": N_("Left off the hook: hang up"),
}

_HELD_LINE = {
    "dial-tone": N_("The box has lifted, and hears dial tone"),
    "dialling": N_("The box dials"),
    "ringback": N_("Rings in town: press Answer"),
    "talking": N_("Talking"),
    "cleared": N_("You hung up; the box still holds the line"),
}


@dataclass(frozen=True, slots=True)
class Phone:
    """A simulated telephone: what one would see and hear in front of it."""

    number: int
    extension: str
    name: str
    state: str  # on-hook, ringing or lifted
    words: str
    hears: str = ""


@dataclass(frozen=True, slots=True)
class OutsideLine:
    """A simulated outside line, seen from the telephone exchange's end."""

    number: int
    state: str  # idle, ringing or talking
    words: str
    hears: str = ""


@dataclass(frozen=True, slots=True)
class FirstCall:
    """How to make a first call, and which step (from 1) comes next; 0 when there is nothing to do."""

    steps: tuple[str, ...]
    next_step: int


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is simulated. Empty when nothing is."""

    phones: tuple[Phone, ...] = ()
    lines: tuple[OutsideLine, ...] = ()
    first_call: FirstCall = FirstCall((), 0)
    note: str = ""

    @property
    def layout(self) -> str:
        """Changes when the page needs other controls, not when a state changes."""
        phones = [(phone.number, phone.extension, phone.name) for phone in self.phones]
        return repr((phones, [line.number for line in self.lines]))


def essence(state: object) -> object:
    """What of the simulator's `state` the page shows: the rest changes all the time."""
    if not isinstance(state, dict):
        return None
    adapter = state.get("adapter")
    return {
        "phones": [_essence_of(row) for row in rows_of(state.get("phones"))],
        "lines": [_essence_of(row) for row in rows_of(state.get("lines"))],
        "plugged": adapter.get("plugged") if isinstance(adapter, dict) else None,
    }


def _essence_of(row: Mapping[str, object]) -> dict[str, object]:
    kept = {key: row.get(key) for key in ("number", "hook", "ringing", "caller_id", "state", "dialled")}
    tone = row.get("tone")
    return {**kept, "tone": tone.get("name") if isinstance(tone, dict) else None}


def of_state(state: object, picture: Picture) -> Scene:
    """The scene of the essence of the simulator's `state`; None means that nothing is simulated."""
    if not isinstance(state, dict):
        return Scene()
    known = {telephone.number: telephone for telephone in picture.telephones}
    phones = tuple(
        _phone(number, row, known.get(number), picture.is_up) for number, row in _numbered(state.get("phones"))
    )
    lines = tuple(_line(number, row) for number, row in _numbered(state.get("lines")))
    note = _("The simulated adapter is unplugged.") if state.get("plugged") is False else ""
    return Scene(phones, lines, _first_call(phones, picture), note)


def _numbered(value: object) -> list[tuple[int, Mapping[str, object]]]:
    """Rows with their number, in its order."""
    rows = [(clean(row.get("number"), 4), row) for row in rows_of(value)]
    return sorted(((int(text), row) for text, row in rows if text.isdecimal()), key=lambda item: item[0])


def _phone(number: int, row: Mapping[str, object], telephone: Telephone | None, is_up: bool) -> Phone:
    extension, name = (telephone.extension, telephone.name) if telephone else ("", "")
    caller = _caller(row)
    if clean(row.get("hook"), 10).startswith("off"):
        state, said = "lifted", _lifted(telephone, is_up)
    elif row.get("ringing") is True:
        state, said = "ringing", _("Rings: {} calls").format(caller) if caller else _("Rings")
    else:
        state, said = "on-hook", _("On the hook")
    return Phone(number, extension, name, state, said, _tone(row) if state == "lifted" else "")


def _lifted(telephone: Telephone | None, is_up: bool) -> str:
    if not is_up:
        return _("Lifted. The gateway does not answer, so there is no dial tone")
    if telephone is None:
        return _("Lifted")
    if telephone.state == "talking" and telephone.peer:
        return _("Talking with {}").format(telephone.peer)
    return _(_LIFTED.get(telephone.state, N_("Lifted")))


def _line(number: int, row: Mapping[str, object]) -> OutsideLine:
    if clean(row.get("hook"), 10).startswith("off"):
        dialled = clean(row.get("dialled"), 40)
        said = _(_HELD_LINE.get(clean(row.get("state"), 20), N_("The box holds the line")))
        return OutsideLine(number, "talking", f"{said}: {dialled}" if dialled else said, _tone(row))
    if row.get("state") == "dead":
        return OutsideLine(number, "idle", _("The line is dead"))
    if row.get("ringing") is True:
        return OutsideLine(number, "ringing", _("Rings the box"))
    return OutsideLine(number, "idle", _("Quiet"))


def _caller(row: Mapping[str, object]) -> str:
    caller = row.get("caller_id")
    return person(caller) if caller else ""


def _tone(row: Mapping[str, object]) -> str:
    name = clean(row.get("tone"), 40)
    return _(_TONES.get(name, name))


def _first_call(phones: tuple[Phone, ...], picture: Picture) -> FirstCall:
    """The steps for the first two telephones; the tests go from the last step to the first."""
    if len(phones) < 2 or not phones[1].extension:
        return FirstCall((), 0)
    one, two = phones[0], phones[1]
    states = {telephone.number: telephone.state for telephone in picture.telephones}
    steps = (
        _("Lift telephone {}. Press Listen to hear the dial tone.").format(one.number),
        _("Dial {} on telephone {}.").format(two.extension, one.number),
        _("Telephone {} rings. Lift it.").format(two.number),
        _("You are connected. Play a tune on telephone {}, listen on telephone {}.").format(two.number, one.number),
    )
    if not picture.is_up:
        return FirstCall(steps, 0)
    if one.state == two.state == "lifted" and states.get(one.number) == "talking":
        return FirstCall(steps, 4)
    if two.state == "ringing":
        return FirstCall(steps, 3)
    return FirstCall(steps, 2 if one.state == "lifted" else 1)
