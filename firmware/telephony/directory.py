"""Who answers to a destination: telephones, groups, services, and trunks in the order of the routes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from firmware.telephony.events import Cause, Destination
from firmware.telephony.extension import Extension
from firmware.telephony.legs import Leg, LegEvents
from firmware.telephony.lines.line_trunk import LineTrunk
from firmware.telephony.lines.port import Phase
from firmware.telephony.lines.telephone import Telephone
from firmware.telephony.numbering.dialplan import Dial, Plan, Rejected, judge
from firmware.telephony.numbering.outbound import OutsideRequest, OutsideWay
from firmware.telephony.numbering.routes import TrunkTry
from firmware.telephony.pbx.attempts import Attempt, Candidate, LegMaker
from firmware.telephony.seams import Dialled, Refuse
from firmware.telephony.services import ServiceLeg
from firmware.telephony.sip.trunk import SipTrunk
from firmware.telephony.summary import Origin

_EVERYBODY_MAX = 32  # extensions that `group:all` rings: 2,000 may be registered, and each ringing one is a call


@dataclass(frozen=True, slots=True)
class Group:
    """Extensions that ring together or in turn, each for `ring_s`; then the call goes to `otherwise`."""

    members: tuple[str, ...]
    strategy: Literal["all", "in-turn"] = "all"
    ring_s: float = 15.0
    otherwise: Destination | None = None


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


class Judges(Protocol):
    """Whether a number may go out, and which way; see `Outbound`."""

    def judge(self, request: OutsideRequest) -> OutsideWay | Refuse: ...

    def emergency(self, number: str, trunks: Sequence[str]) -> Sequence[TrunkTry]: ...


@dataclass(frozen=True, slots=True)
class House:
    """What the settings say of who lives here; each may say something else from one call to the next.

    `ip_phones`: makers of legs to what is registered for an extension now; `registered`: every extension where anything
    is. `plan`: what a transfer's number means.
    """

    profile: Callable[[str], Extension | None] = lambda number: None
    group: Callable[[str], Group | None] = lambda name: None
    ip_phones: Callable[[str], Sequence[LegMaker]] = lambda number: ()
    registered: Callable[[], Collection[str]] = tuple
    when_full: Callable[[], Destination | None] = lambda: None
    plan: Callable[[], Plan | None] = lambda: None


class RosterDirectory:
    """The exchange's directory over a roster that may change between calls; without `outbound` nothing is fenced."""

    def __init__(
        self,
        roster: Roster,
        make_service: Callable[[str], ServiceLeg],
        *,
        house: House | None = None,
        outbound: Judges | None = None,
    ) -> None:
        self._roster = roster
        self._make_service = make_service
        self._house = house or House()
        self._outbound = outbound

    def attempts(self, destination: Destination, dialled: Dialled) -> Sequence[Attempt] | Cause:
        """See `surroundings.Directory`."""
        match destination.kind:
            case "extension":
                return self._extension(destination.value)
            case "group":
                return self._group(destination.value, dialled.origin)
            case "service":
                return [Attempt([Candidate(_service_maker(self._make_service, destination.value))])]
            case "number":
                return self._outside(destination.value, dialled)
            case "emergency":
                return self._emergency(destination.value)
        return Cause.UNKNOWN_NUMBER

    def extension(self, number: str) -> Extension | None:
        """See `surroundings.Directory`."""
        is_telephone = any(telephone.identity.extension == number for telephone in self._roster.telephones)
        return self._house.profile(number) or (Extension(number) if is_telephone else None)

    def when_full(self, origin: Origin) -> Destination | None:
        """See `surroundings.Directory`."""
        return self._house.when_full()

    def otherwise(self, destination: Destination) -> Destination | None:
        """See `surroundings.Directory`."""
        group = self._house.group(destination.value)
        return group.otherwise if group else None

    def dialled(self, number: str) -> Destination | Cause:
        """See `surroundings.Directory`."""
        plan = self._house.plan()
        verdict = judge(plan, number, is_final=True) if plan else None
        if isinstance(verdict, Dial):
            return verdict.destination
        return verdict.cause if isinstance(verdict, Rejected) else Cause.INVALID_NUMBER

    # ---- inside the house ------------------------------------------------------------------------------

    def _devices(self, number: str) -> list[LegMaker]:
        own = [_telephone_maker(t) for t in self._roster.telephones if t.identity.extension == number]
        return [*own, *self._house.ip_phones(number)]

    def _extension(self, number: str) -> Sequence[Attempt] | Cause:
        profile = self.extension(number)
        if profile is None:
            return Cause.UNREACHABLE  # the plan knows it: its adapter was never there, or its socket is empty
        makers = self._devices(number)
        return [Attempt([Candidate(make, profile) for make in makers])] if makers else Cause.UNREACHABLE

    def _group(self, name: str, origin: Origin) -> Sequence[Attempt] | Cause:
        group = self._house.group(name) if name != "all" else None
        if name != "all" and group is None:
            return Cause.UNKNOWN_NUMBER
        members = group.members if group else self._everybody(origin)
        candidates = {number: self._candidates(number) for number in members if number != origin.extension}
        if group is not None and group.strategy == "in-turn":
            own = [Attempt(each, ring_s=group.ring_s, is_in_turn=True) for each in candidates.values() if each]
            return own or Cause.UNREACHABLE
        free = [each for number, member in candidates.items() if self._is_free(number) for each in member]
        legs = free or [each for member in candidates.values() for each in member]
        return [Attempt(legs)] if legs else Cause.UNREACHABLE

    def _everybody(self, caller: Origin) -> Sequence[str]:
        sockets = [telephone.identity.extension for telephone in self._roster.telephones]
        every = dict.fromkeys([*sockets, *sorted(self._house.registered())])
        return [number for number in every if number != caller.extension][:_EVERYBODY_MAX]

    def _candidates(self, number: str) -> list[Candidate]:
        profile = self.extension(number)
        return [Candidate(make, profile) for make in self._devices(number)] if profile else []

    def _is_free(self, number: str) -> bool:
        own = [telephone for telephone in self._roster.telephones if telephone.identity.extension == number]
        return not own or any(telephone.phase is Phase.ON_HOOK for telephone in own)

    # ---- outside ---------------------------------------------------------------------------------------

    def _outside(self, number: str, dialled: Dialled) -> Sequence[Attempt] | Cause:
        if self._outbound is None:
            tries = tuple(TrunkTry(name, number) for name in self._order())
            return self._ready(tries, None, None) or Cause.NO_ROUTE
        payer = self.extension(dialled.via[-1]) if dialled.via else dialled.extension
        is_by_route = not dialled.via and not dialled.origin.extension
        way = self._outbound.judge(OutsideRequest(number, dialled.origin, payer, is_by_route))
        if isinstance(way, Refuse):
            return way.cause
        ready = self._ready(way.tries, way.max_s, way.charge)
        if ready:
            return ready
        # Nobody is asked, so that the charge is handed back by the one who hands back all.
        return [Attempt([], charge=way.charge, cause=Cause.NO_ROUTE)] if way.charge is not None else Cause.NO_ROUTE

    def _emergency(self, number: str) -> Sequence[Attempt] | Cause:
        """Every trunk there is, ready ones first; a line that is in use too: it is cleared."""
        trunks = tuple(dict.fromkeys([*self._order(), *self._every_trunk()]))
        plain = tuple(TrunkTry(name, number) for name in trunks)
        ways = plain if self._outbound is None else self._outbound.emergency(number, trunks)
        every = [attempt for way in ways if (attempt := self._by_trunk(way))]
        ready = {attempt.via for attempt in every}
        every += [
            Attempt([Candidate(_line_maker(line, way.number))], via=line.name, is_exclusive=True)
            for way in ways
            for line in self._roster.line_trunks
            if way.trunk == line.name and line.name not in ready and not line.is_dead and line.phase.value != "lost"
        ]
        return every or Cause.NO_ROUTE

    def _order(self) -> Sequence[str]:
        return self._roster.routes or self._every_trunk()

    def _every_trunk(self) -> Sequence[str]:
        trunks: list[SipTrunk | LineTrunk] = [*self._roster.sip_trunks, *self._roster.line_trunks]
        return [trunk.name for trunk in trunks]

    def _ready(self, tries: Sequence[TrunkTry], max_s: float | None, charge: object | None) -> list[Attempt]:
        return [attempt for each in tries if (attempt := self._by_trunk(each, max_s, charge)) is not None]

    def _by_trunk(self, way: TrunkTry, max_s: float | None = None, charge: object | None = None) -> Attempt | None:
        for sip in self._roster.sip_trunks:
            if sip.name == way.trunk and sip.is_ready:
                return Attempt([Candidate(_sip_maker(sip, way))], via=way.trunk, max_s=max_s, charge=charge)
        for line in self._roster.line_trunks:
            if line.name == way.trunk and line.is_ready:
                legs = [Candidate(_line_maker(line, way.number))]
                return Attempt(legs, via=way.trunk, is_exclusive=True, max_s=max_s, charge=charge)
        return None


def _telephone_maker(telephone: Telephone) -> LegMaker:
    def make(events: LegEvents) -> Leg:
        leg = telephone.new_leg()
        leg.events = events
        return leg

    return make


def _service_maker(make_service: Callable[[str], ServiceLeg], name: str) -> LegMaker:
    def make(events: LegEvents) -> Leg:
        leg = make_service(name)
        leg.events = events
        return leg

    return make


def _sip_maker(trunk: SipTrunk, way: TrunkTry) -> LegMaker:
    def make(events: LegEvents) -> Leg:
        try:
            leg = trunk.call(way.number, caller_number=way.caller_number, is_withheld=way.is_withheld)
        except RuntimeError as error:
            raise LookupError(str(error)) from error
        leg.events = events
        return leg

    return make


def _line_maker(trunk: LineTrunk, number: str) -> LegMaker:
    def make(events: LegEvents) -> Leg:
        leg = trunk.call(number)
        leg.events = events
        return leg

    return make
