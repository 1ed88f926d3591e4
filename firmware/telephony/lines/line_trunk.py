"""The outside line as a trunk: performs what its machine decides, and is one side of its calls."""

import logging
from collections.abc import Callable
from typing import Any

from firmware.dsp.progress import ToneDetector
from firmware.fxs.line import (
    CallerIdHeard,
    CloseAudio,
    DialPulses,
    LineCommand,
    LineEvent,
    LineFault,
    LineFound,
    LineId,
    LineLost,
    Lines,
    LoopCurrentLost,
    OpenAudio,
    PolarityChanged,
    Release,
    RingStarted,
    RingStopped,
    Seize,
)
from firmware.telephony.events import Caller, Cause
from firmware.telephony.legs import LegEvents, Offered
from firmware.telephony.lines.line_audio import LineAudio
from firmware.telephony.lines.outside import Do, Happened, Manners, OutsideState, Phase, step
from firmware.telephony.loop import Alarm, CallLoop
from firmware.telephony.summary import LegQuality

_LOG = logging.getLogger(__name__)

_DIALLED_POLL_S = 0.05
_PULSE_MS = 100  # break and make: 10 pulses a second everywhere
_PULSE_GAP_MS = 800  # between digits, and before the first: 700 to 900

_HAPPENED: dict[type[LineEvent], str] = {
    LineFound: "found",
    LineLost: "lost",
    RingStarted: "burst",
    RingStopped: "silent",
    PolarityChanged: "reversed",
}


