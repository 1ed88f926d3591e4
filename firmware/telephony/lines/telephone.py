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
    MessagesShown,
    OffHook,
    OnHook,
    OpenAudio,
    PulseDigit,
    Ring,
    StopAnnouncing,
    StopRing,
)
from firmware.telephony.events import Caller
from firmware.telephony.legs import Offered
from firmware.telephony.lines import port_words as words
from firmware.telephony.lines.battery import Battery
from firmware.telephony.lines.line_audio import LineAudio
from firmware.telephony.lines.message_lamp import MessageLamp
from firmware.telephony.lines.port import Phase, PortState, Rules, step
from firmware.telephony.lines.telephone_calls import TelephoneCalls
from firmware.telephony.lines.telephone_leg import Originates, TelephoneLeg
from firmware.telephony.loop import Alarm, CallLoop
from firmware.telephony.media.tones import Rendered

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
        rules: Callable[[], Rules],
        tone: Callable[[str], Rendered],
        on_change: Callable[[], None],
        ring_cadence_ms: Callable[[str], tuple[int, ...]] = lambda _name: (),
        messages: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`rules` are what plan, country and settings make of it now, `ring_cadence_ms` a ring pattern by its name,
        `messages` how many wait, for its lamp (None: it has none)."""
        self.identity = identity
        self.audio = audio
        self._lines = lines
        self._tone = tone
        self._on_change = on_change
        self._rules = rules
        self._ring_cadence_ms = ring_cadence_ms
        self._state = PortState()
        self._calls = TelephoneCalls(self, loop, exchange)
        self._battery = Battery(loop=loop, show=self._command)
        self._lamp = MessageLamp(loop=loop, waiting=messages, show=self._command)
        self._alarm = Alarm(loop)
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
        elif isinstance(event, MessagesShown):
            self._lamp.shown(event.count)
        elif type(event) in _PORT_EVENT:
            if isinstance(event, LineFound):  # it may be found anew without having been lost
                self._lamp.set_idle(False)
            self.feed(_PORT_EVENT[type(event)]())

    def digit_heard(self, digit: str) -> None:
        """A DTMF digit was heard on the line."""
        self.feed(words.DigitDialled(digit))

    def check_messages(self) -> None:
        """Other messages may wait, or be another extension's."""
        self._lamp.check()

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
                rules, before = self._rules(), self._state
                self._state, actions = step(rules, before, self._waiting.popleft())
                self._battery.follow(rules.battery, before, self._state)
                for action in actions:
                    self._perform(action)
        finally:
            self._is_stepping = False
        self._lamp.set_idle(self._state.phase is Phase.ON_HOOK)
        self._on_change()

    def offer(self, leg: TelephoneLeg, offered: Offered) -> None:
        """Somebody calls; the machine takes or refuses it."""
        self._calls.offer(leg)
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
                self._calls.accept_offer(leg)
                self._ring(leg)
            case words.AnnounceWaiting(leg, caller):
                self._calls.accept_offer(leg)
                self._announce(caller)
            case words.RefuseOffer(cause):
                self._calls.refuse_offer(cause)
            case words.RingBack(leg):
                self._ring(leg)
            case words.StopRinging():
                self._command(StopRing())
            case words.StopAnnouncing():
                self._command(StopAnnouncing())
            case _:
                self._calls.perform(action)

    def _ring(self, number: int) -> None:
        leg = self._calls.leg(number)
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

    def _command(self, command: LineCommand) -> None:
        self._lines.perform(self.identity.line, command)

    def _set_timer(self, ms: int | None) -> None:
        if ms is None:
            self._alarm.clear()
        else:
            self._alarm.set(ms / 1000, lambda: self.feed(words.TimerFired()))

    def forget(self, leg: TelephoneLeg) -> None:
        """The call behind the leg is over."""
        self._calls.forget(leg)
