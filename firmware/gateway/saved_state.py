"""Small states that must outlive a power cut, written beside the calls: the latest wins. Knows not what they say."""

import json
import logging
from pathlib import Path
from typing import Any

from firmware.gateway.errands import Errands
from firmware.settings.durable import DurableFile

_LOG = logging.getLogger(__name__)

_STATE_MAX_BYTES = 1 << 20  # a fence's memory is a few hundred KB at the most


class SavedState:
    """One state in one file. `save` never waits; `stop` writes what is left."""

    def __init__(self, path: Path) -> None:
        self._file = DurableFile(path)
        self._latest: dict[str, Any] = {}
        self._is_failing = False
        self._errands = Errands(f"keep {path.name}", most=1)

    def load(self) -> dict[str, Any] | None:
        """What was saved last; None for nothing, or nothing that can be read."""
        for path in (self._file.path, self._file.backup):
            try:
                if path.stat().st_size <= _STATE_MAX_BYTES and isinstance(state := json.loads(path.read_bytes()), dict):
                    return state
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                _LOG.error("%s cannot be read: %s", path.name, error)
        return None

    def start(self) -> None:
        """Begin to write."""
        self._errands.start()

    def save(self, state: dict[str, Any]) -> None:
        """Have it written soon. `state` is not changed any more by whoever gave it."""
        self._latest = state
        self._errands.do(self._write)  # where one waits already, that one writes what is the latest by then

    def stop(self) -> None:
        """Write what waits, and end."""
        self._errands.stop()

    def _write(self) -> None:
        try:
            with self._file.locked():
                self._file.replace(json.dumps(self._latest).encode())
            self._is_failing = False
        except OSError as error:
            if not self._is_failing:  # once, not with every call on a full card
                _LOG.error("%s cannot be saved: %s", self._file.path.name, error.strerror)
            self._is_failing = True