class LineTrunk:
    """One FXO line. Every method belongs to the call thread."""

    def __init__(
        self,
        line: LineId,
        *,
        lines: Lines,
        audio: LineAudio,
        loop: CallLoop,
        manners: Callable[[], Manners],
        dial_tone_detector: Callable[[], ToneDetector],
        hang_up_detector: Callable[[], ToneDetector],
        is_pulse_dialled: Callable[[], bool],
        on_incoming: Callable[["LineTrunk", "LineLeg", Caller], LegEvents],
        on_change: Callable[[], None],
    ) -> None:
        self.line = line
        self.audio = audio
        self._lines = lines
        self._loop = loop
        self._manners = manners
        self._dial_tone_detector = dial_tone_detector
        self._hang_up_detector = hang_up_detector
        self._is_pulse_dialled = is_pulse_dialled
        self._on_incoming = on_incoming
        self._on_change = on_change
        self._state = OutsideState()
        self._leg: LineLeg | None = None
        self._alarm = Alarm(loop)

    @property
    def name(self) -> str:
        """As routes name it."""
        return f"line:{self.line.number}"

    @property
    def phase(self) -> Phase:
        """For the status."""
        return self._state.phase

    @property
    def is_dead(self) -> bool:
        """There is no battery on it: it is not plugged into the wall."""
        return self._state.is_dead

    @property
    def is_ready(self) -> bool:
        """A call can be tried now."""
        return self._state.phase is Phase.IDLE and not self._state.is_dead

    def take(self, event: LineEvent) -> None:
        """Something happened on the line."""
        if isinstance(event, LoopCurrentLost):
            self.feed(Happened("open" if event.is_lost else "closed"))
        elif isinstance(event, CallerIdHeard):
            self.feed(Happened("caller", caller=event.caller))
        elif isinstance(event, LineFault):
            _LOG.warning("%s: %s", self.line, event.text)
        elif type(event) in _HAPPENED:
            self.feed(Happened(_HAPPENED[type(event)]))

    def tone_heard(self, name: str) -> None:
        """The detector recognised a tone of the exchange."""
        self.feed(Happened("tone", text=name))

    def digit_heard(self, digit: str) -> None:
        """DTMF from outside, unless it is the echo of what we dial ourselves."""
        leg = self._leg
        if leg is not None and leg.events is not None and not self.audio.is_playing_digits:
            leg.events.leg_digit(leg, digit)

    def call(self, number: str) -> "LineLeg":
        """A leg that calls `number` over the line; raises LookupError when the line is not idle."""
        if not self.is_ready:
            raise LookupError(f"outside line {self.line.number} is not free")
        leg = self._leg = LineLeg(self)
        self.feed(Happened("seize", text=number))
        return leg

    def take_from_leg(self, leg: "LineLeg", event: Happened) -> None:
        """What the other side of a call wants; a leg whose call is over has nothing to say any more."""
        if leg is self._leg:
            self.feed(event)

    def feed(self, event: Happened) -> None:
        """Let the machine decide, and do it."""
        self._state, actions = step(self._manners(), self._state, event)
        for action in actions:
            self._perform(action)
        self._on_change()

    def _perform(self, action: Do) -> None:
        match action.what:
            case "timer":
                self._set_timer(action.ms)
            case "seize":
                self._command(Seize())
            case "release":
                self._command(Release())
            case "audio-on":
                self.audio.open()
                is_seized = self._state.phase is Phase.SEIZED
                self.audio.listen(self._dial_tone_detector() if is_seized else self._hang_up_detector())
                self._command(OpenAudio())
            case "audio-off":
                self._command(CloseAudio())
                self.audio.close()
            case "dial":
                self._dial(action.text)
            case _:
                self._perform_call(action)

    def _perform_call(self, action: Do) -> None:
        match action.what:
            case "offer":
                self._leg = LineLeg(self)
                self._leg.events = self._on_incoming(self, self._leg, action.caller)
            case "progress":
                self._tell(lambda events, leg: events.leg_progress(leg))
            case "answered":
                self._tell(lambda events, leg: events.leg_answered(leg))
            case "ended":
                self._tell(lambda events, leg: events.leg_ended(leg, action.cause))
                self._leg = None

    def _tell(self, event: Callable[[LegEvents, "LineLeg"], None]) -> None:
        leg = self._leg
        if leg is not None and leg.events is not None:
            events, own = leg.events, leg
            self._loop.post(lambda: event(events, own))

    def _dial(self, number: str) -> None:
        self.audio.listen(self._hang_up_detector())
        digits = "".join(c for c in number if c in "0123456789*#")
        if self._is_pulse_dialled():
            digits = "".join(c for c in digits if c.isdigit())
            self._command(DialPulses(digits))
            self._loop.call_later(self._pulses_ms(digits) / 1000, lambda: self.feed(Happened("dialled")))
            return
        for digit in digits:
            self.audio.play_digit(digit)
        self._await_dialled()

    def _pulses_ms(self, digits: str) -> int:
        """How long these digits take at the most: nobody tells when the last pulse is out."""
        pulses = self._manners().pulses
        return sum((pulses.find(digit) + 1) * _PULSE_MS + _PULSE_GAP_MS for digit in digits) + _PULSE_GAP_MS

    def _await_dialled(self) -> None:
        if self._state.phase is not Phase.DIALLING:
            return
        if self.audio.is_playing_digits:
            self._loop.call_later(_DIALLED_POLL_S, self._await_dialled)
        else:
            self.feed(Happened("dialled"))

    def _command(self, command: LineCommand) -> None:
        self._lines.perform(self.line, command)

    def _set_timer(self, ms: int | None) -> None:
        if ms is None:
            self._alarm.clear()
        else:
            self._alarm.set(ms / 1000, lambda: self.feed(Happened("timer")))


class LineLeg:
    """The outside line as one side of a call, as a `Leg`."""

    codec = ""
    extension = ""
    moved_to = ""
    makes_own_tones = False

    def __init__(self, trunk: LineTrunk) -> None:
        self._trunk = trunk
        self.events: LegEvents | None = None

    @property
    def name(self) -> str:
        """For people."""
        return f"outside line {self._trunk.line.number}"

    @property
    def media(self) -> Any:
        """The line's port on the bridge."""
        return self._trunk.audio.port

    @property
    def address(self) -> str:
        """The line."""
        return str(self._trunk.line)

    def quality(self) -> LegQuality | None:
        """Nobody measures a line."""
        return None

    def offer(self, offered: Offered) -> None:
        """An outside line cannot be told who calls."""

    def ringing(self) -> None:
        """It rings outside already."""

    def progress(self) -> None:
        """Nothing is heard outside before the line is seized."""

    def answer(self) -> None:
        """Seize the ringing line."""
        self._trunk.take_from_leg(self, Happened("answer"))

    def end(self, cause: Cause) -> None:
        """Let go of the line."""
        self._trunk.take_from_leg(self, Happened("release"))

    def hold(self) -> None:
        """Silence goes out."""

    def resume(self) -> None:
        """The call joins the bridge again."""

    def send_digit(self, digit: str) -> None:
        """DTMF to the line."""
        self._trunk.audio.play_digit(digit)
