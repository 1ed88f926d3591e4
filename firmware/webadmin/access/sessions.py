"""Who is signed in, in memory alone: a restart signs everybody out. Knows no page and no password."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.webadmin.roles import Role

IDLE_S = 15 * 60.0
LIFE_S = 12 * 3600.0
SESSIONS_MAX = 100  # a signed-in user may open many; the oldest goes
_ID_BYTES = 32
_NOTICES_MAX = 5


@dataclass(slots=True)
class Session:
    """One browser that is signed in. `notices` are shown once, on its next page.

    `held_password` is that of an account that is being tried: the form does not show it again. `address` is where
    it signed in from, `began` and `seen` are seconds of the clock of `Sessions`.
    """

    id: str
    user: str
    role: Role
    extension: str
    began: float
    seen: float
    notices: list[tuple[str, str]] = field(default_factory=list)
    held_password: str = ""
    address: str = ""

    @property
    def handle(self) -> str:
        """Names it on a page without giving it away."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:16]

    def notice(self, tone: str, text: str) -> None:
        """Say something on the next page."""
        self.notices[:] = [*self.notices, (tone, text)][-_NOTICES_MAX:]

    def take_notices(self) -> list[tuple[str, str]]:
        """What is to be said now."""
        said, self.notices = self.notices, []
        return said


class Sessions:
    """May be used from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def open(self, user: str, role: Role, extension: str = "", address: str = "") -> Session:
        """A new session under a new id."""
        now = self._clock()
        session = Session(secrets.token_urlsafe(_ID_BYTES), user, role, extension, now, now, address=address)
        with self._lock:
            self._drop_old(now)
            while len(self._sessions) >= SESSIONS_MAX:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[session.id] = session
        return session

    def find(self, id: str, *, is_use: bool = True) -> Session | None:
        """The session, if it still lives; what a page does by itself is no use of it."""
        now = self._clock()
        with self._lock:
            session = self._sessions.get(id)
            if session is None or not self._lives(session, now):
                self._sessions.pop(id, None)
                return None
            if is_use:
                session.seen = now
            return session

    @property
    def now(self) -> float:
        """What its clock shows."""
        return self._clock()

    def living(self) -> tuple[Session, ...]:
        """All who are signed in, the last who came first."""
        with self._lock:
            self._drop_old(self._clock())
            return tuple(reversed(self._sessions.values()))

    def close(self, id: str) -> None:
        """Sign out."""
        with self._lock:
            self._sessions.pop(id, None)

    def close_all_of(self, user: str, but: str = "") -> None:
        """Sign the user out everywhere: the password was changed, or the user removed."""
        with self._lock:
            gone = [id for id, session in self._sessions.items() if session.user == user and id != but]
            for id in gone:
                del self._sessions[id]

    def _drop_old(self, now: float) -> None:
        for id in [id for id, session in self._sessions.items() if not self._lives(session, now)]:
            del self._sessions[id]

    @staticmethod
    def _lives(session: Session, now: float) -> bool:
        return now - session.seen < IDLE_S and now - session.began < LIFE_S
