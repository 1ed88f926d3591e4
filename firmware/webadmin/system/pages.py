"""Log, certificate, restart and factory reset. Knows no setting by name."""

import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import bottle

from firmware.control import Refused
from firmware.webadmin.door import Route, see
from firmware.webadmin.json_body import answer
from firmware.webadmin.language import _, ngettext
from firmware.webadmin.roles import Role
from firmware.webadmin.said import retold
from firmware.webadmin.system.backup_pages import PASSPHRASE_MIN, BackupPages, Backups
from firmware.webadmin.tls.certificate import Certificates
from firmware.webadmin.visit import Visit
from firmware.webadmin.words import clean

_LOG = logging.getLogger(__name__)

LOG_LINES_MAX = 500
_LINE_MAX = 1000
_BACK_S = 30  # a Pi is back in ten; browsers without scripts look then
_PLACE = "/system"


class Appliance(Protocol):
    """What the box can do as a whole (`firmware.appliance.box`). Each may raise Refused in words."""

    def log_lines(self, text: str, count: int) -> list[str]:
        """The last lines of the log that contain `text`, the newest last."""

    def restart(self) -> None:
        """Start everything anew; returns at once, calls that are up end."""

    def factory_reset(self) -> None:
        """Forget settings, users, records and certificates, and restart; returns at once."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The parts that only a real box has; each may be missing. `certificate_changed` lets nginx read it anew."""

    appliance: Appliance | None = None
    certificates: Certificates | None = None
    certificate_changed: Callable[[], None] = lambda: None

    def box(self) -> Appliance:
        """The appliance. Raises Refused where there is none."""
        if self.appliance is None:
            raise Refused(_("This can be done on the box itself alone."))
        return self.appliance


class SystemPages:
    """The routes below /system, and /alive. `objection` says why not, or "" when the visitor's password is right.

    `calls_up` counts calls: a restart ends them.
    """

    def __init__(
        self,
        machine: Machine,
        backups: Backups,
        objection: Callable[[Visit, str], str],
        calls_up: Callable[[], int],
    ) -> None:
        self._machine = machine
        self._objection = objection
        self._calls_up = calls_up
        self._backup_pages = BackupPages(backups, objection, self._page)
        self._start = secrets.token_hex(8)  # tells one start of this process from the next

    def routes(self) -> Iterator[Route]:
        """For the installer."""
        yield Route("GET", _PLACE, Role.INSTALLER, self._show)
        yield from self._backup_pages.routes()
        yield Route("GET", f"{_PLACE}/log", Role.INSTALLER, self._log)
        yield Route("POST", f"{_PLACE}/restart", Role.INSTALLER, self._restart)
        yield Route("POST", f"{_PLACE}/reset", Role.INSTALLER, self._reset)
        yield Route("POST", f"{_PLACE}/certificate", Role.INSTALLER, self._certificate)
        yield Route("GET", "/alive", Role.ANYBODY, self._alive, is_automatic=True)

    def _show(self, visit: Visit) -> str:
        return self._page(visit, {})

    def _page(self, visit: Visit, errors: dict[str, str]) -> str:
        if errors:
            bottle.response.status = 422
        certificates = self._machine.certificates
        return visit.html(
            "system", errors=errors, appliance=self._machine.appliance, passphrase_min=PASSPHRASE_MIN,
            certificate=certificates.present() if certificates else None, has_tls=certificates is not None,
        )  # fmt: skip

    def _log(self, visit: Visit) -> str:
        text, lines = visit.query.get("q", "")[:100], None
        if self._machine.appliance is not None:
            lines = self._machine.appliance.log_lines(text, LOG_LINES_MAX)[-LOG_LINES_MAX:]
        return visit.html(
            "log", query=text, lines=None if lines is None else [clean(line, _LINE_MAX) for line in lines]
        )

    def _restart(self, visit: Visit) -> str:
        box = self._machine.box()
        calls = self._calls_up()
        if calls and not visit.form.get("sure"):
            return visit.html("restart", text=calls_in_words(calls))
        do(box.restart)
        _LOG.info("a restart was asked for from %s", visit.address)
        text = _("Settings stay. In a few seconds this page comes back by itself, and asks you to sign in.")
        return self._gone(visit, _("The box restarts"), text)

    def _reset(self, visit: Visit) -> str:
        box = self._machine.box()
        if problem := self._objection(visit, visit.form.get("password", "")):
            return self._page(visit, {"reset-password": problem})
        do(box.factory_reset)
        _LOG.warning("a factory reset was asked for from %s", visit.address)
        text = _(
            "All is forgotten. In a few seconds this page comes back by itself, and asks for a new setup code: "
            "the box speaks it when you dial ***. Its certificate is a new one: the browser will ask about it."
        )
        return self._gone(visit, _("The box is as new"), text)

    def _gone(self, visit: Visit, heading: str, text: str) -> str:
        """The page that waits for the next start; the header is for browsers without scripts."""
        bottle.response.set_header("Refresh", f"{_BACK_S}; url=/")
        return visit.html("gone", heading=heading, text=text, start=self._start)

    def _alive(self, visit: Visit) -> str:
        return answer({"start": self._start})

    def _certificate(self, visit: Visit) -> str:
        certificates = self._machine.certificates
        if certificates is None:
            raise Refused(_("This can be done on the box itself alone."))
        try:
            certificates.replace(visit.form.get("chain", "").encode(), visit.form.get("key", "").encode())
        except Refused as error:
            return self._page(visit, {"chain": str(error)})
        self._machine.certificate_changed()
        visit.notice(_("The new certificate was tried, and is in use now."))
        return see(_PLACE)


def calls_in_words(calls: int) -> str:
    """How many a restart would end."""
    return ngettext("{} call is up.", "{} calls are up.", calls).format(calls)


def do(act: Callable[[], None]) -> None:
    """Do something with the appliance. Raises Refused in the visitor's language."""
    try:
        act()
    except Refused as error:
        raise Refused(retold(str(error))) from error
