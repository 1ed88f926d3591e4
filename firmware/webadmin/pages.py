"""The WSGI application: every route with its role, behind the guard. Knows no socket and no server."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import bottle

from firmware.records import CallRecords
from firmware.webadmin import language
from firmware.webadmin.access.guesses import Guesses
from firmware.webadmin.access.residents import ResidentPages
from firmware.webadmin.access.session_pages import SessionPages
from firmware.webadmin.access.sessions import Sessions
from firmware.webadmin.access.sign_in import SetupCode, SignIn
from firmware.webadmin.access.tokens import TokenPages
from firmware.webadmin.access.users import Users
from firmware.webadmin.api import Api
from firmware.webadmin.door import WORDS_TYPE, Door, Route, wants_json, wants_words
from firmware.webadmin.first_steps.wizard import Progress, Wizard
from firmware.webadmin.forms.settings_pages import SettingsPages
from firmware.webadmin.forms.settings_source import SettingsSource
from firmware.webadmin.guard import LARGE_BODY_BYTES_MAX, Environ, Guard, StartResponse, own_names
from firmware.webadmin.language import N_, _
from firmware.webadmin.now.live import Live
from firmware.webadmin.now.overview import Overview
from firmware.webadmin.past.api import PastApi
from firmware.webadmin.past.calls_page import CallsPage
from firmware.webadmin.past.spent_page import SpentPage
from firmware.webadmin.past.statistics import StatisticsPage
from firmware.webadmin.roles import Role
from firmware.webadmin.system.api import SystemApi
from firmware.webadmin.system.backup_pages import Backups
from firmware.webadmin.system.pages import Machine, SystemPages
from firmware.webadmin.system.self_test import SelfTestPages
from firmware.webadmin.visit import Visit

_LOG = logging.getLogger(__name__)

_STATIC = Path(__file__).with_name("static")
_HEADINGS = {
    400: N_("Not understood"),
    401: N_("Signed out"),
    403: N_("Not allowed"),
    404: N_("There is no such page"),
    405: N_("Not allowed"),
    409: N_("That did not work"),
    413: N_("Too much was sent"),
    421: N_("Wrong address"),
    500: N_("Something broke"),
    503: N_("Not just now"),
}
_TEXTS = {
    404: N_("Perhaps the address was mistyped."),
    405: N_("This address cannot be used that way."),
    413: N_("That was more than a form of this page can hold."),
}
# A backup is posted as a form; the guard holds every other form to less.
bottle.BaseRequest.MEMFILE_MAX = LARGE_BODY_BYTES_MAX
_OURS = (400, 401, 403, 409, 422, 503)  # raised by the routes, with words


class _Part(Protocol):
    def routes(self) -> Iterator[Route]: ...


class Pages:
    """The WSGI application `wsgi`. Start it before the first request, stop it after the last.

    `folder` is the configuration folder. `is_proxied`: our own nginx stands before it. `machine` is what only a
    real box has, `records` reads past calls.
    """

    def __init__(
        self,
        folder: Path,
        setup_code: SetupCode,
        *,
        is_proxied: bool = False,
        machine: Machine | None = None,
        records: CallRecords | None = None,
    ) -> None:
        run = folder / "run"
        self.users = Users(folder)
        self.sessions = Sessions()
        self._door = Door(self.users, self.sessions, is_proxied=is_proxied, has_calls=records is not None)
        source = SettingsSource(run)
        progress = Progress(folder)
        self._overview = Overview(run, self.sessions, progress, records)
        sign_in = SignIn(self.users, self.sessions, setup_code, self._door, Guesses())
        self._parts: tuple[_Part, ...] = (
            self._overview,
            sign_in,
            SettingsPages(source),
            ResidentPages(source),
            Wizard(run, source, progress),
            TokenPages(self.users),
            SessionPages(self.sessions),
            Api(run, source),
            SelfTestPages(run),
            *self._system(folder, source, machine or Machine(), sign_in),
            SpentPage(run),
            *_of_records(records),
        )
        self.routes: tuple[Route, ...] = tuple(self._all_routes())
        self.wsgi: Callable[[Environ, StartResponse], Iterable[bytes]] = Guard(
            self._routed(), _refusal, own_names(), is_proxied=is_proxied
        )

    def start(self) -> None:
        """Begin to follow gateway and simulator."""
        self._overview.live.start()

    def stop(self) -> None:
        """End, and let everybody who watches or listens go."""
        self._overview.live.stop()

    @property
    def live(self) -> Live:
        """What is pushed to those who watch."""
        return self._overview.live

    def _system(self, folder: Path, source: SettingsSource, machine: Machine, sign_in: SignIn) -> Iterator[_Part]:
        def calls_up() -> int:
            return len(self.live.view().picture.calls)

        changed = machine.certificate_changed
        backups = Backups(folder, source, self.users, self.sessions, machine.certificates, changed)
        yield SystemPages(machine, backups, sign_in.objection, calls_up)
        yield SystemApi(machine, calls_up)

    def _all_routes(self) -> Iterator[Route]:
        yield Route(
            "GET",
            "/static/<name:re:(vendor/)?[a-z_]+([.]min)?[.](css|js|svg)>",
            Role.ANYBODY,
            _static,
            is_automatic=True,
        )
        for part in self._parts:
            yield from part.routes()

    def _routed(self) -> bottle.Bottle:
        app = bottle.Bottle()
        app.default_error_handler = self._error_page
        for route in self.routes:
            app.route(route.rule, route.method, self._door.guarded(route))
        return app

    def _error_page(self, error: "bottle.HTTPError") -> str:
        status = error.status_code
        if status >= 500 and error.exception is not None:
            _LOG.error("a page failed", exc_info=error.exception)
        error.set_header("Content-Type", "text/html; charset=UTF-8")
        with language.speaking(self._door.language()):
            unknown = _(_TEXTS.get(status, N_("The log of the box knows more.")))
            text = (str(error.body) if status in _OURS and error.body else "") or unknown
            if wants_json() or bottle.request.path.startswith("/api/"):
                error.set_header("Content-Type", "application/json")
                return json.dumps({"text": text})
            if wants_words():
                error.set_header("Content-Type", WORDS_TYPE)
                return text
            visit = self._door.visit(self._door.origin(), self._door.known_session())
            return visit.html("refusal", heading=_heading(status), text=text)


def _of_records(records: CallRecords | None) -> tuple[_Part, ...]:
    return (CallsPage(records), StatisticsPage(records), PastApi(records)) if records else ()


def _refusal(status: int, text: str, accepted: str) -> bytes:
    with language.speaking(language.best(accepted)):
        visit = Visit("", "", "")
        return visit.html("refusal", heading=_heading(status), text=_(text)).encode()


def _heading(status: int) -> str:
    return _(_HEADINGS.get(status, N_("Not possible")))


def _static(visit: Visit, name: str) -> object:
    response = bottle.static_file(name, root=str(_STATIC))
    response.set_header("Cache-Control", "no-cache")  # kept, and asked for anew: small, and right after an update
    return response
