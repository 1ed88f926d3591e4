"""The log on the box's own storage: a file a process, rotated, in `log/` of the configuration folder."""

import atexit
import contextlib
import heapq
import logging
import os
import queue
import re
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import IO

from firmware import log

FOLDER = "log"
FILE_BYTES_MAX = 256 * 1024  # some days of a quiet box
OLD_FILES_MAX = 3  # besides the one that is written: five processes take 5 MiB of the card at the most
QUERY_MAX = 100
_WAITING_MAX = 1000  # lines while the card is slow; what is too many is counted and told
_NAME = re.compile(r"[a-z]+[.]log([.][1-9])?")
_TIME_LENGTH = len("2026-01-31 12:00:00")


def keep(config: Path, process: str, *, is_waiting_allowed: bool = True) -> Callable[[], None]:
    """Write this process's log to the folder from now on; what is returned ends that, and so does the process's end.

    Without `is_waiting_allowed` a thread of its own waits for the card. Others have none: it would take signals that
    they wait for. Where nothing can be written, that is said once on stderr, and the process goes on.
    """
    file = _File(config / FOLDER / f"{process}.log")
    if is_waiting_allowed:
        file.setFormatter(log.OneLine(process))
        return _attached(file, file.close)
    waiting = _Waiting(queue.Queue(_WAITING_MAX))
    waiting.setFormatter(log.OneLine(process))
    listener = QueueListener(waiting.queue, file)
    listener.start()

    def close() -> None:
        with contextlib.suppress(queue.Full):  # the card is far behind: what waits is lost with the process
            listener.stop()
        file.close()

    return _attached(waiting, close)


def lines(config: Path, text: str, count: int) -> list[str]:
    """The last lines that contain `text`, whatever its case, the newest last. What cannot be read is left out.

    Numbers are masked in the log, so they are in `text` too.
    """
    wanted = log.masked(text[:QUERY_MAX]).casefold()
    newest_first: dict[str, list[Path]] = {}
    for path in sorted(_files(config / FOLDER), key=lambda path: path.name):  # gateway.log, gateway.log.1, ...
        newest_first.setdefault(path.name.partition(".")[0], []).append(path)
    found = [list(islice(_backwards(paths, wanted), count)) for paths in newest_first.values()]
    # A second has many lines: of one process they stay in their order.
    merged = heapq.merge(*(reversed(one) for one in found), key=lambda line: line[:_TIME_LENGTH])
    return list(merged)[-count:] if count else []


def _attached(handler: logging.Handler, close: Callable[[], None]) -> Callable[[], None]:
    def end() -> None:
        if handler in logging.root.handlers:
            atexit.unregister(end)
            logging.root.removeHandler(handler)
            close()

    logging.root.addHandler(handler)
    atexit.register(end)
    return end


def _files(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from (path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def _backwards(paths: list[Path], wanted: str) -> Iterator[str]:
    for path in paths:
        try:
            with path.open("rb") as file:
                data = file.read(2 * FILE_BYTES_MAX)
        except OSError:
            continue
        for line in reversed(data.decode("utf-8", "replace").splitlines()):
            if wanted in line.casefold():
                yield line


class _File(RotatingFileHandler):
    """Mode 0600. A card that is full or gone stops nobody; when it is there again, the log goes on."""

    def __init__(self, path: Path) -> None:
        self._is_broken = False
        super().__init__(path, maxBytes=FILE_BYTES_MAX, backupCount=OLD_FILES_MAX, encoding="utf-8", delay=True)

    def _open(self) -> IO[str]:  # type: ignore[override]
        path = Path(self.baseFilename)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return open(os.open(path, flags, 0o600), "a", encoding="utf-8", errors="replace")

    def emit(self, record: logging.LogRecord) -> None:
        before = self._is_broken
        self._is_broken = False
        super().emit(record)
        if self._is_broken and not before:
            sys.stderr.write("the log cannot be written to the card\n")

    def handleError(self, record: logging.LogRecord) -> None:
        self._is_broken = True
        stream, self.stream = self.stream, None
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


class _Waiting(QueueHandler):
    """Never waits: what the card does not take in time is left out, and how much is told."""

    def __init__(self, waiting: "queue.Queue[logging.LogRecord]") -> None:
        super().__init__(waiting)
        self._left_out = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            if self._left_out:
                record.msg = f"{record.msg} ({self._left_out} lines before it were too many for the card)"
            self.queue.put_nowait(record)
            self._left_out = 0
        except queue.Full:
            self._left_out += 1
