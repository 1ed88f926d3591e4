"""The log of every process: one line a record, no secret and no telephone number. Knows no part."""

import logging
import os
import re
import sys
import threading
from types import TracebackType

QUIET = "TWINLINE_LOG"  # in the environment: the least level that is shown on stderr, whatever the setting says

_SECRETS_MAX = 256  # trunks and accounts of a full box; bounds the work for each line
_SECRET_MIN_LENGTH = 4  # shorter ones would blank half the log, and are no secrets
_LINE_MAX = 4000  # a SIP message and its trace; what came from outside must not fill the card
_KEYS_MAX = 1000

_MASK = "****"
_PATTERNS = (
    # RFC 7616 digests, and whatever else proves who one is
    (re.compile(r"((?:Proxy-)?Authorization:\s*)[^\r\n]*", re.IGNORECASE), rf"\1{_MASK}"),
    (re.compile(r"(\ba=crypto:\S+ \S+ inline:)\S+"), rf"\1{_MASK}"),  # RFC 4568 cl. 6.1: the SRTP key
    (
        re.compile(
            r"""((?:password|passwd|secret|token|pin)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&)}]+)""",
            re.IGNORECASE,
        ),
        rf"\1{_MASK}",
    ),
    # Seven digits and more: a telephone number (shorter ones are extensions and ports)
    (re.compile(r"(?<![0-9A-Za-z.])(\+?[0-9]{3})[0-9]{2,}([0-9]{2})(?![0-9A-Za-z])"), r"\1...\2"),
)

_secrets: set[str] = set()
_secrets_lock = threading.Lock()


def set_up(process: str, level: str = "info") -> None:
    """Send this process's log to stderr, and what nobody caught to the log. Call once, first of all."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(process))
    handler.setLevel(logging.getLevelNamesMapping().get(os.environ.get(QUIET, "").upper(), logging.NOTSET))
    logging.root.handlers[:] = [handler]
    set_level(level)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda thread: _log_uncaught(
        thread.exc_type, thread.exc_value or thread.exc_type(), thread.exc_traceback
    )


def set_level(level: str) -> None:
    """Keep `level` ("debug", "info", "warning", "error") and above; on stderr perhaps less, see QUIET."""
    logging.root.setLevel(logging.getLevelNamesMapping()[level.upper()])


def hide(secret: str) -> None:
    """Mask this text in every line from now on."""
    with _secrets_lock:
        if len(secret) >= _SECRET_MIN_LENGTH and len(_secrets) < _SECRETS_MAX:
            _secrets.add(secret)


def masked(text: str) -> str:
    """`text` without secrets and full telephone numbers."""
    with _secrets_lock:
        secrets = sorted(_secrets, key=len, reverse=True)
    for secret in secrets:
        text = text.replace(secret, _MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class Transitions:
    """Logs that a state changed, not that it lasts: a night of outage is two lines."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._states: dict[str, object] = {}
        self._lock = threading.Lock()

    def log(self, key: str, state: object, level: int, message: str, *values: object) -> bool:
        """Log `message` if `state` of `key` is another than last time; says whether it was."""
        with self._lock:
            if key in self._states and self._states[key] == state:
                return False
            if key not in self._states and len(self._states) >= _KEYS_MAX:
                self._states.pop(next(iter(self._states)))
            self._states[key] = state
        self._logger.log(level, message, *values)
        return True


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("fault, nobody caught it", exc_info=(kind, error, trace))


class OneLine(logging.Formatter):
    """How a record is written: `2026-01-31 12:00:00 gateway warning trunk: words`; a trace follows in the same line."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.exc_info:
            text += " | " + self.formatException(record.exc_info)
        text = masked(text)  # before it is made one line: headers end where their line ends
        text = " | ".join(line.strip() for line in text.splitlines() if line.strip(" ^~"))
        if len(text) > _LINE_MAX:  # a trace ends with what happened
            text = f"{text[: _LINE_MAX // 2]} ... {text[-_LINE_MAX // 2 :]}"
        text = "".join(character if character.isprintable() else "?" for character in text)
        name = record.name.removeprefix("firmware.")
        when = self.formatTime(record, "%Y-%m-%d %H:%M:%S")
        return f"{when} {self._process} {record.levelname.lower()} {name}: {text}"
