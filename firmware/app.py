"""The gateway's composition root: builds its parts by keyword, starts them in order, stops them in reverse."""

import gc
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from firmware import log
from firmware.control import ControlServer
from firmware.fxs.hotplug import PathWatcher, UdevWatcher, Watcher
from firmware.fxs.line import LineEvent, LineId
from firmware.fxs.lines import Adapters
from firmware.fxs.profile import LineProfile
from firmware.gateway import plain
from firmware.gateway.course import Course
from firmware.gateway.methods import methods
from firmware.gateway.roster import Roster
from firmware.gateway.settings_desk import SettingsDesk
from firmware.gateway.snapshots import Snapshots
from firmware.gateway.status import snapshot
from firmware.gateway.switchboard import Switchboard
from firmware.gateway.trials import Trials
from firmware.heartbeat import BEAT_EVERY_S, Pulse
from firmware.judge import judge
from firmware.records import FILE_NAME, RecordWriter
from firmware.settings import Settings
from firmware.settings.store import Loaded, Store
from firmware.telephony.events import Cause
from firmware.telephony.loop import CallLoop
from firmware.telephony.messages import Waiting
from firmware.telephony.sip.engine import Engine

_LOG = logging.getLogger(__name__)

# What is there for good by then is not looked through for rubbish again and again: among 10,000 extensions that takes
# the interpreter away from the audio for tens of ms, whenever a setting is changed.
_SETTLED_S = 3.0
_FAREWELL_S = 0.5  # for BYEs and the unregistration to leave
# A reader thread that computes must not keep the bridge's clock waiting for the interpreter.
_SWITCH_INTERVAL_S = 0.0005


