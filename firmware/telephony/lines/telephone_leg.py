"""A telephone on a line as one side of a call, and what it asks of the exchange. Knows no machine's states."""

from typing import Any, Protocol

from firmware.fxs.line import LineId
from firmware.telephony.events import Cause, Destination
from firmware.telephony.legs import Leg, LegEvents, Offered
from firmware.telephony.lines import port_words as words
from firmware.telephony.lines.line_audio import LineAudio
from firmware.telephony.summary import LegQuality, Origin


class Originates(Protocol):
    """Where a telephone's own calls go: the exchange."""

    def originate(self, leg: Leg, destination: Destination, origin: Origin) -> LegEvents:
        """Start a call from `leg`; failure arrives as `leg.end`."""
        ...

    def transfer_blind(self, leg: Leg, destination: Destination, origin_extension: str) -> None:
        """Send the other side of `leg` to `destination`, as if that extension had dialled it; `leg` ends."""
        ...

    def transfer_attended(self, first: Leg, second: Leg) -> None:
        """Let the other sides of two legs talk, of which the second may be ringing still; both legs end."""
        ...

    def conference(self, first: Leg, second: Leg) -> None:
        """Let both other sides and the telephone talk with each other."""
        ...


class Identity(Protocol):
    """What the settings say of a telephone."""

    @property
    def line(self) -> LineId: ...

    @property
    def extension(self) -> str: ...

    @property
    def name(self) -> str: ...


class Handset(Protocol):
    """The telephone behind a leg."""

    @property
    def identity(self) -> Identity: ...

    @property
    def audio(self) -> LineAudio: ...

    def feed(self, event: words.PortEvent) -> None: ...

    def offer(self, leg: "TelephoneLeg", offered: Offered) -> None: ...

    def forget(self, leg: "TelephoneLeg") -> None: ...


class TelephoneLeg:
    """A telephone as one side of a call, as a `Leg`."""

    codec = ""
    moved_to = ""
    makes_own_tones = True

    def __init__(self, telephone: Handset) -> None:
        self._telephone = telephone
        self.number = 0
        self.is_over = False
        self.offered: Offered | None = None
        self.events: LegEvents | None = None

    @property
    def name(self) -> str:
        """For people."""
        return f"telephone {self._telephone.identity.extension}"

    @property
    def media(self) -> Any:
        """The line's port on the bridge."""
        return self._telephone.audio.port

    @property
    def extension(self) -> str:
        """The telephone's."""
        return self._telephone.identity.extension

    @property
    def address(self) -> str:
        """The line."""
        return str(self._telephone.identity.line)

    def quality(self) -> LegQuality | None:
        """Nobody measures a line."""
        return None

    def offer(self, offered: Offered) -> None:
        """Ring."""
        self.offered = offered
        self._telephone.offer(self, offered)

    def ringing(self) -> None:
        """Ringback to the handset."""
        self._telephone.feed(words.FarRinging(self.number))

    def progress(self) -> None:
        """The bridge to the handset."""
        self._telephone.feed(words.FarAudio(self.number))

    def answer(self) -> None:
        """The other side answered."""
        self._telephone.feed(words.FarAnswered(self.number))

    def end(self, cause: Cause) -> None:
        """A tone by the cause, or the end of ringing."""
        self.is_over = True
        self._telephone.feed(words.FarEnded(self.number, cause))
        self._telephone.forget(self)

    def hold(self) -> None:
        """Silence meets whoever is held."""

    def resume(self) -> None:
        """The bridge is joined again by the call."""

    def send_digit(self, digit: str) -> None:
        """A DTMF tone in the ear."""
        self._telephone.audio.play_digit(digit)
