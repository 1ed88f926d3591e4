"""The box as a whole, for its page: what it logged, its restart, its factory reset. Knows no page."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from firmware import log_files
from firmware.appliance import reset, restart
from firmware.control import Refused

_LOG = logging.getLogger(__name__)

_ANSWER_S = 1.0  # the page is one of those who end: its answer leaves first


class Box:
    """The box in the folder `config`. `has_units`: where no `twinline run` holds it, units of systemd start it anew."""

    def __init__(self, config: Path, *, has_units: bool) -> None:
        self._config = config
        self._has_units = has_units

    def log_lines(self, text: str, count: int) -> list[str]:
        """The last lines of the log that contain `text`, the newest last."""
        return log_files.lines(self._config, text, count)

    def restart(self) -> None:
        """Start everything anew; returns at once. Raises Refused."""
        self._refuse_without_help()
        _later(lambda: restart.ask(self._config))

    def factory_reset(self) -> None:
        """Forget everything at the next start, which is now; returns at once. Raises Refused."""
        self._refuse_without_help()
        try:
            reset.ask(self._config)
        except OSError as error:
            raise Refused("it cannot be written down that the box is to forget everything") from error
        _later(lambda: restart.ask(self._config))

    def _refuse_without_help(self) -> None:
        if not self._has_units and not restart.has_runner(self._config):
            raise Refused("this box was started part by part: nobody is there to start it anew")


def _later(perform: Callable[[], object]) -> None:
    def run() -> None:
        try:
            perform()
        except OSError as error:
            _LOG.error("the restart cannot be asked for: %s", error)

    timer = threading.Timer(_ANSWER_S, run)
    timer.daemon = True
    timer.start()
