"""What the gateway says about the box, and what listens on it; asked now and then. Knows no lights and no mDNS."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.appliance import announcements
from firmware.appliance.announcements import Listener, Offer
from firmware.control import ControlClient, Fault, Refused, Unreachable

_LOG = logging.getLogger(__name__)

_TIMEOUT_S = 2.0
_FILE_MAX_BYTES = 1 << 20  # some 10,000 sockets
_PROC_NET = Path("/proc/net")
_SETTINGS = ("discovery", "registrar")


@dataclass(frozen=True, slots=True)
class News:
    """What was heard last. `status` is None while the gateway is silent; `settings` are then the last ones known."""

    status: Mapping[str, Any] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


class StatusWatch:
    """Asks the gateway every `every_s` on a thread of its own, and calls `on_look` after each time."""

    def __init__(self, socket: Path, every_s: float, on_look: Callable[[News], None]) -> None:
        self._client = ControlClient(socket, _TIMEOUT_S)
        self._every_s = every_s
        self._on_look = on_look
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="appliance-status", daemon=True)
        self.news = News()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for the thread."""
        self._stopping.set()
        self._thread.join(2 * _TIMEOUT_S)
        self._client.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.news = self._asked()
                self._on_look(self.news)
            except Exception:  # the thread's top
                _LOG.exception("looking at the status")
            self._stopping.wait(self._every_s)

    def _asked(self) -> News:
        try:
            status = self._client.call("status")
            settings = {name: self._setting(name) for name in _SETTINGS}
        except (Unreachable, Refused, Fault) as error:
            _LOG.debug("the gateway does not answer: %s", error)
            return News(None, self.news.settings)
        return News(status if isinstance(status, dict) else None, settings)

    def _setting(self, name: str) -> Mapping[str, Any]:
        try:
            value = self._client.call("settings.get", path=name)
        except Refused:  # a gateway without such settings
            return {}
        return value if isinstance(value, dict) else {}


def offers(news: News, run: Path) -> Iterator[Offer]:
    """What our parts say they offer: the page in the files `run/*.url`, the registrar in its settings."""
    for path in sorted(run.glob("*.url")):
        with contextlib.suppress(OSError):
            yield from announcements.offers_of_page(_text(path))
    yield from announcements.offers_of_registrar(news.settings.get("registrar") or {"is_enabled": False})


def listeners(folder: Path = _PROC_NET) -> Iterator[Listener]:
    """Every socket of this machine that takes what comes."""
    for name in ("tcp", "tcp6", "udp", "udp6"):
        with contextlib.suppress(OSError):
            yield from announcements.listeners_in(name.removesuffix("6"), _text(folder / name))


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_FILE_MAX_BYTES).decode(errors="replace")
