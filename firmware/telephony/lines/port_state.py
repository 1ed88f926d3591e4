"""Where a telephone's machine is, and by which rules it goes on. Values only."""

import enum
from dataclasses import dataclass

from firmware.countries import FlashManners
from firmware.telephony.numbering.dialplan import Plan


class Phase(enum.Enum):
    """Where a telephone is; the values are the status page's."""

    LOST = "lost"
    ON_HOOK = "on-hook"
    RINGING = "ringing"
    DIAL_TONE = "dial-tone"
    DIALLING = "dialling"
    CALLING = "calling"
    TALKING = "talking"
    RECALL = "recall"  # talking; R was pressed, and its digit may follow
    FAILURE_TONE = "failure-tone"
    HOWLER = "howler"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class PortState:
    """A telephone. `active`, `held` and `waiting` are leg numbers; `serial` is the last one given.

    `held` and `waiting` exclude each other; in a conference `held` is heard as well. `is_consulting`: the active call
    was made while another was held. `is_far_ringing` is of the active call while it is being made.
    """

    phase: Phase = Phase.LOST
    digits: str = ""
    active: int | None = None
    held: int | None = None
    waiting: int | None = None
    serial: int = 0
    is_conference: bool = False
    is_consulting: bool = False
    is_far_ringing: bool = False
    is_emergency: bool = False
    is_waiting_refused: bool = False

    @property
    def legs(self) -> tuple[int, ...]:
        """Every leg there is, each once."""
        return tuple({leg: None for leg in (self.active, self.held, self.waiting) if leg is not None})


@dataclass(frozen=True, slots=True)
class BatteryManners:
    """What a telephone is told by its battery: how long it breaks when the far end hangs up (ms, 0: not at all), and
    whether it is reversed while a call that the telephone made is answered."""

    hang_up_break_ms: int = 0
    reverses_on_answer: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What settings, country and extension make of a telephone. `hotline` as in `extension.Extension`; `dial_tone` is
    the name of the tone that greets whoever lifts the handset."""

    plan: Plan
    flash: FlashManners = FlashManners()
    is_call_waiting_allowed: bool = False
    hotline: str = ""
    hotline_ms: int = 0
    dial_tone: str = "dial"
    battery: BatteryManners = BatteryManners()
