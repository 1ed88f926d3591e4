"""The calls of a telephone: its legs by number, and what its machine asks of them and of the exchange."""

from collections import deque
from collections.abc import Callable

from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.legs import Leg, LegEvents
from firmware.telephony.lines import port_words as words
from firmware.telephony.lines.telephone_leg import Handset, Originates, TelephoneLeg
from firmware.telephony.loop import CallLoop
from firmware.telephony.summary import Origin


class TelephoneCalls:
    """Performs the actions that are about calls. Every method belongs to the call thread."""

    def __init__(self, handset: Handset, loop: CallLoop, exchange: Originates) -> None:
        self._handset = handset
        self._loop = loop
        self._exchange = exchange
        self._legs: dict[int, TelephoneLeg] = {}
        self._offered: deque[TelephoneLeg] = deque()

    def leg(self, number: int) -> TelephoneLeg | None:
        """The leg of that number; None: its call is over."""
        return self._legs.get(number)

    def offer(self, leg: TelephoneLeg) -> None:
        """Somebody calls; the machine takes or refuses it next."""
        self._offered.append(leg)

    def accept_offer(self, number: int) -> None:
        """The caller hears that it rings."""
        leg = self._offered.popleft()
        self._bind(leg, number)
        self._tell(number, lambda events, own: events.leg_ringing(own))

    def refuse_offer(self, cause: Cause) -> None:
        """The caller is told why not."""
        leg = self._offered.popleft()
        if leg.events is not None:
            events = leg.events
            self._loop.post(lambda: events.leg_ended(leg, cause))

    def forget(self, leg: TelephoneLeg) -> None:
        """The call behind the leg is over."""
        self._legs.pop(leg.number, None)

    def perform(self, action: words.PortAction) -> None:
        """Do what the machine decided, if it is about a call."""
        match action:
            case words.Place(leg, destination):
                self._place(leg, destination)
            case words.Accept(leg):
                self._tell(leg, lambda events, own: events.leg_answered(own))
            case words.Hang(leg, cause):
                self._tell(leg, lambda events, own: events.leg_ended(own, cause))
                self._legs.pop(leg, None)
            case words.Hold(leg):
                self._tell(leg, lambda events, own: events.leg_held(own, True))
            case words.Resume(leg):
                self._tell(leg, lambda events, own: events.leg_held(own, False))
            case words.SendDigit(leg, digit):
                self._tell(leg, lambda events, own: events.leg_digit(own, digit))
            case words.Conference(first, second):
                self._join(self._exchange.conference, first, second)
            case words.TransferAttended(first, second):
                self._join(self._exchange.transfer_attended, first, second, is_one_enough=True)
            case words.TransferBlind(leg, destination):
                self._send(leg, destination)

    def _join(
        self, operation: Callable[[Leg, Leg], None], first: int, second: int, *, is_one_enough: bool = False
    ) -> None:
        """After everything that the legs were told before. Who is gone by then cannot be joined."""
        one, other = self._legs.get(first), self._legs.get(second)

        def join() -> None:
            if one is None or other is None:
                return
            left = 2 - one.is_over - other.is_over
            if left == 2 or (left == 1 and is_one_enough):
                operation(one, other)

        self._loop.post(join)

    def _send(self, number: int, destination: Destination) -> None:
        leg = self._legs.get(number)

        def send() -> None:
            if leg is not None and not leg.is_over:
                self._exchange.transfer_blind(leg, destination, self._handset.identity.extension)

        self._loop.post(send)

    def _place(self, number: int, destination: Destination) -> None:
        leg = TelephoneLeg(self._handset)
        self._bind(leg, number)
        own = self._handset.identity
        caller = Caller(own.extension, own.name)
        origin = Origin(caller, own.extension, called=destination.value, address=str(own.line))
        leg.events = self._exchange.originate(leg, destination, origin)

    def _bind(self, leg: TelephoneLeg, number: int) -> None:
        leg.number = number
        self._legs[number] = leg

    def _tell(self, number: int, event: Callable[[LegEvents, TelephoneLeg], None]) -> None:
        leg = self._legs.get(number)
        if leg is not None and leg.events is not None:
            events, own = leg.events, leg
            self._loop.post(lambda: event(events, own))
