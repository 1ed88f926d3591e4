"""Factory reset in two steps that no power cut can part: asked for while the box runs, done before it starts again."""

import logging
import os
import shutil
from pathlib import Path

_LOG = logging.getLogger(__name__)

_ASKED = "factory-reset-asked"
_KEPT = {"run", _ASKED}  # `run` is locked by the one who resets; what is in it goes


def ask(config: Path) -> None:
    """From the next start on, nothing of the folder is left. Raises OSError."""
    with open(os.open(config / _ASKED, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb") as file:
        os.fsync(file.fileno())
    _sync(config)
    _LOG.warning("factory reset asked for: done at the next start")


def is_asked(config: Path) -> bool:
    """Whether the next start resets."""
    return (config / _ASKED).exists()


def perform(config: Path, keep: frozenset[str] = frozenset({"lock"})) -> bool:
    """Whether it was asked for and is done: everything is gone but `keep` in `run/`. Raises OSError.

    For the start, by whoever holds the folder and before anything else reads it. What asks for it goes last: cut
    off in the middle, it goes on at the next start.
    """
    if not is_asked(config):
        return False
    for entry in config.iterdir():
        if entry.name not in _KEPT:
            _remove(entry)
    run = config / "run"
    for entry in run.iterdir() if run.is_dir() else ():
        if entry.name not in keep:
            _remove(entry)
    _sync(config)
    (config / _ASKED).unlink()
    _sync(config)
    _LOG.warning("factory reset done")
    return True


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
