"""A telephone's line: hook, ringing, caller ID, message lamp, battery. Knows no transport and no call."""

import logging

from firmware.fxs.analogue import LATENESS_SAMPLES, OWN_AUDIO_LAG_MS, AnalogueLine, LineHost
from firmware.fxs.callerid.alerting import Alert, Alerting
from firmware.fxs.callerid.announcing import Announcement, Announcing
from firmware.fxs.callerid.lighting import LampMessage, Lighting
from firmware.fxs.hooks import HookSwitch
from firmware.fxs.line import (
    CloseAudio,
    ExpectDigits,
    LineCommand,
    LineEvent,
    MessagesShown,
    OffHook,
    OpenAudio,
    RingTaken,
    SetFeed,
    SetLifeline,
    StopAnnouncing,
    StopRing,
)
from firmware.fxs.outbox import Answer
from firmware.fxs.protocol.frames import NakCode
from firmware.fxs.protocol.orders import FeedLine, StartRinging, StopRinging, SwitchLifeline
from firmware.fxs.protocol.reports import LineFlags, LoopClosed, LoopOpened, Report, StateReported

_log = logging.getLogger(__name__)


class FxsLine(AnalogueLine):
    """One telephone of a running session. Single-threaded."""

    def __init__(self, host: LineHost, state: StateReported, sample: int) -> None:
        super().__init__(host)
        self._hook = HookSwitch(host.line, lambda: host.profile.hooks)
        self._signalling: Alerting | Lighting | None = None  # what a telephone on the hook is being sent
        self._announcing: Announcing | None = None
        self._is_battery_fixed = False
        if LineFlags.LIFELINE_CLOSED in state.flags:
            host.order(SwitchLifeline(is_closed=False))  # served by us from now on: found when answered
        else:
            host.found()
        self._post(self._hook.feed(LineFlags.LOOP_CLOSED in state.flags, sample))

    @property
    def is_timing(self) -> bool:
        """Whether `tick` is wanted within 10 ms."""
        return self._hook.is_timing or self._wants_own_audio()

    def report(self, report: Report, sample: int) -> None:
        """The adapter reports something of this line."""
        self._host.found()
        if isinstance(report, LoopClosed | LoopOpened):
            self._post(self._hook.feed(isinstance(report, LoopClosed), sample))
            if self._signalling is not None and isinstance(report, LoopOpened):
                self._signalling.ring_again()
        else:
            self._report_fault(report)

    def perform(self, command: LineCommand) -> None:
        """Do what the line was told."""
        if isinstance(command, StopRing):
            self._stop_signalling()
        elif isinstance(command, SetFeed):
            self._host.order(FeedLine(command.feed))
        elif isinstance(command, StopAnnouncing):
            self._announcing = None
        elif isinstance(command, OpenAudio | CloseAudio):
            self._announcing = None
            self._open_call(isinstance(command, OpenAudio))
        elif isinstance(command, ExpectDigits):
            self._hook.expect_digits(command.is_expected)
        elif isinstance(command, SetLifeline):
            self._host.order(SwitchLifeline(command.is_closed))
        else:
            self.refuse(type(command).__name__)

    def alert(self, alert: Alert) -> None:
        """Ring, as prepared. A telephone that was just lifted is not rung."""
        if self._hook.is_off_hook:
            _log.debug("%s: not rung, it is lifted", self._host.line)
            return
        self._stop_signalling()
        self._signalling = Alerting(alert, self._host.order, self._host.now(), OWN_AUDIO_LAG_MS)
        self._settle_audio()

    def show_messages(self, message: LampMessage) -> None:
        """Light the lamp or put it out, as prepared; not of a telephone that is used. A lifting or a call ends it."""
        if self._hook.is_off_hook or self._is_call_open or isinstance(self._signalling, Alerting):
            return
        self._stop_signalling()
        self._signalling = Lighting(message, self._host.order, self._host.now(), OWN_AUDIO_LAG_MS)
        self._settle_audio()

    def announce(self, announcement: Announcement) -> None:
        """Tell who talks that somebody else calls. Whoever hung up meanwhile is told nothing."""
        self._announcing = Announcing(announcement) if self._is_call_open else None

    def tone_dialled(self) -> None:
        """A DTMF digit was heard on the line."""
        self._hook.tone_dialled()

    def exchange(self, block: bytes, played: bytes) -> bytes:
        """Heard block in, with what sounded meanwhile; block to be played out."""
        signalling = self._signalling
        if signalling is None or not signalling.wants_audio:
            return self._exchange_announcing(block, played)
        played = signalling.exchange(block, self._host.now())
        self._settle_signalling()
        return played

    def _exchange_announcing(self, block: bytes, played: bytes) -> bytes:
        if self._announcing is None:
            return self._exchange_call(block, played)
        is_muting = self._announcing.is_muting
        own = self._announcing.exchange(block)
        if is_muting:
            block = played = bytes(len(block))
        bridged = self._exchange_call(block, played)
        return bridged if own is None else own

    def tick(self) -> None:
        """Time has passed."""
        if self._hook.is_timing:
            self._post(self._hook.tick((self._host.sample_now() - LATENESS_SAMPLES) & 0xFFFFFFFF))
        if self._signalling is not None:
            self._signalling.tick(self._host.now())
            self._settle_signalling()

    def answered(self, answer: Answer) -> None:
        """The adapter performs an order, or not. Lifted while the order was on its way is no fault."""
        self._host.found()
        if answer.code == NakCode.WRONG_STATE and isinstance(answer.order, StartRinging | StopRinging):
            _log.debug("%s: %s", self._host.line, answer.refusal)
            return
        if answer.code == NakCode.NOT_CAPABLE and isinstance(answer.order, FeedLine):
            self._tell_fixed_battery()
            return
        if isinstance(answer.order, StartRinging) and not answer.refusal and not isinstance(self._signalling, Lighting):
            self._host.post(RingTaken(self._host.line))
        super().answered(answer)

    def _tell_fixed_battery(self) -> None:
        """Once a session: every call would ask again."""
        if not self._is_battery_fixed:
            self._is_battery_fixed = True
            _log.info("%s: this adapter can't reverse or break its battery", self._host.line)

    def _wants_own_audio(self) -> bool:
        return self._signalling is not None and self._signalling.wants_audio

    def _settle_signalling(self) -> None:
        if isinstance(self._signalling, Lighting) and not self._signalling.wants_audio:
            count, self._signalling = self._signalling.shown, None
            if count is not None:
                self._host.post(MessagesShown(self._host.line, count))
        self._settle_audio()

    def _stop_signalling(self) -> None:
        if self._signalling is not None:
            self._signalling.stop()
            self._signalling = None
            self._settle_audio()

    def _post(self, events: list[LineEvent]) -> None:
        for event in events:
            if isinstance(event, OffHook):
                self._stop_signalling()
            self._host.post(event)
