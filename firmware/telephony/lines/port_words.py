"""What a telephone's machine is told (past tense), what it wants done (imperative). See port.py."""

from dataclasses import dataclass

from firmware.telephony.events import Caller, Cause, Destination

# ---- events --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """The line can be used, the handset is down until told otherwise."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The line is gone."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """Off-hook."""


@dataclass(frozen=True, slots=True)
class PutDown:
    """On-hook."""


@dataclass(frozen=True, slots=True)
class FlashPressed:
    """Hook flash."""


@dataclass(frozen=True, slots=True)
class DigitDialled:
    """DTMF or pulses."""

    digit: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The timer that the last SetTimer started."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Somebody calls; accepted by `StartRinging` or `AnnounceWaiting` with the new leg's number, else refused.

    `ring` names a ring pattern of the country, "" the usual one.
    """

    caller: Caller
    ring: str = ""


@dataclass(frozen=True, slots=True)
class FarRinging:
    """The called side is being alerted."""

    leg: int


@dataclass(frozen=True, slots=True)
class FarAudio:
    """The called side is heard before it answers."""

    leg: int


@dataclass(frozen=True, slots=True)
class FarAnswered:
    """The called side answered."""

    leg: int


@dataclass(frozen=True, slots=True)
class FarEnded:
    """The other side of the leg is gone, or gave up ringing us."""

    leg: int
    cause: Cause


PortEvent = (
    Found
    | Lost
    | Lifted
    | PutDown
    | FlashPressed
    | DigitDialled
    | TimerFired
    | Offered
    | FarRinging
    | FarAudio
    | FarAnswered
    | FarEnded
)


# ---- actions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlayTone:
    """Play a tone of the country by its name; "" for silence (and the bridge)."""

    tone: str


@dataclass(frozen=True, slots=True)
class StartRinging:
    """Accept the offer as leg `leg` and ring."""

    leg: int
    caller: Caller
    ring: str = ""


@dataclass(frozen=True, slots=True)
class StopRinging:
    """Ring no more."""


@dataclass(frozen=True, slots=True)
class RingBack:
    """The handset was put down on a call that is held or waits: ring for leg `leg`."""

    leg: int


@dataclass(frozen=True, slots=True)
class AnnounceWaiting:
    """Accept the offer as leg `leg`, and tell whoever talks that it waits."""

    leg: int
    caller: Caller


@dataclass(frozen=True, slots=True)
class StopAnnouncing:
    """Nobody waits any more."""


@dataclass(frozen=True, slots=True)
class RefuseOffer:
    """Turn the offer down."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class ConnectAudio:
    """Open the line's audio path."""


@dataclass(frozen=True, slots=True)
class DisconnectAudio:
    """Close the line's audio path."""


@dataclass(frozen=True, slots=True)
class CollectDigits:
    """Short breaks are digits (True) or a flash (False)."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Call `destination` as leg `leg`."""

    leg: int
    destination: Destination


@dataclass(frozen=True, slots=True)
class Accept:
    """Answer leg `leg`."""

    leg: int


@dataclass(frozen=True, slots=True)
class Hang:
    """End leg `leg`."""

    leg: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class Hold:
    """Put leg `leg` on hold."""

    leg: int


@dataclass(frozen=True, slots=True)
class Resume:
    """Take leg `leg` back from hold."""

    leg: int


@dataclass(frozen=True, slots=True)
class Conference:
    """Let the other sides of both legs and this telephone talk with each other; the legs stay."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class TransferAttended:
    """Let the other sides of both legs talk with each other; both legs are over."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class TransferBlind:
    """Send the other side of leg `leg` to `destination`; the leg is over."""

    leg: int
    destination: Destination


@dataclass(frozen=True, slots=True)
class SendDigit:
    """Send a digit to the other side of leg `leg`."""

    leg: int
    digit: str


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Fire once after `ms`; replaces the timer under way. None only stops it."""

    ms: int | None


PortAction = (
    PlayTone
    | StartRinging
    | StopRinging
    | RingBack
    | AnnounceWaiting
    | StopAnnouncing
    | RefuseOffer
    | ConnectAudio
    | DisconnectAudio
    | CollectDigits
    | Place
    | Accept
    | Hang
    | Hold
    | Resume
    | Conference
    | TransferAttended
    | TransferBlind
    | SendDigit
    | SetTimer
)
