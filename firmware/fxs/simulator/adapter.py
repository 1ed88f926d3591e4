"""One simulated adapter with what is plugged into it, on a timeline. Knows no device, thread or clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from firmware.control import Refused
from firmware.fxs.protocol.frames import Frame
from firmware.fxs.simulator.clock import LineClock, Timeline
from firmware.fxs.simulator.fxo_socket import FxoSocket
from firmware.fxs.simulator.fxs_socket import FxsSocket
from firmware.fxs.simulator.lifeline import Lifeline
from firmware.fxs.simulator.line_socket import Socket
from firmware.fxs.simulator.outside_line import OutsideLine
from firmware.fxs.simulator.party import Party
from firmware.fxs.simulator.session import Session
from firmware.fxs.simulator.switches import Switches
from firmware.fxs.simulator.telephone import Telephone

LINES_OF_A_KIND_MAX = 8  # what the settings can name; both kinds fill HELLO's table
DEFAULT_SERIAL = "SIM00000001"

_Member = TypeVar("_Member", bound=Party)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What is plugged into the adapter. `seed` is of everything random: session numbers, faults."""

    telephones: int = 2
    outside_lines: int = 1
    serial: str = DEFAULT_SERIAL
    seed: int | None = None


class SimulatedAdapter:
    """Telephones and outside lines in its sockets, and the session with a host. `send` takes its frames."""

    def __init__(
        self,
        timeline: Timeline,
        clock: LineClock,
        equipment: Equipment,
        random: Random,
        send: Callable[[Frame], None],
    ) -> None:
        numbers, outside = range(1, equipment.telephones + 1), range(1, equipment.outside_lines + 1)
        self.telephones = [Telephone(number, timeline, clock) for number in numbers]
        self.lines = [OutsideLine(number, timeline, clock) for number in outside]
        sockets: list[Socket] = [self._fxs_socket(timeline, telephone) for telephone in self.telephones]
        sockets += [FxoSocket(timeline, line) for line in self.lines]
        self.session = Session(timeline, sockets, equipment.serial, random, send)

    @property
    def parties(self) -> Sequence[Party]:
        """All who can speak and hear."""
        return (*self.telephones, *self.lines)

    def telephone(self, number: int) -> Telephone:
        """By number; raises Refused."""
        return _member("telephone", self.telephones, number)

    def line(self, number: int) -> OutsideLine:
        """By number; raises Refused."""
        return _member("outside line", self.lines, number)

    def set(self, switches: Switches) -> None:
        """Take the manners of lines and country, and the faults of the session."""
        session = self.session
        session.is_silent = switches.silent
        if switches.protocol_major != session.major:
            session.major = switches.protocol_major
            session.reset()
        for party in self.parties:
            party.set_echo(switches.echo_loss_db, switches.echo_delay_ms)
        for telephone in self.telephones:
            telephone.flash_ms = switches.manners.flash_ms
            telephone.has_second_caller_display = switches.second_caller_display
        for line in self.lines:
            line.manners = switches.manners
            line.is_reversed_on_answer = switches.polarity_on_answer
            line.set_dead(line.number == switches.dead_line)

    def _fxs_socket(self, timeline: Timeline, telephone: Telephone) -> FxsSocket:
        lifeline = None
        if telephone.number == 1 and self.lines:
            lifeline = Lifeline(timeline, telephone, self.lines[0])
        return FxsSocket(timeline, telephone, lifeline)


def _member(kind: str, members: Sequence[_Member], number: int) -> _Member:
    if isinstance(number, int) and 1 <= number <= len(members):
        return members[number - 1]
    count = len(members)
    those = f"there is only {kind} 1" if count == 1 else f"there are {count or 'none'}"
    raise Refused(f"{kind} {number} does not exist: {those}")
