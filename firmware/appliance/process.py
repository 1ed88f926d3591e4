"""The process `twinline appliance`: announces the box, drives its panel; neither can harm a call."""

import logging
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

from firmware import __version__
from firmware.appliance import netlink, reset, restart
from firmware.appliance.announcements import announcement
from firmware.appliance.lights import Setup
from firmware.appliance.panel import Panel
from firmware.appliance.panel_data import STANDARD, Action, read_panel
from firmware.appliance.pins import Pins, PinsRefused, open_pins
from firmware.appliance.presence import Presence
from firmware.appliance.status import News, StatusWatch, listeners, offers
from firmware.control import ControlClient, Fault, Refused, Unreachable
from firmware.settings.reading import read_settings
from firmware.setup_code import SetupCodes

_LOG = logging.getLogger(__name__)

_NICENESS = 10  # a neighbour's flood is answered when calls leave time for it
_ASK_WITH_PANEL_S, _ASK_WITHOUT_S = 0.5, 3.0
_ACTION_S = 5.0
_PANEL_STOP_S = 1.0
_ENDING = {signal.SIGTERM, signal.SIGINT}
_PANEL_FILE = "panel.toml"  # in the configuration folder: a panel of one's own
_MEMORY_FILE = "discovery-name"


@dataclass(frozen=True, slots=True)
class Options:
    """`panel`: "auto" looks for one, "none" does not. Loopback is announced to nobody but tests."""

    panel: str = "auto"
    is_loopback_wanted: bool = False


class Appliance:
    """The parts of the process; `pins` are those of the panel, None where there is none."""

    def __init__(self, config: Path, pins: Pins | None, *, is_loopback_wanted: bool = False) -> None:
        self._config = config
        self._run = config / "run"
        self._codes = SetupCodes(config)
        self._setup = Setup()
        self._is_loopback_wanted = is_loopback_wanted
        self._presence = Presence(config / _MEMORY_FILE, is_loopback_wanted=is_loopback_wanted)
        every_s = _ASK_WITHOUT_S if pins is None else _ASK_WITH_PANEL_S
        self._watch = StatusWatch(self._run / "gateway.sock", every_s, self._looked)
        self._pins = pins
        self._stopping = threading.Event()
        self._panel_thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, each part on threads of its own."""
        self._presence.start()
        self._watch.start()
        if self._pins is not None:
            self._panel_thread = threading.Thread(target=self._run_panel, args=(self._pins,), name="panel", daemon=True)
            self._panel_thread.start()

    def stop(self) -> None:
        """Lights off, goodbye to the neighbours."""
        self._stopping.set()
        self._watch.stop()
        self._presence.stop()
        if self._panel_thread is not None:
            self._panel_thread.join(_PANEL_STOP_S)

    def _run_panel(self, pins: Pins) -> None:
        """A panel that fails is given up; the rest goes on."""
        try:
            panel = Panel(
                pins,
                read_panel(self._panel_file()),
                status=lambda: self._watch.news.status,
                setup=lambda: self._setup,
                perform=self._perform,
            )
            panel.set_up()
            panel.run(self._stopping)
        except (PinsRefused, OSError, ValueError) as error:
            _LOG.error("the panel is given up: %s", error)
        except Exception:  # the thread's top
            _LOG.exception("the panel is given up")

    def _panel_file(self) -> Path:
        own = self._config / _PANEL_FILE
        return own if own.exists() else STANDARD

    def _looked(self, news: News) -> None:
        try:
            self._setup = Setup(self._codes.is_due, self._codes.current() is not None)
            addresses = [one.address for one in netlink.lan_addresses(is_loopback_wanted=self._is_loopback_wanted)]
        except OSError as error:
            _LOG.debug("looking at the machine: %s", error)
            return
        wanted = news.settings.get("discovery") or _stored_discovery(self._config)
        self._presence.announce(
            announcement(
                name=str(wanted.get("name", "twinline")),
                offers=offers(news, self._run),
                listeners=listeners(),
                addresses=addresses,
                version=__version__,
                is_setup_due=self._setup.is_due,
            )
            if wanted.get("is_enabled", True)
            else None
        )

    def _perform(self, action: Action) -> bool:
        """Do what the button asked for; whether it worked."""
        match action:
            case Action.NEW_SETUP_CODE:
                self._codes.make()
                return True
            case Action.SPEAK_ADDRESS:
                return self._told_gateway("box.speak_address")
            case Action.FACTORY_RESET:
                reset.ask(self._config)
                if not restart.ask(self._config):
                    _LOG.warning("restart the box to have it reset")
                return True

    def _told_gateway(self, method: str) -> bool:
        try:
            with ControlClient(self._run / "gateway.sock", _ACTION_S) as gateway:
                gateway.call(method)
        except (Unreachable, Refused, Fault) as error:
            _LOG.warning("%s: %s", method, error)
            return False
        return True


def main(config: Path, options: Options) -> int:
    """Run until SIGTERM or SIGINT."""
    os.nice(_NICENESS)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # for the threads too: they are told by `stop`
    appliance = Appliance(
        config, open_pins() if options.panel == "auto" else None, is_loopback_wanted=options.is_loopback_wanted
    )
    appliance.start()
    try:
        signal.sigwait(_ENDING)
    finally:
        appliance.stop()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return 0


def _stored_discovery(config: Path) -> dict[str, object]:
    """From the file, before the gateway has answered for the first time."""
    return read_settings(config / "settings.json").discovery.model_dump()
