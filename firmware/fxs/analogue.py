"""What both kinds of line have in common: audio that is on while anybody wants it. Knows no transport."""

from abc import ABC, abstractmethod
from typing import Protocol

from firmware.fxs.line import SAMPLE_RATE_HZ, AudioPath, LineCommand, LineEvent, LineFault, LineId
from firmware.fxs.outbox import Answer
from firmware.fxs.profile import LineProfile
from firmware.fxs.protocol.orders import Order, StartAudio, StopAudio
from firmware.fxs.protocol.reports import FaultReported, Report

_PRIME_BLOCKS = {5: 2, 10: 2, 20: 1}  # docs/adapter-protocol.md sect. 6
# Caller ID can wait, and one block that comes too late tears the message: a margin that no stall outlasts.
_OWN_AUDIO = StartAudio(block_ms=20, prime_blocks=5)
# A change of the loop may still be on its way when our clock says that its time is over.
LATENESS_SAMPLES = 15 * SAMPLE_RATE_HZ // 1000
OWN_AUDIO_LAG_MS = _OWN_AUDIO.block_ms * (_OWN_AUDIO.prime_blocks + 1)


class LineHost(Protocol):
    """What a line needs from round it. All of it may be called at any time on the adapter's thread."""

    @property
    def line(self) -> LineId:
        """Which line this is."""
        ...

    @property
    def path(self) -> AudioPath | None:
        """Where audio goes now."""
        ...

    @property
    def profile(self) -> LineProfile:
        """The line's manners now."""
        ...

    @property
    def block_ms(self) -> int:
        """Length of blocks for audio that starts now."""
        ...

    def found(self) -> None:
        """The line can be used from now on. Again: nothing."""
        ...

    def order(self, order: Order) -> None:
        """Tell the adapter's line."""
        ...

    def post(self, event: LineEvent) -> None:
        """Tell whoever listens to lines."""
        ...

    def now(self) -> float:
        """Seconds, monotonic."""
        ...

    def sample_now(self) -> int:
        """Where the adapter's sample counter stands."""
        ...


class AnalogueLine(ABC):
    """One line of a running session. Single-threaded."""

    def __init__(self, host: LineHost) -> None:
        self._host = host
        self._is_call_open = False
        self._audio: StartAudio | None = None
        self._is_for_call = False

    @abstractmethod
    def report(self, report: Report, sample: int) -> None:
        """The adapter reports something of this line."""

    @abstractmethod
    def perform(self, command: LineCommand) -> None:
        """Do what the line was told."""

    @abstractmethod
    def exchange(self, block: bytes, played: bytes) -> bytes:
        """Heard block in, with what sounded meanwhile; block to be played out."""

    @abstractmethod
    def tick(self) -> None:
        """Time has passed."""

    @property
    @abstractmethod
    def is_timing(self) -> bool:
        """Whether `tick` is wanted soon."""

    @abstractmethod
    def _wants_own_audio(self) -> bool:
        """Whether the line itself needs audio, without a call."""

    def answered(self, answer: Answer) -> None:
        """The adapter performs an order of this line, or not."""
        if answer.refusal:
            self._audio = None if isinstance(answer.order, StartAudio) else self._audio
            self._fail(type(answer.order).__name__, answer.refusal)

    def refuse(self, what: str) -> None:
        """A command that this kind of line cannot perform."""
        self._fail(what, "not on this kind of line")

    def _fail(self, what: str, why: str) -> None:
        self._host.post(LineFault(self._host.line, f"{what}: {why}"))

    def _open_call(self, is_open: bool) -> None:
        self._is_call_open = is_open
        self._settle_audio()

    def _settle_audio(self) -> None:
        wanted = self._wanted_audio()
        if type(wanted) is type(self._audio) and (wanted is None or self._is_for_call is self._is_call_open):
            return
        self._audio, self._is_for_call = wanted, self._is_call_open
        self._host.order(wanted or StopAudio())

    def _wanted_audio(self) -> StartAudio | None:
        if self._is_call_open:
            block_ms = self._host.block_ms
            return StartAudio(block_ms, _PRIME_BLOCKS[block_ms])
        return _OWN_AUDIO if self._wants_own_audio() else None

    def _exchange_call(self, block: bytes, played: bytes) -> bytes:
        path = self._host.path
        if path is None or not self._is_call_open:
            return bytes(len(block))
        return path.exchange(block, played)

    def _report_fault(self, report: Report) -> None:
        if isinstance(report, FaultReported):
            self._host.post(LineFault(self._host.line, report.text or f"fault {report.code}"))
