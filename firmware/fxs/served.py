"""The lines of one adapter while a session is on. Knows no device and no call."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from firmware.fxs.adapter import AdapterRefused, AdapterSession
from firmware.fxs.analogue import AnalogueLine
from firmware.fxs.callerid.alerting import Alert
from firmware.fxs.callerid.announcing import Announcement
from firmware.fxs.callerid.lighting import LampMessage
from firmware.fxs.fxo_line import FxoLine
from firmware.fxs.fxs_line import FxsLine
from firmware.fxs.line import (
    AudioPath,
    LineCommand,
    LineEvent,
    LineFound,
    LineId,
    LineKind,
    LineLost,
)
from firmware.fxs.numbering import Claim, NoNumberLeft
from firmware.fxs.outbox import Answer
from firmware.fxs.profile import LineProfile
from firmware.fxs.protocol.frames import Capabilities, Hello, LineEntry
from firmware.fxs.protocol.orders import Order, SwitchLifeline
from firmware.fxs.protocol.reports import LineFlags, Report, StateReported

_log = logging.getLogger(__name__)


class Thread(Protocol):
    """The adapter's thread, and the session on it."""

    @property
    def location(self) -> str:
        """Where the adapter is plugged in."""
        ...

    @property
    def session(self) -> AdapterSession:
        """Only on the thread, while it serves."""
        ...

    def put(self, task: Callable[[], None]) -> None:
        """Run on the thread, soon."""
        ...

    def now(self) -> float:
        """Seconds, monotonic."""
        ...

    def note_ready(self, hello: Hello) -> None:
        """For status and log."""
        ...

    def note_ended(self, reason: str) -> None:
        """For status and log."""
        ...


class Registry(Protocol):
    """What is shared by all adapters; see LineRegistry."""

    post: Callable[[LineEvent], None]
    profile: Callable[[LineId], LineProfile]
    block_ms: Callable[[], int]

    def is_turn_of(self, location: str) -> bool: ...
    def expect_no_more(self, location: str) -> None: ...
    def claim(self, serial: str, location: str, kinds: tuple[LineKind, ...]) -> Claim: ...
    def release(self, claim: Claim) -> None: ...
    def serve(self, line: LineId, by: "AdapterLines") -> None: ...
    def lose(self, line: LineId) -> None: ...
    def path(self, line: LineId) -> AudioPath | None: ...


class _Host:
    """Joins one line to session and registry: what analogue.LineHost asks for."""

    def __init__(
        self, line: LineId, index: int, thread: Thread, registry: Registry, serve: Callable[[LineId], None]
    ) -> None:
        self._line = line
        self._index = index
        self._thread = thread
        self._registry = registry
        self._serve = serve
        self.is_found = False

    @property
    def line(self) -> LineId:
        return self._line

    @property
    def path(self) -> AudioPath | None:
        return self._registry.path(self._line)

    @property
    def profile(self) -> LineProfile:
        return self._registry.profile(self._line)

    @property
    def block_ms(self) -> int:
        return self._registry.block_ms()

    def found(self) -> None:
        if not self.is_found:
            self.is_found = True
            self._serve(self._line)

    def order(self, order: Order) -> None:
        self._thread.session.request(self._index, order)

    def post(self, event: LineEvent) -> None:
        self._registry.post(event)

    def now(self) -> float:
        return self._thread.now()

    def sample_now(self) -> int:
        return self._thread.session.sample_now()


