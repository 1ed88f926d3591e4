"""One adapter's thread: opens its device, serves it, opens it again. Knows no line."""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from firmware.fxs import cable
from firmware.fxs.adapter import AdapterRefused, AdapterSession, AdapterUser, SessionState
from firmware.fxs.device import Device, DeviceLost
from firmware.fxs.hotplug import Place
from firmware.fxs.protocol.frames import Heartbeat, Hello

OPEN_AGAIN_S = 0.25  # a node exists before it can be opened; a program may hold it for a moment
REFUSED_S = 10.0  # docs/adapter-protocol.md sect. 3; for a flood: time for the log and the other adapters
FAULT_S = 1.0
TICK_S = 0.01  # pace of hook timing
IDLE_TICK_S = 0.25
PATIENCE_S = 2.0  # an adapter that is there answers within two of its HELLOs
TASKS_MAX = 256  # commands not yet taken; each line has 64 in its own queue

_log = logging.getLogger(__name__)


class Served(AdapterUser, Protocol):
    """A session's user with lines that need time."""

    @property
    def is_timing(self) -> bool:
        """Whether `tick` is wanted within TICK_S."""
        ...

    def tick(self) -> None:
        """Time has passed."""
        ...


_NO_BEAT = Heartbeat(0)


@dataclass(frozen=True, slots=True)
class Counters:
    """Of all sessions with an adapter since it was plugged in."""

    good: int = 0
    bad: int = 0
    lost_audio: int = 0
    resets: int = 0
    beat: Heartbeat = _NO_BEAT


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How it stands with one adapter. `state` is connecting, ready, lost or refused."""

    place: Place
    state: str
    reason: str
    hello: Hello | None
    counters: Counters


class AdapterWorker:
    """Serves the adapter at a place until stopped. `serve` makes the user of its sessions."""

    def __init__(
        self,
        place: Place,
        open_device: Callable[[str], Device],
        serve: Callable[["AdapterWorker"], Served],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.place = place
        self._clock = clock
        self._open_device = open_device
        self._serve = serve
        self._tasks: deque[Callable[[], None]] = deque()
        self._device: Device | None = None
        self._session: AdapterSession | None = None
        self._cable = cable.CableWatch()
        self._past = Counters()
        self._hello: Hello | None = None
        self._state, self._reason = "connecting", ""
        self._is_told = False
        self._since = clock()
        self._stopping = threading.Event()
        name = f"adapter {place.path.rpartition('/')[2]}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the session and the thread; its lines are lost once this returns."""
        self._stopping.set()
        self._wake()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def put(self, task: Callable[[], None]) -> None:
        """Run on the adapter's thread, soon; from any thread. Dropped when too many wait."""
        if len(self._tasks) >= TASKS_MAX:
            _log.warning("%s: a command was dropped, too many wait", self.place.path)
            return
        self._tasks.append(task)
        self._wake()

    @property
    def location(self) -> str:
        """Where the adapter is plugged in."""
        return self.place.location

    @property
    def session(self) -> AdapterSession:
        """The session; only for the adapter's thread, while it serves."""
        assert self._session is not None
        return self._session

    def status(self) -> WorkerStatus:
        """From any thread."""
        session, state, reason = self._session, self._state, self._reason
        if session is not None:
            state = "ready" if session.state is SessionState.READY else "connecting"
        if state == "ready" and self._cable.is_bad:
            reason = cable.WORDS
        if state == "connecting" and not reason and self._clock() - self._since > PATIENCE_S:
            reason = "the adapter does not answer"
        return WorkerStatus(self.place, state, reason, self._hello, self._counters(session))

    def now(self) -> float:
        """Seconds, monotonic."""
        return self._clock()

    def note_ready(self, hello: Hello) -> None:
        """A session began; from the adapter's thread."""
        self._hello, self._reason, self._is_told = hello, "", False
        _log.info("Adapter %s %s at %s is ready", hello.model, hello.serial, self.place.path)

    def note_ended(self, reason: str) -> None:
        """A session or an attempt ended: one line in the log until the adapter is back."""
        self._reason = reason
        self._since = self._clock()
        if not self._is_told and not self._stopping.is_set():
            _log.warning("Adapter at %s: %s", self.place.path, reason)
        self._is_told = True

    def _wake(self) -> None:
        device = self._device
        if device is not None:
            device.wake()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._serve_once())

    def _serve_once(self) -> float:
        """Open the device and serve it until that ends; how long to pause then."""
        words = "the box is stopping"
        try:
            self._device = self._open_device(self.place.path)
            self._exchange_all(self._device)
            return 0.0
        except DeviceLost as error:
            self._state, words = "lost", str(error)
            return OPEN_AGAIN_S
        except AdapterRefused as error:
            self._state, words = "refused", str(error)
            return REFUSED_S
        except Exception:
            _log.exception("Serving the adapter at %s failed", self.place.path)
            self._state, words = "lost", "a fault in the box's own program; see the log"
            return FAULT_S
        finally:
            self._close(words)

    def _exchange_all(self, device: Device) -> None:
        user = self._serve(self)
        session = self._session = AdapterSession(device.write, user, self._clock)
        self._cable = cable.CableWatch()
        session.start()
        next_tick = self._clock()
        while not self._stopping.is_set():
            data = device.read(min(session.due(), next_tick) - self._clock())
            if data:
                session.receive(data)
            while self._tasks:
                self._tasks.popleft()()
            now = self._clock()
            if now >= next_tick:
                user.tick()
                self._watch_cable(session, now)
                next_tick = now + (TICK_S if user.is_timing else IDLE_TICK_S)
            elif user.is_timing:
                next_tick = min(next_tick, now + TICK_S)
            session.tick()

    def _watch_cable(self, session: AdapterSession, now: float) -> None:
        if session.state is not SessionState.READY:
            return
        if self._cable.observe(session.bad + session.last_beat.bad_frames, now):
            if self._cable.is_bad:
                _log.warning("Adapter at %s: %s", self.place.path, cable.WORDS)
            else:
                _log.info("Adapter at %s: its frames arrive whole again", self.place.path)

    def _close(self, words: str) -> None:
        session, self._session = self._session, None
        device, self._device = self._device, None
        self._tasks.clear()
        if session is not None:
            self._past = self._counters(session)
            with contextlib.suppress(DeviceLost):
                session.close(words)
        if device is not None:
            device.close()
        self.note_ended(words)

    def _counters(self, session: AdapterSession | None) -> Counters:
        past = self._past
        if session is None:
            return past
        return Counters(
            past.good + session.good,
            past.bad + session.bad,
            past.lost_audio + session.lost_audio,
            past.resets + session.resets,
            session.last_beat,
        )
