"""What the page shows now, drawn once for all who watch, and pushed to them. Knows no HTTP server."""

import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from firmware.webadmin import language
from firmware.webadmin.now import picture, simulated
from firmware.webadmin.now.source import Source
from firmware.webadmin.seats import Seats

PATIENCE_S = 0.3  # a page that is reloaded gives its seat back only a moment later
WATCHERS_MAX = 12  # each holds a thread of the server; the rest of the threads stays for pages and buttons
_WATCH_S = 600  # then the browser asks again: a forgotten connection does not stay for ever
_KEEP_ALIVE = b": still here\n\n"
_KEEP_ALIVE_S = 15.0
_LOOK_S = 0.1  # how soon a watcher that went away gives its seat back
_PUSH_INTERVAL_S = 0.1  # at most 10 pictures a second to each watcher


Shown = tuple[dict[str, str], str]  # parts, layout


@dataclass(frozen=True, slots=True)
class View:
    """All that the templates need."""

    picture: picture.Picture
    scene: simulated.Scene


@dataclass(frozen=True, slots=True)
class Drawn:
    """The live parts as HTML by their id; another layout calls for a reload."""

    version: int
    layout: str
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> Shown:
        """What a browser has of it."""
        return self.parts, self.layout

    @property
    def query(self) -> str:
        """How a browser tells which layout it has, when it asks for what is new."""
        return urlencode({"layout": self.layout})

    def fits(self, layout: str) -> bool:
        """Whether a page of that layout can show it; one that does not tell is taken at its word."""
        return layout in ("", self.layout)


class Live:
    """Follows gateway and simulator. `draw` makes HTML parts of a view."""

    def __init__(self, run: Path, draw: Callable[[View], dict[str, str]]) -> None:
        self._draw = draw
        self._changed = threading.Condition()
        self._version = 1
        self._drawn: dict[str, Drawn] = {}  # by language
        self._telephones: tuple[picture.Telephone, ...] = ()
        self._stopping = threading.Event()
        self._process = secrets.token_hex(4)
        self.watchers = Seats(WATCHERS_MAX)
        self._gateway = Source(run / "gateway.sock", "status", "status", self._on_change, self._is_watched)
        self._simulator = Source(
            run / "simulator.sock",
            "state",
            "state",
            self._on_change,
            self._is_watched,
            simulated.essence,
            idle_s=0.2,  # nothing is published there: rings and tones are to be seen as they come
        )

    def start(self) -> None:
        """Begin to follow."""
        self._gateway.start()
        self._simulator.start()

    def stop(self) -> None:
        """End, and let every watcher go."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._gateway.stop()
        self._simulator.stop()

    @property
    def is_stopping(self) -> bool:
        """Whether long-lived answers should end."""
        return self._stopping.is_set()

    def refresh(self) -> None:
        """Ask the simulator now: without watchers nobody else does."""
        self._simulator.refresh()

    def view(self) -> View:
        """What is known now."""
        status = self._gateway.news.data
        shown = picture.of_snapshot(status) if isinstance(status, dict) else picture.when_down()
        shown = picture.with_known(shown, self._telephones)
        self._telephones = shown.telephones
        return View(shown, simulated.of_state(self._simulator.news.data, shown))

    def drawn(self) -> Drawn:
        """The parts as of now in the language that is spoken; drawn once per change, whoever asks."""
        with self._changed:
            version, drawn = self._version, self._drawn.get(language.spoken())
        if drawn is None or drawn.version != version:
            view = self.view()
            layout = f"{self._process} {language.spoken()} {view.scene.layout}"
            drawn = Drawn(version, layout, self._draw(view))
            with self._changed:
                self._drawn[language.spoken()] = drawn
        return drawn

    def watch(self, is_gone: Callable[[], bool], spoken: str, layout: str = "") -> Iterator[bytes]:
        """Server-sent events: everything, then what changed. Gives back the seat that the caller took.

        A page of another `layout` is told that it is stale.
        """
        try:
            yield b"retry: 1000\n\n"
            yield from self._events(is_gone, spoken, layout)
        finally:
            self.watchers.release()

    def _events(self, is_gone: Callable[[], bool], spoken: str, layout: str) -> Iterator[bytes]:
        until = time.monotonic() + _WATCH_S
        told: Shown = ({}, "")
        spoke = 0.0
        version = 0
        while not self.is_stopping and not is_gone() and time.monotonic() < until:
            with language.speaking(spoken):
                drawn = self.drawn()
            if drawn.version != version:
                version = drawn.version
                if drawn.shown != told:
                    yield events_of(drawn, told[0], layout)
                    told, spoke = drawn.shown, time.monotonic()
                self._stopping.wait(_PUSH_INTERVAL_S)
            elif time.monotonic() - spoke > _KEEP_ALIVE_S:
                yield _KEEP_ALIVE
                spoke = time.monotonic()
            self._wait_for_change(version)

    def _wait_for_change(self, version: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._version != version or self.is_stopping, _LOOK_S)

    def _on_change(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def _is_watched(self) -> bool:
        return self.watchers.taken > 0


def events_of(drawn: Drawn, told: dict[str, str], layout: str) -> bytes:
    """A server-sent event for each part that differs from `told`, named after it, and one for a stale page."""
    news = [(name, html) for name, html in drawn.parts.items() if told.get(name) != html]
    if not drawn.fits(layout):
        news.append(("stale", "another layout"))
    return b"".join(_event(name, text) for name, text in news) or _KEEP_ALIVE


def _event(name: str, text: str) -> bytes:
    data = "".join(f"data: {line}\n" for line in re.split(r"\r\n|\r|\n", text))  # each ends a line of the stream
    return f"event: {name}\n{data}\n".encode()
