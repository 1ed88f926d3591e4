"""Legs and a bridge that note what they are told; a call cannot tell them from real ones."""

from typing import Any

from firmware.telephony.call import Attempt, Call, LegMaker
from firmware.telephony.events import Caller, Cause
from firmware.telephony.legs import Leg, LegEvents
from firmware.telephony.loop import CallLoop


class FakeLeg:
    """One side of a call; `told` is what it was told, in order."""

    codec = ""

    def __init__(self, name: str, *, media: Any | None = "", codec: str = "") -> None:
        self.name = name
        self.media = f"media of {name}" if media == "" else media
        self.codec = codec
        self.told: list[str] = []
        self.cause: Cause | None = None
        self.events: LegEvents | None = None

    def offer(self, caller: Caller) -> None:
        self.told.append(f"offer {caller.number}")

    def ringing(self) -> None:
        self.told.append("ringing")

    def progress(self) -> None:
        self.told.append("progress")

    def answer(self) -> None:
        self.told.append("answer")

    def end(self, cause: Cause) -> None:
        assert self.cause is None, f"{self.name} is ended twice"
        self.told.append("end")
        self.cause = cause

    def hold(self) -> None:
        self.told.append("hold")

    def resume(self) -> None:
        self.told.append("resume")

    def send_digit(self, digit: str) -> None:
        self.told.append(f"digit {digit}")


class FakeBridge:
    """Who hears whom; joining twice or parting what is apart is a mistake of the call."""

    def __init__(self) -> None:
        self.pairs: set[frozenset[Any]] = set()

    def join(self, one: Any, other: Any) -> None:
        pair = frozenset({one, other})
        assert pair not in self.pairs
        self.pairs.add(pair)

    def part(self, one: Any, other: Any) -> None:
        self.pairs.remove(frozenset({one, other}))

    def has(self, one: FakeLeg, other: FakeLeg) -> bool:
        return self.pairs == {frozenset({one.media, other.media})}


def making(*legs: FakeLeg, via: str = "") -> Attempt:
    """An attempt whose legs are these."""

    def maker(leg: FakeLeg) -> LegMaker:
        def make(call: Call) -> Leg:
            leg.events = call
            return leg

        return make

    return Attempt([maker(leg) for leg in legs], via=via)


def vanished(words: str = "it is gone") -> Attempt:
    """An attempt whose leg cannot be had after all."""

    def make(call: Call) -> Leg:
        raise LookupError(words)

    return Attempt([make])


def settle(loop: CallLoop) -> None:
    """Let the loop do what is posted."""
    is_done: list[bool] = []
    loop.post(lambda: is_done.append(True))
    assert loop.run_until(lambda: bool(is_done), 5)
