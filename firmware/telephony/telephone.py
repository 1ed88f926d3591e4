"""A telephone on an FXS line: performs what its port machine decides, and is one side of its calls."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from firmware.fxs.line import (
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
    StopRing,
)
from firmware.telephony import port_words as words
from firmware.telephony.dialplan import Plan
from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.legs import Leg, LegEvents
from firmware.telephony.line_audio import LineAudio
from firmware.telephony.loop import CallLoop, Timer
from firmware.telephony.port import Phase, PortState, step
from firmware.telephony.tones import Rendered

_LOG = logging.getLogger(__name__)

_PORT_EVENT: dict[type[LineEvent], type] = {
    LineFound: words.Found,
    LineLost: words.Lost,
    OffHook: words.Lifted,
    OnHook: words.PutDown,
    Flashed: words.FlashPressed,
}


class Originates(Protocol):
    """Where a telephone's own calls go: the exchange."""

    def originate(self, leg: Leg, destination: Destination, caller: Caller) -> LegEvents:
        """Start a call from `leg`; failure arrives as `leg.end`."""
        ...


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
    ) -> None:
        self.identity = identity
        self.audio = audio
        self._lines = lines
        self._loop = loop
        self._exchange = exchange
        self._plan = plan
        self._tone = tone
        self._on_change = on_change
        self._state = PortState()
        self._legs: dict[int, TelephoneLeg] = {}
        self._offered: TelephoneLeg | None = None
        self._timer: Timer | None = None
        self._waiting: deque[words.PortEvent] = deque()
        self._is_stepping = False
        self._last_tone = ""
        self.peer = ""

    @property
    def phase(self) -> Phase:
        """For the status."""
        return self._state.phase

    @property
    def has_held_call(self) -> bool:
        """A call waits on hold."""
        return self._state.held is not None

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

    def new_leg(self) -> "TelephoneLeg":
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
                self._state, actions = step(self._plan(), self._state, self._waiting.popleft())
                for action in actions:
                    self._perform(action)
        finally:
            self._is_stepping = False
        self._on_change()

    def offer(self, leg: "TelephoneLeg", caller: Caller) -> None:
        """Somebody calls; the machine takes or refuses it."""
        self._offered = leg
        self.feed(words.Offered(caller))

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
                self._perform_call(action)

    def _perform_call(self, action: words.PortAction) -> None:
        match action:
            case words.StartRinging(leg, caller):
                self._accept_offer(leg, caller)
            case words.RefuseOffer(cause):
                self._refuse_offer(cause)
            case words.RingBack(leg):
                self.peer = self._legs[leg].peer
                self._command(Ring())
            case words.StopRinging():
                self._command(StopRing())
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

    def _accept_offer(self, number: int, caller: Caller) -> None:
        leg, self._offered = self._offered, None
        if leg is None:
            return
        self._bind(leg, number)
        self._command(Ring(caller=caller))
        self._tell(number, lambda events, own: events.leg_ringing(own))

    def _refuse_offer(self, cause: Cause) -> None:
        leg, self._offered = self._offered, None
        if leg is not None and leg.events is not None:
            events, refused = leg.events, leg
            self._loop.post(lambda: events.leg_ended(refused, cause))

    def _place(self, number: int, destination: Destination) -> None:
        leg = TelephoneLeg(self)
        self._bind(leg, number)
        caller = Caller(self.identity.extension, self.identity.name)
        leg.events = self._exchange.originate(leg, destination, caller)

    def _bind(self, leg: "TelephoneLeg", number: int) -> None:
        leg.number = number
        self._legs[number] = leg

    def _tell(self, number: int, event: Callable[[LegEvents, "TelephoneLeg"], None]) -> None:
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

    def forget(self, leg: "TelephoneLeg") -> None:
        """The call behind the leg is over."""
        self._legs.pop(leg.number, None)


class TelephoneLeg:
    """A telephone as one side of a call, as a `Leg`."""

    codec = ""

    def __init__(self, telephone: Telephone) -> None:
        self._telephone = telephone
        self.number = 0
        self.peer = ""
        self.events: LegEvents | None = None

    @property
    def name(self) -> str:
        """For people."""
        return f"telephone {self._telephone.identity.extension}"

    @property
    def media(self) -> Any:
        """The line's port on the bridge."""
        return self._telephone.audio.port

    def offer(self, caller: Caller) -> None:
        """Ring."""
        self._telephone.offer(self, caller)

    def ringing(self) -> None:
        """Ringback to the handset."""
        self._telephone.feed(words.FarRinging(self.number))

    def progress(self) -> None:
        """The bridge to the handset."""
        self._telephone.feed(words.FarAudio(self.number))

    def answer(self) -> None:
        """The other side answered."""
        self._telephone.feed(words.FarAnswered(self.number))

    def end(self, cause: Cause) -> None:
        """A tone by the cause, or the end of ringing."""
        self._telephone.feed(words.FarEnded(self.number, cause))
        self._telephone.forget(self)

    def hold(self) -> None:
        """Silence meets whoever is held."""

    def resume(self) -> None:
        """The bridge is joined again by the call."""

    def send_digit(self, digit: str) -> None:
        """A DTMF tone in the ear."""
        self._telephone.audio.play_digit(digit)
