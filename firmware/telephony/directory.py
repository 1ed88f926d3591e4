"""Who answers to a destination: telephones, groups, services, and trunks in the order of the routes."""

from collections.abc import Callable, Sequence
from typing import Protocol

from firmware.telephony.call import Attempt, Call, LegMaker
from firmware.telephony.events import Cause, Destination
from firmware.telephony.legs import Leg
from firmware.telephony.line_trunk import LineTrunk
from firmware.telephony.port import Phase
from firmware.telephony.services import ServiceLeg
from firmware.telephony.telephone import Telephone
from firmware.telephony.trunk import SipTrunk


class Roster(Protocol):
    """Everybody there is now."""

    @property
    def telephones(self) -> Sequence[Telephone]: ...

    @property
    def sip_trunks(self) -> Sequence[SipTrunk]: ...

    @property
    def line_trunks(self) -> Sequence[LineTrunk]: ...

    @property
    def routes(self) -> Sequence[str]:
        """Order of trunks for outside numbers; empty: all SIP trunks, then the outside lines."""
        ...


class RosterDirectory:
    """The exchange's directory over a roster that may change between calls."""

    def __init__(self, roster: Roster, make_service: Callable[[str], ServiceLeg]) -> None:
        self._roster = roster
        self._make_service = make_service

    def attempts(self, destination: Destination, calling: Leg) -> Sequence[Attempt] | Cause:
        """See `exchange.Directory`."""
        match destination.kind:
            case "extension":
                return self._extension(destination.value)
            case "group":
                return self._group(calling)
            case "service":
                return [Attempt([_service_maker(self._make_service, destination.value)])]
            case "number" | "emergency":
                return self._outside(destination.value)
        return Cause.UNKNOWN_NUMBER

    def _extension(self, number: str) -> Sequence[Attempt] | Cause:
        for telephone in self._roster.telephones:
            if telephone.identity.extension == number:
                return [Attempt([_telephone_maker(telephone)])]
        return Cause.UNREACHABLE  # the plan knows it: its adapter was never there, or its socket is empty

    def _group(self, calling: Leg) -> Sequence[Attempt] | Cause:
        """All telephones that can ring; where none can, the first one says why."""
        telephones = [t for t in self._roster.telephones if f"telephone {t.identity.extension}" != calling.name]
        free = [telephone for telephone in telephones if telephone.phase is Phase.ON_HOOK]
        if not telephones:
            return Cause.UNREACHABLE
        return [Attempt([_telephone_maker(telephone) for telephone in free or telephones])]

    def _outside(self, number: str) -> Sequence[Attempt] | Cause:
        ready = [attempt for name in self._order() if (attempt := self._by_trunk(name, number)) is not None]
        return ready or Cause.NO_ROUTE

    def _order(self) -> Sequence[str]:
        every = [trunk.name for trunk in self._roster.sip_trunks]
        every += [trunk.name for trunk in self._roster.line_trunks]
        return self._roster.routes or every

    def _by_trunk(self, name: str, number: str) -> Attempt | None:
        for sip in self._roster.sip_trunks:
            if sip.name == name and sip.is_ready:
                return Attempt([_sip_maker(sip, number)], via=name)
        for line in self._roster.line_trunks:
            if line.name == name and line.is_ready:
                return Attempt([_line_maker(line, number)], via=name)
        return None


def _telephone_maker(telephone: Telephone) -> LegMaker:
    def make(call: Call) -> Leg:
        leg = telephone.new_leg()
        leg.events = call
        return leg

    return make


def _service_maker(make_service: Callable[[str], ServiceLeg], name: str) -> LegMaker:
    def make(call: Call) -> Leg:
        leg = make_service(name)
        leg.events = call
        return leg

    return make


def _sip_maker(trunk: SipTrunk, number: str) -> LegMaker:
    def make(call: Call) -> Leg:
        leg = trunk.call(number)
        leg.events = call
        return leg

    return make


def _line_maker(trunk: LineTrunk, number: str) -> LegMaker:
    def make(call: Call) -> Leg:
        leg = trunk.call(number)
        leg.events = call
        return leg

    return make