class AdapterLines:
    """User of an adapter's sessions. `perform` to `tone_dialled` come from any thread."""

    def __init__(self, thread: Thread, registry: Registry) -> None:
        self._thread = thread
        self._registry = registry
        self._claim: Claim | None = None
        self._serial = ""
        self._entries: Sequence[LineEntry] = ()
        self._lines: dict[int, AnalogueLine] = {}
        self._hosts: dict[LineId, _Host] = {}

    @property
    def is_timing(self) -> bool:
        """Whether `tick` is wanted soon."""
        return any(line.is_timing for line in self._lines.values())

    # ---- from any thread -------------------------------------------------------------------------------

    def perform(self, line: LineId, command: LineCommand) -> None:
        """Tell a line what to do."""
        self._thread.put(lambda: self._with(line, lambda found: found.perform(command)))

    def alert(self, line: LineId, alert: Alert) -> None:
        """Ring a telephone."""
        self._thread.put(lambda: self._with(line, lambda found: _alert(found, alert)))

    def announce(self, line: LineId, announcement: Announcement) -> None:
        """Tell a telephone in a call that somebody else calls."""
        self._thread.put(lambda: self._with(line, lambda found: _announce(found, announcement)))

    def show_messages(self, line: LineId, message: LampMessage) -> None:
        """Light the message lamp of a telephone, or put it out."""
        self._thread.put(lambda: self._with(line, lambda found: _show_messages(found, message)))

    def tone_dialled(self, line: LineId) -> None:
        """A DTMF digit was heard on the line."""
        self._thread.put(lambda: self._with(line, _tone_dialled))

    # ---- AdapterUser -----------------------------------------------------------------------------------

    def accept(self, hello: Hello) -> bool:
        """Give the adapter its numbers when it is its turn. Raises AdapterRefused when none is left."""
        if not self._registry.is_turn_of(self._thread.location):
            return False
        self._entries = hello.lines
        kinds = tuple(entry.kind for entry in hello.lines)
        try:
            self._claim = self._registry.claim(hello.serial, self._thread.location, kinds)
        except NoNumberLeft as error:
            raise AdapterRefused(str(error)) from error
        self._registry.expect_no_more(self._thread.location)
        return True

    def began(self, hello: Hello) -> None:
        """The lines follow one by one."""
        self._serial = hello.serial
        self._thread.note_ready(hello)

    def reported(self, line: int, sample: int, report: Report) -> None:
        """An event of a line; its first is its state."""
        found = self._lines.get(line)
        if isinstance(report, StateReported):
            if found is None:
                self._add(line, report, sample)
        elif found is not None:
            found.report(report, sample)

    def answered(self, answer: Answer) -> None:
        """An order is being performed, or not."""
        found = self._lines.get(answer.line)
        if found is not None:
            found.answered(answer)

    def exchange(self, line: int, block: bytes, played: bytes) -> bytes:
        """Heard block in, with what sounded meanwhile; block to be played out."""
        found = self._lines.get(line)
        return found.exchange(block, played) if found is not None else bytes(len(block))

    def ended(self, reason: str) -> None:
        """All lines are lost."""
        hosts, self._hosts = self._hosts, {}
        self._lines = {}
        claim, self._claim = self._claim, None
        if claim is None:
            return
        for line in [line for line in claim.lines if line in hosts and hosts[line].is_found]:
            self._registry.lose(line)
            self._registry.post(LineLost(line, reason))
        self._registry.release(claim)
        self._thread.note_ended(reason)

    def tick(self) -> None:
        """Time has passed."""
        for line in self._lines.values():
            line.tick()

    # ---- private ---------------------------------------------------------------------------------------

    def _add(self, index: int, state: StateReported, sample: int) -> None:
        assert self._claim is not None
        line = self._claim.lines[index]
        self._hosts[line] = host = _Host(line, index, self._thread, self._registry, self._on_found)
        kind = FxsLine if line.kind is LineKind.FXS else FxoLine
        self._lines[index] = kind(host, state, sample)
        has_relay = Capabilities.LIFELINE in self._entries[index].capabilities
        if has_relay and LineFlags.LIFELINE_CLOSED not in state.flags:
            # docs/adapter-protocol.md sect. 5: it may be about to close, 2 s after our HELLO_REQUEST.
            host.order(SwitchLifeline(is_closed=False))

    def _on_found(self, line: LineId) -> None:
        self._registry.serve(line, self)
        self._registry.post(LineFound(line, self._serial))

    def _with(self, line: LineId, task: Callable[[AnalogueLine], None]) -> None:
        if self._claim is None or line not in self._claim.lines:
            return
        found = self._lines.get(self._claim.lines.index(line))
        if found is not None:
            task(found)


def _alert(line: AnalogueLine, alert: Alert) -> None:
    if isinstance(line, FxsLine):
        line.alert(alert)
    else:
        line.refuse("Ring")


def _announce(line: AnalogueLine, announcement: Announcement) -> None:
    if isinstance(line, FxsLine):
        line.announce(announcement)
    else:
        line.refuse("AnnounceCall")


def _show_messages(line: AnalogueLine, message: LampMessage) -> None:
    if isinstance(line, FxsLine):
        line.show_messages(message)
    else:
        line.refuse("ShowMessages")


def _tone_dialled(line: AnalogueLine) -> None:
    if isinstance(line, FxsLine):
        line.tone_dialled()
