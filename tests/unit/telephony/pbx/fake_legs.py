"""Legs, sounds and a bridge that note what they are told; a call cannot tell them from real ones."""

from collections.abc import Sequence
from typing import Any

from firmware.telephony.events import Cause
from firmware.telephony.extension import Extension
from firmware.telephony.legs import Leg, LegEvents, Offered
from firmware.telephony.loop import CallLoop
from firmware.telephony.pbx.attempts import Attempt, Candidate, LegMaker
from firmware.telephony.summary import LegQuality


class FakeLeg:
    """One side of a call; `told` is what it was told, in order."""

    def __init__(
        self,
        name: str,
        *,
        media: Any | None = "",
        codec: str = "",
        extension: str = "",
        address: str = "",
        makes_own_tones: bool = True,
    ) -> None:
        self.name = name
        self.media = f"media of {name}" if media == "" else media
        self.codec = codec
        self.extension = extension
        self.address = address
        self.makes_own_tones = makes_own_tones
        self.moved_to = ""
        self.told: list[str] = []
        self.cause: Cause | None = None
        self.offered: Offered | None = None
        self.sounded: LegQuality | None = None
        self.events: LegEvents | None = None

    def quality(self) -> LegQuality | None:
        return self.sounded

    def offer(self, offered: Offered) -> None:
        self.offered = offered
        self.told.append(f"offer {offered.caller.number}")

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

    def heard_by(self, leg: FakeLeg) -> set[Any]:
        """What is joined with the leg."""
        return {medium for pair in self.pairs if leg.media in pair for medium in pair - {leg.media}}


class FakeSounds:
    """Sounds that are words; `said` are the legs that say prompts."""

    def __init__(self) -> None:
        self.said: list[FakeLeg] = []

    def music(self) -> Any | None:
        return "music"

    def tone(self, name: str) -> Any | None:
        return f"tone {name}"

    def announcement(self, prompts: Sequence[str], events: LegEvents) -> Leg:
        leg = FakeLeg(" ".join(prompts) or "confirmation")
        leg.events = events
        self.said.append(leg)
        return leg


def maker(leg: FakeLeg) -> LegMaker:
    """Makes just this leg."""

    def make(events: LegEvents) -> Leg:
        leg.events = events
        return leg

    return make


def making(*legs: FakeLeg, via: str = "", **terms: Any) -> Attempt:
    """An attempt whose legs are these; one with an extension has the usual profile."""
    candidates = [Candidate(maker(leg), Extension(leg.extension) if leg.extension else None) for leg in legs]
    return Attempt(candidates, via=via, **terms)


def vanished(words: str = "it is gone", **terms: Any) -> Attempt:
    """An attempt whose leg cannot be had after all."""

    def make(events: LegEvents) -> Leg:
        raise LookupError(words)

    return Attempt([Candidate(make)], **terms)


def settle(loop: CallLoop) -> None:
    """Let the loop do what is posted, and what that posts."""
    for _ in range(2):
        is_done: list[bool] = []
        loop.post(lambda is_done=is_done: is_done.append(True))  # type: ignore[misc]
        assert loop.run_until(lambda is_done=is_done: bool(is_done), 5)  # type: ignore[misc]
