"""The gateway's composition root: builds its parts by keyword, starts them in order, stops them in reverse."""

import gc
import logging
import signal
import sys
import time
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
from firmware.gateway.settings_desk import SettingsDesk, warnings
from firmware.gateway.status import snapshot
from firmware.gateway.switchboard import Switchboard
from firmware.gateway.trials import Trials
from firmware.heartbeat import BEAT_EVERY_S, Pulse
from firmware.judge import judge
from firmware.records import FILE_NAME, RecordWriter
from firmware.settings import Settings
from firmware.settings.store import Store
from firmware.telephony.events import Cause
from firmware.telephony.loop import CallLoop
from firmware.telephony.messages import Waiting
from firmware.telephony.sip.engine import Engine

_LOG = logging.getLogger(__name__)

_SNAPSHOT_MIN_S = 0.2  # the page is redrawn five times a second at the most
_SNAPSHOT_MAX_S = 1.0  # seconds of calls and figures of buffers move on
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
        self._store = Store(config / "settings.json", judge)
        loaded = self._store.load()
        settings = loaded.settings
        self._problems = [*loaded.problems, *warnings(settings)]
        _set_up_log(settings)
        for problem in loaded.problems:
            _LOG.warning("settings: %s", problem)
        self.engine = Engine(plain.engine_options(settings))
        self.loop = CallLoop(poll=self.engine.poll)
        self.adapters = Adapters(
            watchers=_watchers(device, is_simulated=is_simulated),
            post=self._post_line_event,
            profile=self._line_profile,
            block_ms=lambda: self.roster.present.settings.audio.block_ms,
        )
        self.roster = Roster(
            settings,
            lines=self.adapters,
            engine=self.engine,
            loop=self.loop,
            on_change=self._changed,
            on_messages=self._messages_changed,
            folder=config,
        )
        self._records = RecordWriter(config / FILE_NAME, retention=plain.retention(settings))
        self._course = Course(self._records)
        desk = SettingsDesk(self._store, settings, self._settings_changed)
        self.switchboard = Switchboard(
            config,
            roster=self.roster,
            loop=self.loop,
            records=self._records,
            change_settings=desk.change,
            on_change=self._calls_changed,
        )
        self.exchange = self.roster.exchange = self.switchboard.exchange
        self._latest: dict[str, Any] = {}
        self._is_snapshot_due = False
        self._pulse = Pulse()
        self.trials = Trials(judged=desk.as_saved, roster=self.roster, loop=self.loop)
        self.control = ControlServer(
            config / "run" / "gateway.sock",
            methods(
                desk,
                lambda: self._latest,
                speak_address=self.switchboard.telling.speak_address,
                try_trunk=self.trials.attempt,
                set_messages=self.roster.mailboxes.told,
                erase_calls=self._records.erase,
                tests=self.switchboard.tests,
            ),
        )

    def run(self) -> None:
        """Run until `loop.stop()`; whatever was started is stopped in reverse."""
        self.engine.start()
        try:
            self._take_snapshot()
            self._records.start()
            self.control.start()
            self.adapters.start()
            self.loop.post(self.roster.trunks.apply)
            self.loop.post(self.switchboard.start)
            self.loop.post(self._tick)
            self.loop.post(self._beat)
            self.loop.call_later(_SETTLED_S, gc.freeze)
            _LOG.info("the gateway runs")
            self.loop.run()
        finally:
            self._stop()

    def _stop(self) -> None:
        self._course.stop()
        self.exchange.end_all(Cause.NORMAL)
        self.loop.run_until(lambda: not self.exchange.calls, _FAREWELL_S)
        self.trials.stop()
        self.roster.trunks.stop()
        self.adapters.stop()
        self.control.stop()
        self.loop.run_until(lambda: False, _FAREWELL_S)
        self.switchboard.stop()
        self._records.stop()
        self.roster.forget_lines()
        gc.unfreeze()
        gc.collect()  # a port in a cycle would be destroyed after the engine, which ends in a crash
        self.engine.stop()

    def _post_line_event(self, event: LineEvent) -> None:
        self.loop.post(lambda: self._take_line_event(event))

    def _take_line_event(self, event: LineEvent) -> None:
        self.roster.take(event)
        self.switchboard.tests.line_event(event)

    def _line_profile(self, line: LineId) -> LineProfile:
        present = self.roster.present
        return plain.line_profile(present.settings, present.country, line)

    def _settings_changed(self, settings: Settings) -> None:
        _set_up_log(settings)
        self._problems = list(warnings(settings))
        self.loop.post(lambda: self._apply(settings))

    def _apply(self, settings: Settings) -> None:
        before = self.roster.present.settings
        self.roster.apply(settings)
        self.switchboard.apply(before, settings)
        self._records.set_retention(plain.retention(settings))

    def _calls_changed(self) -> None:
        self.roster.trunks.let_go()
        self.switchboard.calls_changed()
        self._changed()

    def _messages_changed(self, extension: str, waiting: Waiting) -> None:
        self.switchboard.phones.show_messages(extension, waiting)
        self.roster.check_messages()
        self._changed()

    def _changed(self) -> None:
        if not self._is_snapshot_due:
            self._is_snapshot_due = True
            self.loop.call_later(_SNAPSHOT_MIN_S, self._take_snapshot)

    def _tick(self) -> None:
        self._changed()
        self.loop.call_later(_SNAPSHOT_MAX_S, self._tick)

    def _beat(self) -> None:
        self._pulse.beat()
        self.loop.call_later(BEAT_EVERY_S, self._beat)

    def _take_snapshot(self) -> None:
        self._is_snapshot_due = False
        self._latest = snapshot(
            roster=self.roster,
            exchange=self.exchange,
            adapters=self.adapters.snapshot(),
            problems=self._problems,
            started_at=self._started_at,
            is_simulated=self._is_simulated,
            phones=self.switchboard.phones.state(),
            fence=self.switchboard.outbound.readable(),
            records=self._records.health,
        )
        self._course.look(self._latest, time.monotonic(), time.time())
        self.control.publish("status", self._latest)


def main(config: Path, device: Path | None, *, is_simulated: bool) -> int:
    """The process `twinline gateway`; 0 when it was told to stop."""
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gateway = Gateway(config, device=device, is_simulated=is_simulated)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: gateway.loop.stop())
    gateway.run()
    return 0


def _set_up_log(settings: Settings) -> None:
    log.set_level(settings.log_level)
    for trunk in settings.trunks:
        log.hide(trunk.password.get_secret_value())


def _watchers(device: Path | None, *, is_simulated: bool) -> list[Watcher]:
    watchers: list[Watcher] = [] if is_simulated else [UdevWatcher()]
    if device is not None:
        watchers.append(PathWatcher(device))
    return watchers
