"""Rings one telephone: is it there, does anything turn calls away, does the adapter ring it. Call thread only."""

from firmware.fxs.line import LineEvent, LineFault, LineLost, RingTaken
from firmware.gateway import people
from firmware.gateway.self_test.around import CALLER_NAME, RING_S, place
from firmware.gateway.self_test.board import END
from firmware.gateway.self_test.trying import TestCall
from firmware.telephony.events import Caller, Destination
from firmware.telephony.lines.port import Phase
from firmware.telephony.lines.telephone import Telephone
from firmware.telephony.sights import Sent
from firmware.telephony.summary import Origin

_RINGS_WITHIN_S = 6.0  # caller ID may go before the first burst: 2 s by the slowest scheme


class RingTest(TestCall):
    """`asked.telephone` is a socket of the settings, or else an extension, whose IP telephones are rung then."""

    HOPS = ("telephone", "extension", "channel", "features", "ring", "answer", END)
    _telephone: Telephone | None = None
    _alerted = ""
    _is_rung = False

    def start(self) -> None:
        """From the socket to the extension, and call that."""
        settings = self.around.roster.present.settings
        wanted = self.asked.telephone
        own = settings.telephones.get(wanted)
        if own is None and wanted not in people.numbers(settings):
            self.board.failed("telephone", f"there is no telephone {wanted}")
            return
        if own is not None and not self._find(int(wanted)):
            return
        if own is None:
            self.board.done("telephone", "IP telephones are rung where they are registered")
        number = own.extension if own else wanted
        self.board.done("extension", f"it has extension {number}")
        origin = Origin(Caller("", CALLER_NAME), called=number, address="self-test", is_test=True)
        self.leg.events = self.around.exchange().originate(self.leg, Destination("extension", number), origin, self.saw)
        self.later(RING_S, self.nobody_answered)

    def sent(self, seen: Sent) -> None:
        """Where the forward leads is not what was asked for; after it rang, there is nothing left to find out."""
        if self.board.is_done("ring"):
            self.board.done("answer", f"nobody answered: the call would go on to {place(seen.destination)}")
            self.stop()
        else:
            self.stop(f"forwarded to {place(seen.destination)}, so it does not ring")

    def alerted(self, name: str) -> None:
        """Wait until the adapter has said that it rings."""
        self._alerted = name
        if self._telephone is None or self._is_rung or self._telephone.has_waiting_call:
            self._rings()
        else:
            self.board.waiting("ring", "the adapter was told to ring")
            self.later(_RINGS_WITHIN_S, lambda: self.stop("the adapter does not say that it rings"))

    def line_event(self, event: LineEvent) -> None:
        """What the adapter says to the order."""
        if self._telephone is None or event.line != self._telephone.identity.line:
            return
        if isinstance(event, RingTaken) and not self._is_rung:
            self._is_rung = True
            if self._alerted and not self.board.is_done("answer"):
                self._rings()
        elif isinstance(event, LineFault) and not self.board.is_done("ring"):
            self.stop(event.text)
        elif isinstance(event, LineLost):
            self.stop(f"the adapter went away: {event.reason}")

    def _rings(self) -> None:
        super().alerted(self._alerted)
        self.later(RING_S, self.nobody_answered)

    def _find(self, number: int) -> bool:
        telephones = self.around.roster.telephones
        self._telephone = next((each for each in telephones if each.identity.line.number == number), None)
        if self._telephone is None:
            self.board.failed("telephone", f"no adapter with telephone {number} was plugged in yet")
        elif self._telephone.phase is Phase.LOST:
            self.board.failed("telephone", "its adapter is not there")
        else:
            self.board.done("telephone", f"telephone {number} is on its adapter")
            return True
        return False
