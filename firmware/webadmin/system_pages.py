"""Backup, restore, log, certificate, restart and factory reset. Knows no setting by name."""

import base64
import binascii
import logging
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import bottle

from firmware.control import Refused
from firmware.webadmin import backup
from firmware.webadmin.door import Route, see
from firmware.webadmin.language import _
from firmware.webadmin.roles import Role
from firmware.webadmin.settings_source import SettingsRefused, SettingsSource
from firmware.webadmin.tls.certificate import Certificates
from firmware.webadmin.visit import Visit
from firmware.webadmin.words import clean

_LOG = logging.getLogger(__name__)

LOG_LINES_MAX = 500
_LINE_MAX = 1000
PASSPHRASE_MIN = 12
_PLACE = "/system"


class Appliance(Protocol):
    """What the box can do as a whole. Each may raise Refused in words."""

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


class SystemPages:
    """The routes below /system. `is_password` says why not, or "" when the visitor's password is right."""

    def __init__(
        self, folder: Path, source: SettingsSource, machine: Machine, objection: Callable[[Visit, str], str]
    ) -> None:
        self._folder = folder
        self._source = source
        self._machine = machine
        self._objection = objection

    def routes(self) -> Iterator[Route]:
        """For the installer."""
        yield Route("GET", _PLACE, Role.INSTALLER, self._show)
        yield Route("POST", f"{_PLACE}/backup", Role.INSTALLER, self._backup)
        yield Route("POST", f"{_PLACE}/restore", Role.INSTALLER, self._restore)
        yield Route("GET", f"{_PLACE}/log", Role.INSTALLER, self._log)
        yield Route("POST", f"{_PLACE}/restart", Role.INSTALLER, self._restart)
        yield Route("POST", f"{_PLACE}/reset", Role.INSTALLER, self._reset)
        yield Route("POST", f"{_PLACE}/certificate", Role.INSTALLER, self._certificate)

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

    def _backup(self, visit: Visit) -> object:
        passphrase = visit.form.get("passphrase", "")
        if len(passphrase) < PASSPHRASE_MIN:
            return self._page(visit, {"passphrase": _("The passphrase needs {} characters.").format(PASSPHRASE_MIN)})
        if problem := self._objection(visit, visit.form.get("password", "")):  # it holds every secret of the box
            return self._page(visit, {"backup-password": problem})
        try:
            file = backup.sealed(backup.settings_of(self._folder / "settings.json"), passphrase)
        except (OSError, subprocess.SubprocessError) as error:
            _LOG.error("no backup could be made: %s", type(error).__name__)
            raise Refused(_("The backup could not be made.")) from error
        _LOG.info("a backup was taken from %s", visit.address)
        bottle.response.content_type = "text/plain; charset=us-ascii"
        bottle.response.set_header("Content-Disposition", 'attachment; filename="twinline-backup.txt"')
        return base64.encodebytes(file)

    def _restore(self, visit: Visit) -> str:
        if problem := self._objection(visit, visit.form.get("password", "")):
            return self._page(visit, {"restore-password": problem})
        try:
            values = backup.opened(_decoded(visit.form.get("file", "")), visit.form.get("passphrase", ""))
            warnings = self._source.set(backup.changes_to(values))
        except Refused as error:
            return self._page(visit, {"file": str(error)})
        except SettingsRefused as error:
            text = " ".join(f"{path}: {words}" if path else words for path, words in error.errors.items())
            return self._page(visit, {"file": text})
        _LOG.info("a backup was restored from %s", visit.address)
        visit.notice(_("The settings of the backup are in effect now."))
        for warning in warnings:
            visit.notice(warning, "warn")
        return see(_PLACE)

    def _log(self, visit: Visit) -> str:
        text, lines = visit.query.get("q", "")[:100], None
        if self._machine.appliance is not None:
            lines = self._machine.appliance.log_lines(text, LOG_LINES_MAX)[-LOG_LINES_MAX:]
        return visit.html(
            "log", query=text, lines=None if lines is None else [clean(line, _LINE_MAX) for line in lines]
        )

    def _restart(self, visit: Visit) -> str:
        self._box().restart()
        _LOG.info("a restart was asked for from %s", visit.address)
        return visit.html("gone", heading=_("The box restarts"), text=_("It is back in a minute or two."))

    def _reset(self, visit: Visit) -> str:
        box = self._box()
        if problem := self._objection(visit, visit.form.get("password", "")):
            return self._page(visit, {"reset-password": problem})
        box.factory_reset()
        _LOG.warning("a factory reset was asked for from %s", visit.address)
        text = _("All is forgotten. After the restart the box tells a new setup code.")
        return visit.html("gone", heading=_("The box is as new"), text=text)

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

    def _box(self) -> Appliance:
        if self._machine.appliance is None:
            raise Refused(_("This can be done on the box itself alone."))
        return self._machine.appliance


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii", "replace"))
    except binascii.Error:
        return b""  # which is no backup
