"""A telephone on an FXS line: performs what its port machine decides, and is one side of its calls."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from firmware.fxs.line import (
    AnnounceCall,
    CloseAudio,
    ExpectDigits,
    Flashed,
    LineCommand,
    LineEvent,
    LineFault,
    LineFound,
    LineId,
    LineLost,
    Lines,
    OffHook,
    OnHook,
    OpenAudio,
    PulseDigit,
    Ring,
    StopAnnouncing,
    StopRing,
)
from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.legs import Leg, LegEvents, Offered
from firmware.telephony.lines import port_words as words
from firmware.telephony.lines.line_audio import LineAudio
from firmware.telephony.lines.port import Phase, PortState, Rules, step
from firmware.telephony.lines.telephone_leg import Originates, TelephoneLeg
from firmware.telephony.loop import CallLoop, Timer
from firmware.telephony.media.tones import Rendered
from firmware.telephony.numbering.dialplan import Plan
from firmware.telephony.summary import Origin

_LOG = logging.getLogger(__name__)

_BYTES_PER_MS = 16

_PORT_EVENT: dict[type[LineEvent], type] = {
    LineFound: words.Found,
    LineLost: words.Lost,
    OffHook: words.Lifted,
    OnHook: words.PutDown,
    Flashed: words.FlashPressed,
}


@dataclass(frozen=True, slots=True)
class TelephoneIdentity:
    """What the settings say of a telephone."""

    line: LineId
    extension: str
    name: str = ""


class Telephone:
    """One FXS line with its extension. Every method belongs to the call thread."""

    def __init__(
        self,
        identity: TelephoneIdentity,
        *,
        lines: Lines,
        audio: LineAudio,
        loop: CallLoop,
        exchange: Originates,
        plan: Callable[[], Plan],
        tone: Callable[[str], Rendered],
        on_change: Callable[[], None],
        rules: Callable[[Plan], Rules] = Rules,
        ring_cadence_ms: Callable[[str], tuple[int, ...]] = lambda _name: (),
    ) -> None:
        """`rules` are what country and settings make of the plan now, `ring_cadence_ms` a ring pattern by its name."""
        self.identity = identity
        self.audio = audio
        self._lines = lines
        self._loop = loop
        self._exchange = exchange
        self._plan = plan
        self._tone = tone
        self._on_change = on_change
        self._rules = rules
        self._ring_cadence_ms = ring_cadence_ms
        self._state = PortState()
        self._legs: dict[int, TelephoneLeg] = {}
        self._offered: deque[TelephoneLeg] = deque()
        self._timer: Timer | None = None
        self._waiting: deque[words.PortEvent] = deque()
        self._is_stepping = False
        self._last_tone = ""

    @property
    def phase(self) -> Phase:
        """For the status."""
        return self._state.phase

    @property
    def has_held_call(self) -> bool:
        """A call waits on hold."""
        return self._state.held is not None and not self._state.is_conference

    @property
    def has_waiting_call(self) -> bool:
        """A second caller is announced."""
        return self._state.waiting is not None

    @property
    def is_conference(self) -> bool:
        """Three talk."""
        return self._state.is_conference

    @property
    def tone_playing(self) -> str:
        """The tone that is played to the handset, "" for none."""
        return self._last_tone

    def take(self, event: LineEvent) -> None:
        """Something happened on the line."""
        if isinstance(event, PulseDigit):
            self.feed(words.DigitDialled(event.digit))
        elif isinstance(event, LineFault):
            _LOG.warning("%s: %s", self.identity.line, event.text)
        elif type(event) in _PORT_EVENT:
            self.feed(_PORT_EVENT[type(event)]())

    def digit_heard(self, digit: str) -> None:
        """A DTMF digit was heard on the line."""
        self.feed(words.DigitDialled(digit))

    def new_leg(self) -> TelephoneLeg:
        """A leg by which somebody may call this telephone."""
        return TelephoneLeg(self)

    def feed(self, event: words.PortEvent) -> None:
        """Let the machine decide, and do it. What an action causes is decided after the action list."""
        self._waiting.append(event)
        if self._is_stepping:
            return
        self._is_stepping = True
        try:
            while self._waiting:
                self._state, actions = step(self._rules(self._plan()), self._state, self._waiting.popleft())
                for action in actions:
                    self._perform(action)
        finally:
            self._is_stepping = False
        self._on_change()

    def offer(self, leg: TelephoneLeg, offered: Offered) -> None:
        """Somebody calls; the machine takes or refuses it."""
        self._offered.append(leg)
        self.feed(words.Offered(offered.caller, offered.ring))

    def _perform(self, action: words.PortAction) -> None:
        match action:
            case words.PlayTone(tone):
                self._last_tone = tone
                self.audio.play(self._tone(tone) if tone else None)
            case words.SetTimer(ms):
                self._set_timer(ms)
            case words.ConnectAudio():
                self.audio.open()
                self._command(OpenAudio())
            case words.DisconnectAudio():
                self._command(CloseAudio())
                self.audio.close()
            case words.CollectDigits(is_on):
                self._command(ExpectDigits(is_on))
            case _:
                self._perform_ringing(action)

    def _perform_ringing(self, action: words.PortAction) -> None:
        match action:
            case words.StartRinging(leg, _, _):
                self._accept_offer(leg)
                self._ring(leg)
            case words.AnnounceWaiting(leg, caller):
                self._accept_offer(leg)
                self._announce(caller)
            case words.RefuseOffer(cause):
                self._refuse_offer(cause)
            case words.RingBack(leg):
                self._ring(leg)
            case words.StopRinging():
                self._command(StopRing())
            case words.StopAnnouncing():
                self._command(StopAnnouncing())
            case _:
                self._perform_call(action)

    def _perform_call(self, action: words.PortAction) -> None:
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

    def _accept_offer(self, number: int) -> None:
        leg = self._offered.popleft()
        self._bind(leg, number)
        self._tell(number, lambda events, own: events.leg_ringing(own))

    def _refuse_offer(self, cause: Cause) -> None:
        leg = self._offered.popleft()
        if leg.events is not None:
            events = leg.events
            self._loop.post(lambda: events.leg_ended(leg, cause))

    def _ring(self, number: int) -> None:
        leg = self._legs.get(number)
        if leg is None or leg.offered is None:  # it called somebody, and rings because it holds him
            self._command(Ring())
        else:
            self._command(Ring(self._ring_cadence_ms(leg.offered.ring), leg.offered.caller))

    def _announce(self, caller: Caller) -> None:
        tone = self._tone("call_waiting")
        burst = tone.pcm.rstrip(b"\0")
        burst += bytes(len(burst) % 2)
        repeat_ms = 0 if tone.loop_from is None else len(tone.pcm) // _BYTES_PER_MS
        self._command(AnnounceCall(burst, repeat_ms, caller))

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
                self._exchange.transfer_blind(leg, destination, self.identity.extension)

        self._loop.post(send)

    def _place(self, number: int, destination: Destination) -> None:
        leg = TelephoneLeg(self)
        self._bind(leg, number)
        caller = Caller(self.identity.extension, self.identity.name)
        origin = Origin(caller, self.identity.extension, called=destination.value, address=str(self.identity.line))
        leg.events = self._exchange.originate(leg, destination, origin)

    def _bind(self, leg: TelephoneLeg, number: int) -> None:
        leg.number = number
        self._legs[number] = leg

    def _tell(self, number: int, event: Callable[[LegEvents, TelephoneLeg], None]) -> None:
        leg = self._legs.get(number)
        if leg is not None and leg.events is not None:
            events, own = leg.events, leg
            self._loop.post(lambda: event(events, own))

    def _command(self, command: LineCommand) -> None:
        self._lines.perform(self.identity.line, command)

    def _set_timer(self, ms: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if ms is not None:
            self._timer = self._loop.call_later(ms / 1000, lambda: self.feed(words.TimerFired()))

    def forget(self, leg: TelephoneLeg) -> None:
        """The call behind the leg is over."""
        self._legs.pop(leg.number, None)