class Gateway:
    """The gateway process. Built on the thread that will own the calls."""

    def __init__(self, config: Path, *, device: Path | None, is_simulated: bool) -> None:
        self._is_simulated = is_simulated
        self._started_at = time.monotonic()
        store = Store(config / "settings.json", judge)
        loaded = _load(store)
        settings = loaded.settings
        self._desk = SettingsDesk(store, loaded, self._settings_changed)
        self._engine = Engine(plain.engine_options(settings))
        self.loop = CallLoop(poll=self._engine.poll)
        self._snapshots = Snapshots(self.loop, draw=self._status, tell=self._tell)
        self._records = RecordWriter(config / FILE_NAME, retention=plain.retention(settings))
        self._course = Course(self._records)
        self._pulse = Pulse()
        self._adapters = self._build_adapters(_watchers(device, is_simulated=is_simulated))
        self._roster = self._build_roster(settings, config)
        self._switchboard = Switchboard(
            config,
            roster=self._roster,
            loop=self.loop,
            records=self._records,
            change_settings=self._desk.change,
            on_change=self._calls_changed,
        )
        self._exchange = self._roster.exchange = self._switchboard.exchange
        self._trials = Trials(judged=self._desk.as_saved, roster=self._roster, loop=self.loop)
        self._control = ControlServer(config / "run" / "gateway.sock", self._methods())

    def run(self) -> None:
        """Run until `loop.stop()`; whatever was started is stopped in reverse."""
        self._engine.start()
        try:
            self._snapshots.start()
            self._records.start()
            self._control.start()
            self._adapters.start()
            self.loop.post(self._roster.trunks.apply)
            self.loop.post(self._switchboard.start)
            self.loop.post(self._beat)
            self.loop.call_later(_SETTLED_S, gc.freeze)
            _LOG.info("the gateway runs")
            self.loop.run()
        finally:
            self._stop()

    def _stop(self) -> None:
        self._course.stop()
        self._exchange.end_all(Cause.NORMAL)
        self.loop.run_until(lambda: not self._exchange.calls, _FAREWELL_S)
        self._trials.stop()
        self._roster.trunks.stop()
        self._adapters.stop()
        self._control.stop()
        self.loop.run_until(lambda: False, _FAREWELL_S)
        self._switchboard.stop()
        self._records.stop()
        self._roster.forget_lines()
        gc.unfreeze()
        gc.collect()  # a port in a cycle would be destroyed after the engine, which ends in a crash
        self._engine.stop()

    # ---- building --------------------------------------------------------------------------------------

    def _build_adapters(self, watchers: Sequence[Watcher]) -> Adapters:
        return Adapters(
            watchers=watchers,
            post=self._post_line_event,
            profile=self._line_profile,
            block_ms=lambda: self._roster.present.settings.audio.block_ms,
        )

    def _build_roster(self, settings: Settings, config: Path) -> Roster:
        return Roster(
            settings,
            lines=self._adapters,
            engine=self._engine,
            loop=self.loop,
            on_change=self._snapshots.changed,
            on_messages=self._messages_changed,
            folder=config,
        )

    def _methods(self) -> dict[str, Callable[..., object]]:
        return methods(
            self._desk,
            lambda: self._snapshots.latest,
            speak_address=self._switchboard.telling.speak_address,
            try_trunk=self._trials.attempt,
            set_messages=self._roster.mailboxes.told,
            erase_calls=self._records.erase,
            tests=self._switchboard.tests,
        )

    # ---- what others tell ------------------------------------------------------------------------------

    def _post_line_event(self, event: LineEvent) -> None:
        self.loop.post(lambda: self._take_line_event(event))

    def _take_line_event(self, event: LineEvent) -> None:
        self._roster.take(event)
        self._switchboard.tests.line_event(event)

    def _line_profile(self, line: LineId) -> LineProfile:
        present = self._roster.present
        return plain.line_profile(present.settings, present.country, line)

    def _settings_changed(self, settings: Settings) -> None:
        _set_up_log(settings)
        self.loop.post(lambda: self._apply(settings))

    def _apply(self, settings: Settings) -> None:
        before = self._roster.present.settings
        self._roster.apply(settings)
        self._switchboard.apply(before, settings)
        self._records.set_retention(plain.retention(settings))

    def _calls_changed(self) -> None:
        self._roster.trunks.let_go()
        self._switchboard.calls_changed()
        self._snapshots.changed()

    def _messages_changed(self, extension: str, waiting: Waiting) -> None:
        self._switchboard.phones.show_messages(extension, waiting)
        self._roster.check_messages()
        self._snapshots.changed()

    def _beat(self) -> None:
        self._pulse.beat()
        self.loop.call_later(BEAT_EVERY_S, self._beat)

    # ---- what it tells ---------------------------------------------------------------------------------

    def _status(self) -> dict[str, Any]:
        return snapshot(
            roster=self._roster,
            exchange=self._exchange,
            adapters=self._adapters.snapshot(),
            problems=self._desk.problems,
            started_at=self._started_at,
            is_simulated=self._is_simulated,
            phones=self._switchboard.phones.state(),
            fence=self._switchboard.outbound.readable(),
            records=self._records.health,
        )

    def _tell(self, status: dict[str, Any]) -> None:
        self._course.look(status, time.monotonic(), time.time())
        self._control.publish("status", status)


def main(config: Path, device: Path | None, *, is_simulated: bool) -> int:
    """The process `twinline gateway`; 0 when it was told to stop."""
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gateway = Gateway(config, device=device, is_simulated=is_simulated)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: gateway.loop.stop())
    gateway.run()
    return 0


def _load(store: Store) -> Loaded:
    loaded = store.load()
    _set_up_log(loaded.settings)
    for problem in loaded.problems:
        _LOG.warning("settings: %s", problem)
    return loaded


def _set_up_log(settings: Settings) -> None:
    log.set_level(settings.log_level)
    for trunk in settings.trunks:
        log.hide(trunk.password.get_secret_value())


def _watchers(device: Path | None, *, is_simulated: bool) -> list[Watcher]:
    watchers: list[Watcher] = [] if is_simulated else [UdevWatcher()]
    if device is not None:
        watchers.append(PathWatcher(device))
    return watchers
