"""The vocabulary of an analogue line: what happens on it and what it can be told. No I/O, no clock."""

import enum
from dataclasses import dataclass
from typing import Protocol

SAMPLE_RATE_HZ = 8000
BYTES_PER_SAMPLE = 2


class LineKind(enum.Enum):
    """FXS feeds a telephone; FXO sits on a telephone line like a telephone does."""

    FXS = "fxs"
    FXO = "fxo"


@dataclass(frozen=True, slots=True)
class LineId:
    """A line by its kind and its number from 1 among its kind: telephone 1, outside line 1."""

    kind: LineKind
    number: int

    def __str__(self) -> str:
        return f"{self.kind.value}{self.number}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. An empty number with `withheld` is a caller who hides; without it, one whom nobody knows."""

    number: str = ""
    name: str = ""
    withheld: bool = False


class Feed(enum.Enum):
    """Battery of an FXS line. OPEN is the break that tells a machine that the far end hung up."""

    FORWARD = 0
    REVERSE = 1
    OPEN = 2


# ---- what happened -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineEvent:
    """Something that happened on a line."""

    line: LineId


@dataclass(frozen=True, slots=True)
class LineFound(LineEvent):
    """The line can be used: its adapter was found, or came back."""

    adapter: str


@dataclass(frozen=True, slots=True)
class LineLost(LineEvent):
    """The line is gone: adapter unplugged, silent or refused. Nothing on it can go on."""

    reason: str


@dataclass(frozen=True, slots=True)
class OffHook(LineEvent):
    """The handset was lifted."""


@dataclass(frozen=True, slots=True)
class OnHook(LineEvent):
    """The handset was put down."""


@dataclass(frozen=True, slots=True)
class Flashed(LineEvent):
    """Hook flash (timed recall, R)."""


@dataclass(frozen=True, slots=True)
class PulseDigit(LineEvent):
    """A digit came as dial pulses."""

    digit: str


@dataclass(frozen=True, slots=True)
class RingTaken(LineEvent):
    """The adapter rings the telephone, as it was told."""


@dataclass(frozen=True, slots=True)
class MessagesShown(LineEvent):
    """The telephone was told to the end that so many messages wait."""

    count: int


@dataclass(frozen=True, slots=True)
class RingStarted(LineEvent):
    """A ring burst began on an FXO line."""


@dataclass(frozen=True, slots=True)
class RingStopped(LineEvent):
    """A ring burst ended on an FXO line (the next may follow)."""


@dataclass(frozen=True, slots=True)
class PolarityChanged(LineEvent):
    """Battery of an FXO line was reversed or is normal again."""

    is_reversed: bool


@dataclass(frozen=True, slots=True)
class LoopCurrentLost(LineEvent):
    """No loop current on a seized FXO line: the exchange opened the loop, or the line was pulled out."""

    is_lost: bool


@dataclass(frozen=True, slots=True)
class CallerIdHeard(LineEvent):
    """Caller ID was decoded on a ringing FXO line."""

    caller: Caller


@dataclass(frozen=True, slots=True)
class LineFault(LineEvent):
    """The adapter reports a fault of the line (overload, no battery, ...), in words."""

    text: str


# ---- what a line can be told ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring the telephone until StopRing, showing `caller` by the line's scheme. On/off times in ms."""

    cadence_ms: tuple[int, ...] = ()  # empty: the profile's
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class StopRing:
    """Stop ringing and any caller ID under way."""


@dataclass(frozen=True, slots=True)
class AnnounceCall:
    """Tell a telephone in a call that `caller` waits: `tone` (16-bit 8 kHz) every `repeat_ms` (0: once), and who it is
    by the line's scheme where the telephone can take it. None: the tone alone. Until StopAnnouncing or CloseAudio."""

    tone: bytes
    repeat_ms: int = 0
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class StopAnnouncing:
    """Nobody waits any more."""


@dataclass(frozen=True, slots=True)
class ShowMessages:
    """Light the message lamp of a telephone that nobody uses, or put it out (0), by the line's scheme. MessagesShown
    follows, unless a ring or a lifting comes first. A reminder says nothing new: no bell is touched for it."""

    count: int
    is_reminder: bool = False


@dataclass(frozen=True, slots=True)
class SetFeed:
    """Change the battery of an FXS line."""

    feed: Feed


@dataclass(frozen=True, slots=True)
class Seize:
    """Close the loop of an FXO line."""


@dataclass(frozen=True, slots=True)
class Release:
    """Open the loop of an FXO line: hang up."""


@dataclass(frozen=True, slots=True)
class FlashLine:
    """Hook flash towards the exchange on a seized FXO line, of the profile's length."""


@dataclass(frozen=True, slots=True)
class DialPulses:
    """Dial digits by loop breaks on a seized FXO line."""

    digits: str


@dataclass(frozen=True, slots=True)
class SetLifeline:
    """Join the first telephone to the outside line by relay (closed), or take it to the box (open)."""

    is_closed: bool


@dataclass(frozen=True, slots=True)
class OpenAudio:
    """Start audio on the line; blocks go to the attached AudioPath."""


@dataclass(frozen=True, slots=True)
class CloseAudio:
    """Stop audio on the line."""


@dataclass(frozen=True, slots=True)
class ExpectDigits:
    """True while the user dials: a short break is then a dial pulse, otherwise a flash."""

    is_expected: bool


LineCommand = (
    Ring
    | StopRing
    | AnnounceCall
    | StopAnnouncing
    | ShowMessages
    | SetFeed
    | Seize
    | Release
    | FlashLine
    | DialPulses
    | SetLifeline
    | OpenAudio
    | CloseAudio
    | ExpectDigits
)


class AudioPath(Protocol):
    """Where a line's audio goes. Called on the adapter's reader thread: must not block."""

    def exchange(self, block: bytes, played: bytes) -> bytes:
        """Take what was heard (16-bit LE, 8 kHz) and what sounded on the line meanwhile (the reference of
        the echo canceller); return as many bytes to be played next."""
        ...


class Lines(Protocol):
    """All lines of all adapters, as telephony sees them. Every method may be called from any thread."""

    def perform(self, line: LineId, command: LineCommand) -> None:
        """Tell a line what to do; a command to a lost line is dropped. Failure arrives as LineFault."""
        ...

    def attach(self, line: LineId, path: AudioPath | None) -> None:
        """Name the path of the line's audio; None plays silence."""
        ...

    def tone_dialled(self, line: LineId) -> None:
        """A DTMF digit was heard from this telephone: until it hangs up, short breaks are flashes."""
        ...
