"""Taking a backup and bringing one back, as forms of the page of the system. Knows no setting by name."""

import base64
import logging
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import bottle

from firmware.control import Refused
from firmware.webadmin.access.sessions import Sessions
from firmware.webadmin.access.users import Users
from firmware.webadmin.door import Route, see
from firmware.webadmin.first_steps.wizard import Progress
from firmware.webadmin.forms.settings_source import SettingsRefused, SettingsSource
from firmware.webadmin.guard import LARGE_BODY_BYTES_MAX
from firmware.webadmin.language import _
from firmware.webadmin.roles import Role
from firmware.webadmin.system import backup
from firmware.webadmin.system.backup import Contents
from firmware.webadmin.tls.certificate import Certificates
from firmware.webadmin.visit import Visit

_LOG = logging.getLogger(__name__)

PASSPHRASE_MIN = 12
_PLACE = "/system"
_RESTORE_S = 60.0  # 10,000 extensions are judged in a second here, in many on a Pi Zero

ShowPage = Callable[[Visit, dict[str, str]], str]


class Backups:
    """What goes into a backup and comes out of it. The installer's password and the calls stay with their box."""

    def __init__(
        self,
        folder: Path,
        source: SettingsSource,
        users: Users,
        sessions: Sessions,
        certificates: Certificates | None,
        certificate_changed: Callable[[], None],
    ) -> None:
        self._settings = folder / "settings.json"
        self._source = source
        self._users = users
        self._sessions = sessions
        self._progress = Progress(folder)
        self._certificates = certificates
        self._certificate_changed = certificate_changed

    def take(self, passphrase: str, *, with_certificate: bool) -> bytes:
        """The file. Raises Refused, OSError, SubprocessError."""
        pair = ("", "")
        if with_certificate and self._certificates is not None and self._certificates.present() is not None:
            pair = self._certificates.cert.read_text(), self._certificates.key.read_text()
        values = backup.settings_of(self._settings)
        return backup.sealed(Contents(values, self._users.others(), self._progress.step, pair), passphrase)

    def bring_back(self, contents: Contents) -> list[str]:
        """Make the box so; returns what is otherwise than one may think. Raises Refused, SettingsRefused.

        Settings come first: where they are refused, nothing at all was changed.
        """
        warnings = self._source.set(backup.changes_to(contents.settings), _RESTORE_S)
        if contents.people is not None:
            try:
                for name in self._users.bring_back(contents.people):
                    self._sessions.close_all_of(name)
            except (OSError, ValueError, KeyError, TypeError) as error:
                _LOG.error("people of a backup: %s", type(error).__name__)
                warnings.append(_("The people and tokens of the backup could not be kept."))
        if contents.step:
            self._progress.keep(contents.step)
        return [*warnings, *self._certificate(*contents.certificate)]

    def _certificate(self, chain: str, key: str) -> Iterator[str]:
        if not chain:
            return
        if self._certificates is None:
            yield _("The certificate of the backup was left out: this page comes without TLS.")
            return
        try:
            self._certificates.replace(chain.encode(), key.encode())
            self._certificate_changed()
        except (Refused, OSError) as error:
            yield _("The certificate of the backup was left out: {}").format(error)


class BackupPages:
    """The routes. `objection` says why a password is not that of the visitor; `page` shows the forms with errors."""

    def __init__(self, backups: Backups, objection: Callable[[Visit, str], str], page: ShowPage) -> None:
        self._backups = backups
        self._objection = objection
        self._page = page

    def routes(self) -> Iterator[Route]:
        """For the installer."""
        yield Route("POST", f"{_PLACE}/backup", Role.INSTALLER, self._take)
        yield Route("POST", f"{_PLACE}/restore", Role.INSTALLER, self._restore, body_bytes_max=LARGE_BODY_BYTES_MAX)

    def _take(self, visit: Visit) -> object:
        passphrase = visit.form.get("passphrase", "")
        if len(passphrase) < PASSPHRASE_MIN:
            return self._page(visit, {"passphrase": _("The passphrase needs {} characters.").format(PASSPHRASE_MIN)})
        if problem := self._objection(visit, visit.form.get("password", "")):  # it holds every secret of the box
            return self._page(visit, {"backup-password": problem})
        try:
            file = self._backups.take(passphrase, with_certificate=bool(visit.form.get("certificate")))
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
        text = visit.files.get("upload") or visit.form.get("file", "").encode("ascii", "replace")
        try:
            contents = backup.opened(backup.from_text(text), visit.form.get("passphrase", ""))
            warnings = self._backups.bring_back(contents)
        except Refused as error:
            return self._page(visit, {"file": str(error)})
        except SettingsRefused as error:
            words = (f"{path}: {text}" if path else text for path, text in error.errors.items())
            return self._page(visit, {"file": " ".join(words)})
        _LOG.info("a backup was restored from %s", visit.address)
        visit.notice(_("The settings of the backup are in effect now."))
        for warning in warnings:
            visit.notice(warning, "warn")
        return see(_PLACE)
