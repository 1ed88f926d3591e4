"""What another process last said over its control socket, kept fresh by one thread. Knows no page."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware.control import ControlClient, Fault, Refused, Unreachable

_LOG = logging.getLogger(__name__)

_TIMEOUT_S = 3.0
_REFRESH_TIMEOUT_S = 1.0  # somebody waits for the page
_RETRY_S = 0.25  # a gateway that is back within 2 s must be seen at once


@dataclass(frozen=True, slots=True)
class News:
    """What was said last; None while nobody answers, and `reason` then says why."""

    data: object = None
    reason: str = "not asked yet"


class Source:
    """Follows one topic of one control socket.

    `method` gives the whole at the start and whenever nothing was published for `idle_s` while somebody
    watches (`is_watched`), else for `unwatched_s`. `essence` picks what matters of it; when that changes,
    `on_change` is called.
    """

    def __init__(
        self,
        path: Path,
        method: str,
        topic: str,
        on_change: Callable[[], None],
        is_watched: Callable[[], bool],
        essence: Callable[[object], object] = lambda data: data,
        idle_s: float = 2.0,
        unwatched_s: float = 10.0,
    ) -> None:
        self._path = path
        self._method = method
        self._topic = topic
        self._on_change = on_change
        self._is_watched = is_watched
        self._essence = essence
        self._idle_s = idle_s
        self._unwatched_s = unwatched_s
        self._news = News()
        self._stopping = threading.Event()
        self._close: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name=f"web-{path.stem}", daemon=True)

    @property
    def news(self) -> News:
        """The last that was heard."""
        return self._news

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for the thread."""
        self._stopping.set()
        self._close()
        self._thread.join(_TIMEOUT_S + 1)

    def refresh(self) -> None:
        """Ask for the whole now; when nobody answers, the source's own thread finds out."""
        try:
            with ControlClient(self._path, _REFRESH_TIMEOUT_S) as client:
                self._set(self._asked(client))
        except (Unreachable, Refused, Fault) as error:
            _LOG.debug("refreshing %s: %s", self._path.name, error)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except (Unreachable, Refused, Fault) as error:
                self._set(News(None, str(error)))
            except Exception as error:
                _LOG.exception("following %s", self._path.name)
                self._set(News(None, type(error).__name__))
            self._stopping.wait(_RETRY_S)

    def _follow(self) -> None:
        """Events first, then the whole: what changes in between is not lost."""
        client = ControlClient(self._path, _TIMEOUT_S)
        with client, client.events(self._topic, idle_s=self._idle_s) as events:
            self._close = events.close
            self._set(self._asked(client))
            asked = time.monotonic()
            for topic, data in events:
                if self._stopping.is_set():
                    return
                if topic:
                    self._set(News(self._essence(data), ""))
                elif self._is_watched() or time.monotonic() - asked > self._unwatched_s:
                    asked = time.monotonic()
                    self._set(self._asked(client))

    def _asked(self, client: ControlClient) -> News:
        return News(self._essence(client.call(self._method)), "")

    def _set(self, news: News) -> None:
        if news != self._news:
            if (news.data is None) != (self._news.data is None):
                _LOG.info("%s %s", self._path.stem, "does not answer" if news.data is None else "answers")
            self._news = news
            self._on_change()
