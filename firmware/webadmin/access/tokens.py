"""The page on which tokens for the API are made and taken back. Knows no setting."""

import datetime
from collections.abc import Iterator

import bottle

from firmware.control import Refused
from firmware.webadmin.access.users import EXTENSION, Users
from firmware.webadmin.door import Route, see
from firmware.webadmin.language import _
from firmware.webadmin.roles import Role, role_named
from firmware.webadmin.visit import Visit

_NAME_MAX = 40


class TokenPages:
    """The routes of /tokens."""

    def __init__(self, users: Users) -> None:
        self._users = users

    def routes(self) -> Iterator[Route]:
        """For the installer."""
        yield Route("GET", "/tokens", Role.INSTALLER, self._show)
        yield Route("POST", "/tokens", Role.INSTALLER, self._change)

    def _show(self, visit: Visit) -> str:
        return self._page(visit, "", {})

    def _page(self, visit: Visit, secret: str, errors: dict[str, str]) -> str:
        days = {token.id: _day(token.made_at) for token in self._users.tokens}
        return visit.html("tokens", tokens=self._users.tokens, days=days, secret=secret, errors=errors, form=visit.form)

    def _change(self, visit: Visit) -> str:
        if visit.form.get("do") == "remove":
            self._users.remove_token(visit.form.get("id", ""))
            visit.notice(_("The token opens nothing any more."))
            return see("/tokens")
        name, extension = visit.form.get("name", "").strip()[:_NAME_MAX], visit.form.get("extension", "").strip()
        role = role_named(visit.form.get("role", ""))
        errors = {} if name else {"name": _("Please give it a name, to know it again.")}
        if role is Role.RESIDENT and not EXTENSION.fullmatch(extension):
            errors["extension"] = _("An extension has 2 to 6 digits.")
        if errors or role is None:
            bottle.response.status = 422
            return self._page(visit, "", errors)
        try:
            secret = self._users.make_token(name, role, extension if role is Role.RESIDENT else "")
        except (OSError, ValueError) as error:
            raise Refused(_("No more tokens can be kept. Please remove one.")) from error
        return self._page(visit, secret, {})


def _day(made_at: int) -> str:
    return datetime.datetime.fromtimestamp(made_at, datetime.UTC).date().isoformat()
