"""Calls as they come in: where those from outside go, what IP telephones have dialled. Call thread only."""

from collections.abc import Callable
from datetime import datetime

from firmware.gateway import people
from firmware.gateway.present import Present
from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.legs import Leg, LegEvents
from firmware.telephony.numbering import routes
from firmware.telephony.numbering.dialplan import Dial, Rejected, judge
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.sights import Routed, Witness, unseen
from firmware.telephony.sip.phone_leg import PhoneLeg
from firmware.telephony.summary import Origin

_EVERYBODY = Destination("group", "all")


class Reception:
    """Names the origin of a call and hands it to the exchange."""

    def __init__(self, present: Callable[[], Present], exchange: Callable[[], Exchange]) -> None:
        self._present = present
        self._exchange = exchange

    def from_trunk(
        self,
        leg: Leg,
        trunk: str,
        caller: Caller,
        called: str,
        usual: Destination | None,
        witness: Witness = unseen,
    ) -> LegEvents:
        """By the first inbound route that fits, else to the trunk's `usual` destination."""
        table = self._present().inbound_table
        route = routes.inbound_number(table, trunk, called, caller, datetime.now().astimezone())
        destination = table.routes[route - 1].destination if route else usual or _EVERYBODY
        witness(Routed(route, destination))
        origin = Origin(caller, trunk=trunk, called=called, address=leg.address)
        return self._exchange().originate(leg, destination, origin, witness)

    def from_phone(self, leg: PhoneLeg, extension: str, number: str) -> None:
        """By the dial plan, as if the send key had been pressed."""
        present = self._present()
        verdict = judge(present.plan, number, is_final=True)
        if not isinstance(verdict, Dial):
            leg.end(verdict.cause if isinstance(verdict, Rejected) else Cause.INVALID_NUMBER)
            return
        own = people.extension(present.settings, extension)
        caller = Caller(extension, own.name if own else "")
        origin = Origin(caller, extension=extension, called=number, address=leg.address)
        leg.events = self._exchange().originate(leg, verdict.destination, origin)

    def leads_to(self, digits: str) -> Destination | None:
        """Where digits lead by the dial plan, None for nowhere."""
        verdict = judge(self._present().plan, digits, is_final=True)
        return verdict.destination if isinstance(verdict, Dial) else None
