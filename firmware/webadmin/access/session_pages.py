"""Who is signed in where, and ending that. Knows no password."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from firmware.webadmin.access.sessions import Session, Sessions
from firmware.webadmin.door import Route, see
from firmware.webadmin.language import _, ngettext
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit

_LOG = logging.getLogger(__name__)

_PLACE = "/sessions"


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as a row."""

    handle: str
    user: str
    address: str
    since: str
    used: str
    is_own: bool


class SessionPages:
    """The routes of /sessions."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def routes(self) -> Iterator[Route]:
        """A resident sees the own ones, the installer all."""
        yield Route("GET", _PLACE, Role.RESIDENT, self._show)
        yield Route("POST", _PLACE, Role.RESIDENT, self._end)

    def _show(self, visit: Visit) -> str:
        rows = [self._row(visit, session) for session in self._visible(visit)]
        return visit.html("sessions", rows=sorted(rows, key=lambda row: not row.is_own))

    def _end(self, visit: Visit) -> str:
        """Those that the visitor sees, but never the own one: for that there is signing out."""
        handle = visit.form.get("handle", "")
        others = [session for session in self._visible(visit) if session is not visit.session]
        ended = [session for session in others if visit.form.get("do") == "all" or session.handle == handle]
        for session in ended:
            self._sessions.close(session.id)
        _LOG.info("%d sessions were ended from %s", len(ended), visit.address)
        text = ngettext("{} browser was signed out.", "{} browsers were signed out.", len(ended)).format(len(ended))
        visit.notice(text)
        return see(_PLACE)

    def _visible(self, visit: Visit) -> list[Session]:
        is_installer = visit.role is Role.INSTALLER
        return [session for session in self._sessions.living() if is_installer or session.user == visit.user]

    def _row(self, visit: Visit, session: Session) -> Shown:
        now = self._sessions.now
        return Shown(
            session.handle, session.user, session.address or "?", _ago(now - session.began), _ago(now - session.seen),
            session is visit.session,
        )  # fmt: skip


def _ago(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("just now")
    return ngettext("{} minute ago", "{} minutes ago", minutes).format(minutes)
