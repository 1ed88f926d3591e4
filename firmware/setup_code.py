"""The code that lets the first visitor in, which only the box itself tells. Knows no page, no panel and no accounts."""

import contextlib
import fcntl
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

# Nothing that looks like another (0 O, 1 I L, 2 Z, 5 S, 8 B, U V) or sounds like another (B D E G P T, M N, F S).
ALPHABET = "34679ACFHJKMQRWXY"
LENGTH = 8  # 17^8 = 7e9: five tries find it once in 1.4e9
LIFE_S = 30 * 60.0
TRIES_MAX = 5  # wrong ones; then it takes somebody at the box to make another
_GROUP = 4
_TYPED_MAX = 64  # what somebody may send as a code
_FILE_MAX_BYTES = 1000

_CODE_FILE = "setup-code.json"
_DONE_FILE = "setup-done"


def boottime() -> float:
    """Seconds since the machine started: the same for every process, and no jump of the wall clock moves it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot() -> str:
    """Which start of the machine this is."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@dataclass(frozen=True, slots=True)
class SetupCode:
    """A code, when it was made (seconds since boot `boot`) and how often something else was tried."""

    text: str
    made_at_s: float
    boot: str
    wrong_tries: int = 0

    def left_s(self, now_s: float, boot: str) -> float:
        """How long it still lives; 0 when it is dead."""
        age_s = now_s - self.made_at_s
        is_dead = boot != self.boot or self.wrong_tries >= TRIES_MAX or age_s < 0
        return 0.0 if is_dead else max(0.0, LIFE_S - age_s)

    @property
    def grouped(self) -> str:
        """As people read it: ACFH-3467."""
        return "-".join(self.text[at : at + _GROUP] for at in range(0, LENGTH, _GROUP))


def new_text() -> str:
    """A code nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def normalized(typed: str) -> str:
    """What was typed, without the dashes, spaces and small letters of people; empty when it cannot be a code."""
    text = "".join(character for character in typed[:_TYPED_MAX].upper() if character.isalnum())
    return text if len(text) == LENGTH and text.isascii() else ""


class SetupCodes:
    """The code of the box at `config`. Any process and thread; each call is one step under a lock.

    It lies in `run/`, readable to its owner only: in clear, because the box has to show and to speak it.
    Calls raise OSError when the folder cannot be used.
    """

    def __init__(self, config: Path, *, clock: Callable[[], float] = boottime, boot: Callable[[], str] = boot) -> None:
        self._run = config / "run"
        self._path = self._run / _CODE_FILE
        self._done = config / _DONE_FILE
        self._clock = clock
        self._boot = boot

    @property
    def is_due(self) -> bool:
        """Whether nobody has set the box up yet."""
        return not self._done.exists()

    def finish(self) -> None:
        """The first account exists: no code lives any more, and none is made by itself until a factory reset."""
        with self._locked():
            self._write(self._done, b"")
            self._path.unlink(missing_ok=True)

    def current(self) -> SetupCode | None:
        """The living code, if there is one."""
        with self._locked():
            return self._living()

    def ensure(self) -> SetupCode | None:
        """The living code, else a new one; None once the box is set up. For who stands at the box only."""
        with self._locked():
            return (self._living() or self._make()) if self.is_due else None

    def make(self) -> SetupCode:
        """A new code, the old one is dead. For who stands at the box only: also the way back in, once it is set up."""
        with self._locked():
            return self._make()

    def left_s(self) -> float:
        """How long the living code still lives; 0 without one."""
        code = self.current()
        return code.left_s(self._clock(), self._boot()) if code else 0.0

    def take(self, typed: str) -> bool:
        """Whether this is the code, which is used up thereby. What cannot be a code is no try; a wrong one counts."""
        text = normalized(typed)
        with self._locked():
            code = self._living()
            if code is None or not text:
                return False
            if hmac.compare_digest(text, code.text):
                self._path.unlink(missing_ok=True)
                return True
            self._store(replace(code, wrong_tries=code.wrong_tries + 1))
            return False

    def _living(self) -> SetupCode | None:
        code = self._stored()
        if code is None or code.left_s(self._clock(), self._boot()) > 0:
            return code
        self._path.unlink(missing_ok=True)
        return None

    def _make(self) -> SetupCode:
        code = SetupCode(new_text(), self._clock(), self._boot())
        self._store(code)
        return code

    def _stored(self) -> SetupCode | None:
        try:
            with self._path.open("rb") as file:
                values = json.loads(file.read(_FILE_MAX_BYTES))
            return SetupCode(
                str(values["text"]), float(values["made_at_s"]), str(values["boot"]), int(values["wrong_tries"])
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):  # half a file is no code
            self._path.unlink(missing_ok=True)
            return None

    def _store(self, code: SetupCode) -> None:
        self._write(self._path, json.dumps(asdict(code)).encode())

    def _write(self, path: Path, data: bytes) -> None:
        """Whole or not at all, and never readable to others."""
        new = path.with_name(f".{path.name}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(new, flags, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._run.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._run / f".{_CODE_FILE}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
