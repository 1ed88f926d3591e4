"""Signing in and out, the first password, one's own password, residents. Knows no setting."""

import logging
import re
from collections.abc import Iterator
from typing import Protocol

import bottle

from firmware.control import Refused
from firmware.webadmin.access import cookies, passwords
from firmware.webadmin.access.guesses import Guesses
from firmware.webadmin.access.sessions import Sessions
from firmware.webadmin.access.users import EXTENSION, INSTALLER, Users
from firmware.webadmin.door import Door, Route, see
from firmware.webadmin.language import LANGUAGES, _, ngettext
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit

_LOG = logging.getLogger(__name__)

_OWN_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_.+?=&%-]{0,200}")
_NAME_MAX = 40
START = "/wizard"  # where the first visitor begins


class SetupCode(Protocol):
    """The code that only the box itself tells (`firmware.setup_code`). Calls raise OSError."""

    def take(self, typed: str) -> bool:
        """Whether this is the code; it is spent then."""

    def left_s(self) -> float:
        """How long the code still lives; 0 without one."""

    def finish(self) -> None:
        """The first account exists."""


class SignIn:
    """The routes of everybody's own affairs."""

    def __init__(self, users: Users, sessions: Sessions, setup_code: SetupCode, door: Door, guesses: Guesses) -> None:
        self._users = users
        self._sessions = sessions
        self._setup_code = setup_code
        self._door = door
        self._guesses = guesses
        if not users.is_empty:
            setup_code.finish()  # where the last start was cut off between the two

    def routes(self) -> Iterator[Route]:
        """Each with its role."""
        yield Route("GET", "/sign-in", Role.ANYBODY, self._ask)
        yield Route("POST", "/sign-in", Role.ANYBODY, self._sign_in)
        yield Route("GET", "/setup", Role.ANYBODY, self._ask_code)
        yield Route("POST", "/setup", Role.ANYBODY, self._set_up)
        yield Route("POST", "/language", Role.ANYBODY, self._choose_language)
        yield Route("POST", "/sign-out", Role.RESIDENT, self._sign_out)
        yield Route("GET", "/account", Role.RESIDENT, self._account)
        yield Route("POST", "/account", Role.RESIDENT, self._change_password)
        yield Route("GET", "/people", Role.INSTALLER, self._people)
        yield Route("POST", "/people", Role.INSTALLER, self._change_people)

    def _ask(self, visit: Visit) -> str:
        if self._users.is_empty:
            return see("/setup")
        if visit.session is not None:
            return see("/")
        return self._sign_in_page(visit, visit.query.get("next", ""))

    def _sign_in(self, visit: Visit) -> str:
        name = visit.form.get("name", "").strip()[:_NAME_MAX]
        wait_s = self._guesses.take(visit.address)
        if wait_s:
            _LOG.warning("sign-in refused unchecked: too many guesses from %s", visit.address)
            bottle.response.set_header("Retry-After", str(int(wait_s) + 1))
            return self._sign_in_page(visit, visit.form.get("next", ""), name, _too_many(wait_s), 429)
        user = self._users.check(name or INSTALLER, visit.form.get("password", ""))
        if user is None:
            _LOG.warning("sign-in refused: wrong name or password from %s", visit.address)
            words = _("The name or the password is not right.")
            return self._sign_in_page(visit, visit.form.get("next", ""), name, words, 401)
        self._guesses.give_back(visit.address)
        return self._let_in(visit, user.name, user.role, user.extension, visit.form.get("next", ""))

    def _sign_in_page(self, visit: Visit, target: str, name: str = "", error: str = "", status: int = 200) -> str:
        bottle.response.status = status
        return visit.html("sign_in", next=_own(target), name=name or INSTALLER, error=error)

    def _ask_code(self, visit: Visit) -> str:
        return self._setup_page(visit)

    def _set_up(self, visit: Visit) -> str:
        """The password is judged first: a code that is spent on a bad one would be lost."""
        password, again = visit.form.get("password", ""), visit.form.get("again", "")
        code = visit.form.get("code", "")[:60]
        problem = passwords.objection(password)
        if problem:
            return self._setup_page(visit, code, password_error=_(problem), status=422)
        if password != again:
            return self._setup_page(visit, code, password_error=_("The two passwords differ."), status=422)
        wait_s = self._guesses.take(visit.address)
        if wait_s:
            bottle.response.set_header("Retry-After", str(int(wait_s) + 1))
            return self._setup_page(visit, code, code_error=_too_many(wait_s), status=429)
        if not self._setup_code.take(code):
            _LOG.warning("setup refused: wrong code from %s", visit.address)
            words = _("This is not the code that the box tells, or it has run out. Ask the box for a new one.")
            return self._setup_page(visit, code, code_error=words, status=401)
        self._guesses.give_back(visit.address)
        is_first = self._users.is_empty
        self._keep(INSTALLER, password, Role.INSTALLER)
        self._setup_code.finish()
        _LOG.info("the installer's password was set with the setup code from %s", visit.address)
        return self._let_in(visit, INSTALLER, Role.INSTALLER, "", START if is_first else "/")

    def _setup_page(
        self, visit: Visit, code: str = "", *, code_error: str = "", password_error: str = "", status: int = 200
    ) -> str:
        bottle.response.status = status
        return visit.html(
            "setup", code=code, code_error=code_error, password_error=password_error,
            is_first=self._users.is_empty, has_code=self._setup_code.left_s() > 0, length_min=passwords.LENGTH_MIN,
        )  # fmt: skip

    def _let_in(self, visit: Visit, name: str, role: Role, extension: str, target: str) -> str:
        if visit.session is not None:
            self._sessions.close(visit.session.id)
        self._door.sign_in(self._sessions.open(name, role, extension, visit.address))
        _LOG.info("%s signed in from %s", "a resident" if role is Role.RESIDENT else name, visit.address)
        return see(_own(target) or "/")

    def _keep(self, name: str, password: str, role: Role, extension: str = "") -> None:
        """Whoever was signed in under that name has to sign in anew."""
        try:
            self._users.set_password(name, password, role, extension)
        except (OSError, ValueError) as error:
            _LOG.error("users.json cannot be saved: %s", error)
            raise Refused(_("The password could not be saved. Is the storage full?")) from error
        self._sessions.close_all_of(name)

    def _sign_out(self, visit: Visit) -> str:
        if visit.session is not None:
            self._sessions.close(visit.session.id)
        self._door.sign_out()
        return see("/sign-in")

    def _choose_language(self, visit: Visit) -> str:
        chosen = visit.form.get("language", "")
        if chosen in LANGUAGES:
            header = cookies.set_header(
                cookies.LANGUAGE_NAME, chosen, self._door.origin(), lifetime_s=cookies.LANGUAGE_KEPT_S
            )
            bottle.response.add_header("Set-Cookie", header)
        return see(_own(visit.form.get("next", "")) or "/")

    def _account(self, visit: Visit) -> str:
        return visit.html("account", errors={}, length_min=passwords.LENGTH_MIN)

    def _change_password(self, visit: Visit) -> str:
        errors = self._password_errors(visit)
        if errors:
            bottle.response.status = 422
            return visit.html("account", errors=errors, length_min=passwords.LENGTH_MIN)
        self._keep(visit.user, visit.form.get("password", ""), visit.role, visit.extension)
        session = self._sessions.open(visit.user, visit.role, visit.extension, visit.address)
        session.notice("good", _("The password was changed. Other browsers have been signed out."))
        self._door.sign_in(session)
        return see("/account")

    def _password_errors(self, visit: Visit) -> dict[str, str]:
        password = visit.form.get("password", "")
        if problem := passwords.objection(password):
            return {"password": _(problem)}
        if password != visit.form.get("again", ""):
            return {"again": _("The two passwords differ.")}
        problem = self.objection(visit, visit.form.get("old", ""))
        return {"old": problem} if problem else {}

    def objection(self, visit: Visit, password: str) -> str:
        """Why this is not the password of who is signed in; "" when it is. Wrong ones count as guesses."""
        wait_s = self._guesses.take(visit.address)
        if wait_s:
            return _too_many(wait_s)
        if self._users.check(visit.user, password) is None:
            return _("This is not your password.")
        self._guesses.give_back(visit.address)
        return ""

    def _people(self, visit: Visit) -> str:
        return self._people_page(visit, {})

    def _people_page(self, visit: Visit, errors: dict[str, str], status: int = 200) -> str:
        bottle.response.status = status
        return visit.html("people", residents=self._users.residents, errors=errors, length_min=passwords.LENGTH_MIN)

    def _change_people(self, visit: Visit) -> str:
        extension = visit.form.get("extension", "").strip()
        if not EXTENSION.fullmatch(extension):
            return self._people_page(visit, {"extension": _("An extension has 2 to 6 digits.")}, 422)
        if visit.form.get("do") == "remove":
            self._users.remove(extension)
            self._sessions.close_all_of(extension)
            visit.notice(_("{} cannot sign in any more.").format(extension))
            return see("/people")
        if problem := passwords.objection(visit.form.get("password", "")):
            return self._people_page(visit, {"password": _(problem)}, 422)
        self._keep(extension, visit.form.get("password", ""), Role.RESIDENT, extension)
        visit.notice(_("{} can sign in now, with the extension as name.").format(extension))
        return see("/people")


def _own(path: str) -> str:
    """Only to a page of ours: a link from elsewhere must not lead on to elsewhere."""
    return path if _OWN_PATH.fullmatch(path) else ""


def _too_many(wait_s: float) -> str:
    minutes = max(1, round(wait_s / 60))
    return ngettext(
        "Too many wrong passwords. Nothing is checked for {} minute more, not even the right one.",
        "Too many wrong passwords. Nothing is checked for {} minutes more, not even the right one.",
        minutes,
    ).format(minutes)
