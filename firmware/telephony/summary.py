"""What is known of a call: for features, records, status and page. Plain values; the exchange fills them in."""

from dataclasses import dataclass

from firmware.telephony.events import Caller, Cause, Destination


@dataclass(frozen=True, slots=True)
class Origin:
    """Who started a call, and what for.

    `extension` is ours, "" from outside; `trunk` is the one that it came in by, "" inside; `called` are the digits as
    dialled, or the number that was called from outside; `address` is the line ("fxs1") or the far end's "host:port".
    `is_test`: the box calls to find out how others are treated; `only_trunk` is the one that it may go out by, "" any.
    """

    caller: Caller
    extension: str = ""
    trunk: str = ""
    called: str = ""
    address: str = ""
    is_test: bool = False
    only_trunk: str = ""

    @property
    def is_box(self) -> bool:
        """The box itself calls, as for a wake-up: nobody has to be spared from it."""
        return not self.extension and not self.trunk and not self.is_test


@dataclass(frozen=True, slots=True)
class LegQuality:
    """How a leg over RTP sounded: losses in percent, times in ms, MOS as ITU-T G.107 estimates it; None: not known."""

    codec: str
    loss_percent: float | None = None
    jitter_ms: float | None = None
    round_trip_ms: float | None = None
    mos: float | None = None


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One call. `*_at` are seconds since the epoch as the clock stood at the start, moved on by the monotonic clock.

    `answered_by` is the extension or number that answered; `history` tells in order what happened to the call, each as
    "forwarded:101", "picked-up:102", "transferred:101", "parked:701", "conference"; `linked` is the call that this
    one was transferred from or joined to, "" for none.
    """

    id: str
    origin: Origin
    dialled: Destination
    destination: Destination
    trunk: str
    started_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    billed_s: int = 0
    cause: Cause | None = None
    answered_by: str = ""
    destination_address: str = ""
    history: tuple[str, ...] = ()
    linked: str = ""
    source_quality: LegQuality | None = None
    destination_quality: LegQuality | None = None
