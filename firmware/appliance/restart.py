"""Starts all processes anew: by the `twinline run` that holds the folder, else by units of the box.

Who asks is one of the processes that end: so a file says what is wanted, and somebody else does it.
"""

import fcntl
import logging
import os
import signal
from pathlib import Path

_LOG = logging.getLogger(__name__)

ASKED = "run/restart-asked"  # on the box, a path unit waits for it


def ask(config: Path) -> bool:
    """Whether a `twinline run` holds the folder: it ends and begins again. Else the file waits for a unit.

    Raises OSError.
    """
    asked = config / ASKED
    asked.touch(mode=0o600)
    if runner := _runner(config):
        os.kill(runner, signal.SIGHUP)
    return bool(runner)


def has_runner(config: Path) -> bool:
    """Whether a `twinline run` holds the folder."""
    return bool(_runner(config))


def is_asked(config: Path) -> bool:
    """Whether the processes are to start anew once they have ended."""
    return (config / ASKED).exists()


def taken(config: Path) -> None:
    """They start now. Raises OSError."""
    (config / ASKED).unlink(missing_ok=True)


def _runner(config: Path) -> int:
    """Its process; 0 when nobody holds the folder."""
    try:
        with (config / "run" / "lock").open() as lock:
            try:
                fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read(20))
    except (OSError, ValueError) as error:
        _LOG.debug("who runs is not known: %s", error)
    return 0
