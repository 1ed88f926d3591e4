"""Where things lie in the configuration folder, and who may run on it. Knows not what is in them."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BOX = Path("/data")
_LOCK_RETRY_S = 0.05


class FolderRefused(Exception):
    """The folder cannot be used, in words."""


class FolderInUse(FolderRefused):
    """Another `twinline run` has it."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One box's configuration folder."""

    path: Path

    @property
    def settings(self) -> Path:
        return self.path / "settings.json"

    @property
    def run(self) -> Path:
        """What lives no longer than the processes."""
        return self.path / "run"

    @property
    def gateway_socket(self) -> Path:
        return self.run / "gateway.sock"

    @property
    def adapter(self) -> Path:
        """The simulated adapter's device, while it is plugged in."""
        return self.run / "adapter"

    @property
    def web_url(self) -> Path:
        """Holds the page's address, once the page is up."""
        return self.run / "web.url"

    @contextlib.contextmanager
    def held(self, wait_s: float = 0.0) -> Iterator[None]:
        """Held by `twinline run` for its life, and for a moment by who changes settings without it.

        Raises FolderInUse after `wait_s`, FolderRefused when the folder cannot be made. Ends with the process.
        """
        deadline = time.monotonic() + wait_s
        try:
            self.run.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FolderRefused(f"{self.path} cannot be used: {error.strerror}") from error
        with open(descriptor, "r+") as lock:
            while not _is_locked(lock.fileno()):
                if time.monotonic() >= deadline:
                    raise FolderInUse(f"Twinline runs already on {self.path} (process {lock.read(20).strip() or '?'})")
                time.sleep(_LOCK_RETRY_S)
            _sign(lock.fileno())
            yield


def default_folder() -> Path:
    """/data on the box; the user's configuration folder elsewhere."""
    if os.access(_BOX, os.W_OK):
        return _BOX
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "twinline"


def _sign(descriptor: int) -> None:
    """Say who holds it; it is held too where a full card takes no word."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
