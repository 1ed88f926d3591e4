"""What the exchange asks of one side of a call, and what that side tells it. Knows no line and no SIP."""

from typing import Any, Protocol

from firmware.telephony.events import Caller, Cause


class Leg(Protocol):
    """One side of a call. Methods and events belong to the call thread; after `end` nothing more comes."""

    @property
    def name(self) -> str:
        """For people: "telephone 11", "trunk main"."""
        ...

    @property
    def media(self) -> Any | None:
        """What the bridge can join, while there is audio."""
        ...

    @property
    def codec(self) -> str:
        """The codec in use, "" on a line."""
        ...

    def offer(self, caller: Caller) -> None:
        """Called side: let it ring, showing `caller`."""
        ...

    def ringing(self) -> None:
        """Calling side: the other side is being alerted."""
        ...

    def progress(self) -> None:
        """Calling side: the other side's own tones or words are on the bridge now (early media)."""
        ...

    def answer(self) -> None:
        """Calling side: the other side answered."""
        ...

    def end(self, cause: Cause) -> None:
        """It is over for this side."""
        ...

    def hold(self) -> None:
        """The other side went away for a while."""
        ...

    def resume(self) -> None:
        """The other side is back."""
        ...

    def send_digit(self, digit: str) -> None:
        """The other side dialled a digit during the call."""
        ...


class LegEvents(Protocol):
    """What a leg tells its call. Never from within a method of the leg."""

    def leg_ringing(self, leg: Leg) -> None:
        """It is being alerted."""
        ...

    def leg_progress(self, leg: Leg) -> None:
        """It has audio before the answer."""
        ...

    def leg_answered(self, leg: Leg) -> None:
        """It answered."""
        ...

    def leg_ended(self, leg: Leg, cause: Cause) -> None:
        """It hung up, refused, or failed."""
        ...

    def leg_media_changed(self, leg: Leg) -> None:
        """Its media are new: whoever was joined with the old ones must be joined again."""
        ...

    def leg_digit(self, leg: Leg, digit: str) -> None:
        """It dialled a digit during the call."""
        ...

    def leg_held(self, leg: Leg, is_held: bool) -> None:
        """It put the other side on hold, or took it back."""
        ...
