"""Work for a thread that may wait for the disk, so that the call thread need not. Knows no work of its own."""

import logging
import threading
from collections import deque
from collections.abc import Callable

_LOG = logging.getLogger(__name__)


class Errands:
    """One thread that does one thing after the other. `do` never waits; where `most` wait already it says no."""

    def __init__(self, name: str, most: int) -> None:
        self._most = most
        self._left: deque[Callable[[], None]] = deque()
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def do(self, errand: Callable[[], None]) -> bool:
        """Have it done; False where too much waits already."""
        with self._changed:
            if len(self._left) >= self._most:
                return False
            self._left.append(errand)
            self._changed.notify()
            return True

    def stop(self) -> None:
        """Do what waits, and end."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._left or self._is_stopping)
                if not self._left:
                    return
                errand = self._left.popleft()
            try:
                errand()
            except Exception:
                _LOG.exception("an errand failed")
