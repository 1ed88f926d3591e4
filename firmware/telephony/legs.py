"""What the exchange asks of one side of a call, and what that side tells it. Knows no line and no SIP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from firmware.telephony.events import Caller, Cause
from firmware.telephony.summary import LegQuality


@dataclass(frozen=True, slots=True)
class Offered:
    """What a called side is shown and how it rings.

    `ring` names a ring pattern of the country, "" the usual one; `is_intercom` asks to be put through at once;
    `diverted_by` is the extension whose forward led here.
    """

    caller: Caller
    ring: str = ""
    is_intercom: bool = False
    diverted_by: str = ""


@dataclass(frozen=True, slots=True)
class TransferAsked:
    """A REFER (RFC 3515): to `number` as dialled, or to the other side of `replaces` (RFC 3891).

    `report` takes the SIP status of the new call: 180, then a final one.
    """

    number: str
    replaces: "Leg | None"
    report: Callable[[int], None]


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

    @property
    def extension(self) -> str:
        """The extension that it belongs to, "" for a trunk or a service."""
        ...

    @property
    def address(self) -> str:
        """Where it is: "fxs1", "192.0.2.7:5060", "" where nowhere."""
        ...

    @property
    def moved_to(self) -> str:
        """The number to which the called side, once it has ended by `Cause.MOVED`, sends the call; "" for none."""
        ...

    @property
    def makes_own_tones(self) -> bool:
        """A telephone plays ringback and failures itself; to others the exchange plays them once they are answered."""
        ...

    def quality(self) -> LegQuality | None:
        """How it sounded so far, None where nobody measures."""
        ...

    def offer(self, offered: Offered) -> None:
        """Called side: let it ring."""
        ...

    def ringing(self) -> None:
        """The other side is being alerted. Told again when its party was sent to somebody who rings now."""
        ...

    def progress(self) -> None:
        """Calling side: the other side's own tones or words are on the bridge now (early media)."""
        ...

    def answer(self) -> None:
        """The other side answered; told again after another `ringing`."""
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
        """It is heard before the answer."""
        ...

    def leg_silent(self, leg: Leg) -> None:
        """It could be heard before the answer, but says nothing yet, or no more."""
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

    def leg_transfer_asked(self, leg: Leg, asked: TransferAsked) -> None:
        """It wants its other side to be sent elsewhere."""
        ...
