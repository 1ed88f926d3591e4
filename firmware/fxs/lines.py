"""All lines of all adapters, numbered, as telephony sees them. Knows no call."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from firmware.fxs.callerid.alerting import prepare
from firmware.fxs.callerid.announcing import prepare_announcement
from firmware.fxs.callerid.lighting import prepare_lamp
from firmware.fxs.device import Device, SerialDevice
from firmware.fxs.hotplug import Place, Watcher
from firmware.fxs.line import AnnounceCall, AudioPath, LineCommand, LineEvent, LineId, Ring, ShowMessages
from firmware.fxs.profile import LineProfile
from firmware.fxs.registry import LineRegistry
from firmware.fxs.served import AdapterLines
from firmware.fxs.worker import AdapterWorker, WorkerStatus

ADAPTERS_MAX = 16  # on one USB bus; more is a device that comes and goes under ever new names

_log = logging.getLogger(__name__)


class Adapters:
    """Implements `Lines`. `post` gets every event, from the adapters' threads; it must not block.

    `profile` and `block_ms` are asked at each use, so that a changed setting counts at once.
    """

    def __init__(
        self,
        *,
        watchers: Sequence[Watcher],
        post: Callable[[LineEvent], None],
        profile: Callable[[LineId], LineProfile],
        block_ms: Callable[[], int] = lambda: 10,
        open_device: Callable[[str], Device] = SerialDevice,
        wall_clock: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._registry = LineRegistry(post, profile, block_ms)
        self._watchers = watchers
        self._profile = profile
        self._open_device = open_device
        self._wall_clock = wall_clock
        self._workers: dict[str, AdapterWorker] = {}
        self._absent: dict[str, WorkerStatus] = {}
        self._is_running = False
        self._lock = threading.Lock()

    # ---- life ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Find the adapters that are there, and watch for others."""
        for watcher in self._watchers:
            try:
                watcher.start(self._on_found, self._on_gone)
            except (ImportError, OSError):  # no libudev, or no netlink in a container: other watchers may do
                _log.exception("Adapters that are plugged in will not be noticed")
        with self._lock:
            self._is_running = True
            workers = sorted(self._workers.values(), key=lambda worker: worker.location)
        self._registry.expect(worker.location for worker in workers)
        for worker in workers:
            worker.start()

    def stop(self) -> None:
        """Lose all lines; no thread is left and nothing is posted once this returns."""
        for watcher in self._watchers:
            watcher.stop()
        with self._lock:
            is_running, self._is_running = self._is_running, False
            workers = list(self._workers.values())
            self._workers.clear()
        if is_running:
            for worker in workers:
                worker.stop()

    # ---- Lines -----------------------------------------------------------------------------------------

    def perform(self, line: LineId, command: LineCommand) -> None:
        """Tell a line what to do; a command to a lost line is dropped."""
        served = self._registry.served(line)
        if served is None:
            return
        if isinstance(command, Ring):
            served.alert(line, prepare(command, self._profile(line), self._wall_clock()))
        elif isinstance(command, AnnounceCall):
            served.announce(line, prepare_announcement(command, self._profile(line), self._wall_clock()))
        elif isinstance(command, ShowMessages):
            message = prepare_lamp(command, self._profile(line))
            if message is not None:
                served.show_messages(line, message)
        else:
            served.perform(line, command)

    def attach(self, line: LineId, path: AudioPath | None) -> None:
        """Name the path of the line's audio; None plays silence. It outlives a loss of the line."""
        self._registry.attach(line, path)

    def tone_dialled(self, line: LineId) -> None:
        """A DTMF digit was heard from this telephone: until it hangs up, short breaks are flashes."""
        served = self._registry.served(line)
        if served is not None:
            served.tone_dialled(line)

    # ---- status ----------------------------------------------------------------------------------------

    def snapshot(self) -> list[dict[str, object]]:
        """One entry for each adapter that is or was there, for the status."""
        with self._lock:
            present = [worker.status() for worker in self._workers.values()]
            back = {_key(status) for status in present}
            absent = [status for key, status in self._absent.items() if key not in back]
        return [_describe(status) for status in present + absent]

    # ---- from the watchers -----------------------------------------------------------------------------

    def _on_found(self, place: Place) -> None:
        with self._lock:
            if place.path in self._workers:
                return  # two watchers see one device
            if len(self._workers) >= ADAPTERS_MAX:
                _log.error("%s is not used: more than %d adapters", place.path, ADAPTERS_MAX)
                return
            worker = AdapterWorker(place, self._open_device, self._serve)
            self._workers[place.path] = worker
            is_running = self._is_running
        _log.info("Adapter found at %s", place.path)
        if is_running:
            worker.start()

    def _on_gone(self, path: str) -> None:
        with self._lock:
            worker = self._workers.get(path)
            is_running = self._is_running
        if worker is None:
            return
        if is_running:
            worker.stop()
        self._registry.expect_no_more(worker.location)
        with self._lock:
            self._workers.pop(path, None)
            self._remember_absent(worker.status())

    def _remember_absent(self, status: WorkerStatus) -> None:
        if status.hello is None:
            return
        self._absent[_key(status)] = replace(status, state="lost", reason="the adapter was unplugged")
        while len(self._absent) > ADAPTERS_MAX:
            del self._absent[next(iter(self._absent))]

    def _serve(self, worker: AdapterWorker) -> AdapterLines:
        return AdapterLines(worker, self._registry)


def _key(status: WorkerStatus) -> str:
    serial = status.hello.serial if status.hello is not None else ""
    return f"{serial} {status.place.location}"


def _describe(status: WorkerStatus) -> dict[str, object]:
    hello, counters = status.hello, status.counters
    return {
        "id": hello.serial if hello is not None else "",
        "model": hello.model if hello is not None else "",
        "device": status.place.path,
        "state": status.state,
        "reason": status.reason,
        "firmware": hello.firmware if hello is not None else "",
        "frames": {
            "good": counters.good,
            "bad": counters.bad,
            "lost_audio": counters.lost_audio,
            "resets": counters.resets,
            "starved": counters.beat.starved_blocks,
            "dropped": counters.beat.dropped_blocks,
        },
    }
