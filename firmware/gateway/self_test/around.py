"""What a test call is made with, and what was asked for. Plain values."""

from collections.abc import Callable
from dataclasses import dataclass

from firmware.gateway.roster import Roster
from firmware.telephony.events import Destination
from firmware.telephony.lines.line_trunk import LineTrunk
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.tones import Rendered
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.sip.trunk import SipTrunk

RING_S = 20.0  # nobody is there to answer for longer, and a trunk costs
SPEAK_S = 2.0  # who answers a test hears music for so long, then it hangs up
CALLER_NAME = "Self-test"


@dataclass(frozen=True, slots=True)
class Asked:
    """A test as somebody wants it; see `Desk.run`."""

    kind: str
    telephone: str = ""
    trunk: str = ""
    number: str = ""
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """The box around the test. `music` is for who answers."""

    loop: CallLoop
    roster: Roster
    exchange: Callable[[], Exchange]
    music: Callable[[], Rendered]

    def trunk(self, name: str) -> SipTrunk | LineTrunk | None:
        """The trunk of that name, None where there is none now."""
        return next((trunk for trunk in self._trunks() if trunk.name == name), None)

    def trunk_names(self) -> tuple[str, ...]:
        """Every trunk there is now, in the order in which calls go out."""
        names = [trunk.name for trunk in self._trunks()]
        return tuple(dict.fromkeys([*(name for name in self.roster.trunk_order if name in names), *names]))

    def is_emergency_up(self) -> bool:
        """Whether somebody calls for help now."""
        return any(call.is_emergency for call in self.exchange().calls)

    def is_emergency_number(self, number: str) -> bool:
        """Whether a number is one that no test may call."""
        return number in self.roster.present.plan.emergency

    def _trunks(self) -> list[SipTrunk | LineTrunk]:
        return [*self.roster.sip_trunks, *self.roster.line_trunks]


def place(destination: Destination) -> str:
    """A destination in words."""
    return f"{destination.kind} {destination.value}"


def trunk_words(trunk: SipTrunk | LineTrunk) -> str:
    """Why a trunk takes no call now, "" where it does."""
    if trunk.is_ready:
        return ""
    if isinstance(trunk, SipTrunk):
        return f"trunk {trunk.name} is not ready: {trunk.state().text}"
    if trunk.phase.value == "lost":
        return f"trunk {trunk.name} is not ready: its adapter is not there"
    if trunk.is_dead:
        return f"trunk {trunk.name} is not ready: there is no battery on the line"
    return f"trunk {trunk.name} is not ready: it is in use"
