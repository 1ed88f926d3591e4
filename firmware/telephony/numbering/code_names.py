"""The feature codes by name: what each is for, and what is dialled with it. Knows no country and no feature."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

ONCE = frozenset({"withhold-once", "send-once", "call-waiting-off-once"})
"""Codes in front of a number that only say how it is called: an emergency number behind one is called all the same."""

GROUP = "group-"
"""`group-sales` is a code for the destination `group:sales`."""

SERVICES = frozenset({"echo", "milliwatt", "address"})
"""Codes that lead to a service of the box, not to a feature."""


class Part(enum.Enum):
    """What stands for dialled digits in a pattern: its letter, fewest and most digits, and the word for people."""

    NUMBER = ("n", 1, 18, "number")  # 011 and the 15 digits of ITU-T E.164
    EXTENSION = ("e", 2, 6, "extension")
    SHORT = ("d", 1, 2, "digit")
    TIME = ("t", 4, 4, "hhmm")
    PLACE = ("s", 3, 3, "place")

    def __init__(self, letter: str, least: int, most: int, word: str) -> None:
        self.letter = letter
        self.least = least
        self.most = most
        self.word = word


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What a code does, for people, and which parts are dialled with it, in order."""

    words: str
    parts: tuple[Part, ...] = ()


def facts(name: str) -> CodeFacts | None:
    """What the code of this name is; None: there is none. `group-` and the name of a group is one."""
    if name.startswith(GROUP) and name != GROUP:
        group = name.removeprefix(GROUP)
        return CodeFacts("Call all telephones" if group == "all" else f"Call group {group}")
    return KNOWN.get(name)


def _switch(name: str, words: str, part: Part | None = None) -> dict[str, CodeFacts]:
    """Something that is switched on, with a number where it needs one, switched off, and asked for."""
    return {
        f"{name}-on": CodeFacts(f"{words}: on", () if part is None else (part,)),
        f"{name}-off": CodeFacts(f"{words}: off"),
        f"{name}-ask": CodeFacts(f"{words}: how it is set"),
    }


KNOWN: Mapping[str, CodeFacts] = {
    **_switch("forward-always", "Forward every call", Part.NUMBER),
    **_switch("forward-busy", "Forward when busy", Part.NUMBER),
    **_switch("forward-no-answer", "Forward when nobody answers", Part.NUMBER),
    **_switch("forward-offline", "Forward when no telephone is connected", Part.NUMBER),
    **_switch("do-not-disturb", "Do not disturb"),
    **_switch("call-waiting", "Call waiting"),
    "call-waiting-off-once": CodeFacts("Call without being disturbed by a second caller", (Part.NUMBER,)),
    **_switch("withhold", "Withhold the number"),
    "withhold-once": CodeFacts("Call and withhold the number", (Part.NUMBER,)),
    "send-once": CodeFacts("Call and show the number", (Part.NUMBER,)),
    **_switch("anonymous-rejection", "Reject anonymous callers"),
    "block-last-caller": CodeFacts("Block the last caller"),
    "unblock-last-caller": CodeFacts("No longer block the last caller"),
    "ring-last-caller": CodeFacts("Own ringing, 1 to 8, for the last caller", (Part.SHORT,)),
    "ring-last-caller-off": CodeFacts("Usual ringing for the last caller"),
    "call-return": CodeFacts("Call the last caller"),
    "redial": CodeFacts("Call the last number again"),
    "speed-dial": CodeFacts("Speed dial", (Part.SHORT,)),
    "speed-dial-set": CodeFacts("Speed dial: set", (Part.SHORT, Part.NUMBER)),
    "speed-dial-clear": CodeFacts("Speed dial: clear", (Part.SHORT,)),
    "speed-dial-ask": CodeFacts("Speed dial: how it is set", (Part.SHORT,)),
    "pickup-extension": CodeFacts("Take the call that rings at an extension", (Part.EXTENSION,)),
    "pickup-group": CodeFacts("Take a call that rings in your group"),
    "park": CodeFacts("Park the call"),
    "park-at": CodeFacts("Park the call at a place", (Part.PLACE,)),
    "retrieve": CodeFacts("Take back a parked call", (Part.PLACE,)),
    "transfer": CodeFacts("Transfer the held call to a number", (Part.NUMBER,)),
    "intercom": CodeFacts("Speak through an extension's loudspeaker", (Part.EXTENSION,)),
    "wake-up-set": CodeFacts("Wake-up call every day: set", (Part.TIME,)),
    "wake-up-clear": CodeFacts("Wake-up call: clear"),
    "wake-up-ask": CodeFacts("Wake-up call: how it is set"),
    **_switch("hotline", "Hotline", Part.NUMBER),
    "echo": CodeFacts("Echo test"),
    "milliwatt": CodeFacts("Milliwatt tone"),
    "address": CodeFacts("The box says its address"),
}
