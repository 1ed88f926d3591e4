"""An outside line: ringing, caller ID, loop, flash, pulse dialling. Knows no transport and no call."""

from collections.abc import Iterator

from firmware.fxs.analogue import LATENESS_SAMPLES, AnalogueLine, LineHost
from firmware.fxs.callerid.listening import CallerIdListener
from firmware.fxs.line import (
    CallerIdHeard,
    CloseAudio,
    DialPulses,
    FlashLine,
    LineCommand,
    LoopCurrentLost,
    OpenAudio,
    PolarityChanged,
    Release,
    RingStarted,
    RingStopped,
    Seize,
)
from firmware.fxs.loop_watch import LoopWatch
from firmware.fxs.protocol.orders import (
    BREAKS_MAX,
    PULSE_DIGITS_MAX,
    BreakLoop,
    PulseDial,
    ReleaseLine,
    SeizeLine,
)
from firmware.fxs.protocol.reports import (
    BurstEnded,
    BurstStarted,
    CurrentReported,
    LineFlags,
    PolarityReported,
    Report,
    StateReported,
)

_DIGIT_GAP_MS = 800  # 700 to 900 between the digits of a dial


class FxoLine(AnalogueLine):
    """One outside line of a running session. Single-threaded."""

    def __init__(self, host: LineHost, state: StateReported, sample: int) -> None:
        super().__init__(host)
        self._listener = CallerIdListener(lambda: host.profile.caller_id)
        self._is_seized = False
        is_dead = LineFlags.NO_CURRENT in state.flags
        self._loop = LoopWatch(lambda: host.profile.loop_open_min_ms, is_lost=is_dead)
        host.found()
        if is_dead:
            host.post(LoopCurrentLost(host.line, is_lost=True))
        for flag, report in (
            (LineFlags.REVERSED, PolarityReported(is_reversed=True)),
            (LineFlags.RINGING, BurstStarted()),
        ):
            if flag in state.flags:
                self.report(report, sample)
        self._listener.idle()
        self._settle_audio()

    @property
    def is_timing(self) -> bool:
        """Whether `tick` is wanted within 10 ms: caller ID's 8 s need no such care, the heartbeat's pace will do."""
        return self._loop.is_timing

    def report(self, report: Report, sample: int) -> None:
        """The adapter reports something of this line."""
        line = self._host.line
        if isinstance(report, BurstStarted):
            self._host.post(RingStarted(line))
            self._call_comes()
        elif isinstance(report, BurstEnded):
            self._host.post(RingStopped(line))
        elif isinstance(report, PolarityReported):
            self._host.post(PolarityChanged(line, report.is_reversed))
            self._call_comes()
        elif isinstance(report, CurrentReported):
            self._tell_current(self._loop.feed(report.is_lost, sample))
        else:
            self._report_fault(report)

    def perform(self, command: LineCommand) -> None:
        """Do what the line was told."""
        if isinstance(command, Seize):
            self._seize(is_seized=True)
        elif isinstance(command, Release):
            self._seize(is_seized=False)
        elif isinstance(command, FlashLine):
            self._host.order(BreakLoop(self._host.profile.line_flash_ms))
        elif isinstance(command, DialPulses):
            for order in self._pulses(command.digits):
                self._host.order(order)
        elif isinstance(command, OpenAudio | CloseAudio):
            self._open_call(isinstance(command, OpenAudio))
        else:
            self.refuse(type(command).__name__)

    def exchange(self, block: bytes, played: bytes) -> bytes:
        """Heard block in, with what sounded meanwhile; block to be played out."""
        if self._listener.wants_audio:
            caller = self._listener.listen(block)
            if caller is not None:
                self._host.post(CallerIdHeard(self._host.line, caller))
                self._listener.sign(self._host.now())  # which may be the only one: not every caller waits for a ring
                self._settle_audio()
        return self._exchange_call(block, played)

    def tick(self) -> None:
        """Time has passed."""
        if self._loop.is_timing:
            self._tell_current(self._loop.tick((self._host.sample_now() - LATENESS_SAMPLES) & 0xFFFFFFFF))
        if not self._is_seized:
            self._listener.tick(self._host.now())
            self._settle_audio()

    def _wants_own_audio(self) -> bool:
        return self._listener.wants_audio

    def _call_comes(self) -> None:
        if not self._is_seized:
            self._listener.sign(self._host.now())
            self._settle_audio()

    def _tell_current(self, news: list[bool]) -> None:
        for is_lost in news:
            self._host.post(LoopCurrentLost(self._host.line, is_lost))

    def _seize(self, *, is_seized: bool) -> None:
        self._is_seized = is_seized
        self._host.order(SeizeLine() if is_seized else ReleaseLine())
        self._listener.stop()
        if not is_seized:
            self._listener.idle()
        self._settle_audio()

    def _pulses(self, digits: str) -> Iterator[PulseDial]:
        """What a dial cannot send (a tone telephone's A to D) is left out."""
        profile = self._host.profile
        known = profile.hooks.pulses[:BREAKS_MAX]
        breaks = [known.index(digit) + 1 for digit in digits if digit in known]
        for start in range(0, len(breaks), PULSE_DIGITS_MAX):
            part = tuple(breaks[start : start + PULSE_DIGITS_MAX])
            yield PulseDial(profile.dial_pulse_break_ms, profile.dial_pulse_make_ms, _DIGIT_GAP_MS, part)
