"""One file that is old or new after a power cut, never half. Knows not what is in it."""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

_SET_ASIDE_MAX = 5  # a file that breaks again and again must not fill the card


class DurableFile:
    """The file at `path`, the one before it at `.bak`, and what was unreadable at `.corrupt.<n>`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.backup = path.with_name(f"{path.name}.bak")
        self._new = path.with_name(f"{path.name}.new")  # a fixed name: a crash leaves one, not hundreds
        self._new_backup = path.with_name(f"{path.name}.bak.new")
        self._lock = path.with_name(f"{path.name}.lock")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Held round each read-modify-write, against threads and processes alike. Raises OSError."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def replace(self, data: bytes) -> None:
        """Write `data`, keep what was there as `.bak`. Raises OSError, and then all is as it was."""
        try:
            self._write(self._new, data)
            self._keep_backup()
            os.replace(self._new, self.path)
        except OSError:
            for unfinished in (self._new, self._new_backup):
                unfinished.unlink(missing_ok=True)
            raise
        self._sync_folder()

    def set_aside(self) -> Path:
        """Rename the file to `.corrupt.<n>`; the first and the latest few are kept. Raises OSError."""
        target = self._name_aside()
        os.replace(self.path, target)
        self._sync_folder()
        return target

    def keep_copy_aside(self) -> Path:
        """The same, but the file (where it is missing, the one before it) stays too. Raises OSError."""
        target = self._name_aside()
        self._write(target, (self.path if self.path.exists() else self.backup).read_bytes())
        return target

    def _write(self, path: Path, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(path, flags, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _keep_backup(self) -> None:
        """Copy, not move: the file itself is there at every moment, whatever is cut off when."""
        with contextlib.suppress(FileNotFoundError):  # the first write has nothing to keep
            self._write(self._new_backup, self.path.read_bytes())
            os.replace(self._new_backup, self.backup)

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _name_aside(self) -> Path:
        kept = sorted(self._numbers_set_aside())
        if len(kept) >= _SET_ASIDE_MAX:
            self._corrupt(kept[1]).unlink(missing_ok=True)
        return self._corrupt(kept[-1] + 1 if kept else 1)

    def _corrupt(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.corrupt.{number}")

    def _numbers_set_aside(self) -> Iterator[int]:
        pattern = re.compile(re.escape(f"{self.path.name}.corrupt.") + r"([0-9]{1,9})")
        for file in self.path.parent.iterdir():
            if match := pattern.fullmatch(file.name):
                yield int(match[1])
