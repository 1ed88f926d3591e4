"""A call as if from outside: by the routes, features and channels of a real one from that trunk. Call thread only."""

from firmware.gateway.self_test.around import CALLER_NAME, RING_S, place, trunk_words
from firmware.gateway.self_test.board import END
from firmware.gateway.self_test.trying import TestCall
from firmware.telephony.events import Caller
from firmware.telephony.sights import Routed

_WITHHELD = "anonymous"


class IncomingTest(TestCall):
    """`asked.trunk` "" is the first there is; `asked.caller` may be "anonymous"."""

    HOPS = ("trunk", "route", "channel", "features", "ring", "answer", END)

    def start(self) -> None:
        """Stand where the trunk stands, and call."""
        name = self.asked.trunk or next(iter(self.around.trunk_names()), "")
        trunk = self.around.trunk(name)
        if trunk is None:
            self.board.failed("trunk", f"there is no trunk {name}" if name else "there is no trunk")
            return
        if words := trunk_words(trunk):
            self.board.failed("trunk", words)
            return
        self.board.done("trunk", f"trunk {name} is ready")
        roster, asked = self.around.roster, self.asked
        is_withheld = asked.caller == _WITHHELD
        caller = Caller(withheld=True) if is_withheld else Caller(asked.caller, CALLER_NAME)
        usual = roster.usual(trunk)
        self.leg.events = roster.reception.from_trunk(self.leg, name, caller, asked.number, usual, self.saw)
        self.later(RING_S, self.nobody_answered)

    def routed(self, seen: Routed) -> None:
        """Told while the call is being made: what ends it has to wait."""
        if seen.route:
            self.board.done("route", f"inbound route {seen.route} leads to {place(seen.destination)}")
        else:
            self.board.done("route", f"no inbound route fits; such calls go to {place(seen.destination)}")
        self.around.loop.post(lambda: self.refuse_emergency(seen.destination))
