"""The API: what the page does, as JSON, for programs with a token. Knows no form."""

import json
from collections.abc import Iterator
from pathlib import Path

import bottle

from firmware.control import ControlClient, Refused
from firmware.webadmin import openapi
from firmware.webadmin.access.residents import OPEN, own_extension
from firmware.webadmin.door import Route
from firmware.webadmin.forms.settings_source import SettingsRefused, SettingsSource
from firmware.webadmin.json_body import answer, sent
from firmware.webadmin.language import _
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit

_TIMEOUT_S = 5.0
_PATH = "<path:re:[A-Za-z0-9_.+/-]+>"


class Api:
    """The routes below /api."""

    def __init__(self, run: Path, source: SettingsSource) -> None:
        self._socket = run / "gateway.sock"
        self._source = source

    def routes(self) -> Iterator[Route]:
        """Each with the role that a token needs."""
        yield Route("GET", "/api/openapi.json", Role.ANYBODY, self._document)
        yield Route("GET", "/api/v1/status", Role.INSTALLER, self._status)
        yield Route("GET", "/api/v1/calls", Role.INSTALLER, self._calls)
        yield Route("GET", "/api/v1/settings", Role.INSTALLER, self._settings)
        yield Route("GET", f"/api/v1/settings/{_PATH}", Role.INSTALLER, self._setting)
        yield Route("PATCH", "/api/v1/settings", Role.INSTALLER, self._change)
        yield Route("GET", "/api/v1/mine", Role.RESIDENT, self._mine)
        yield Route("PATCH", "/api/v1/mine", Role.RESIDENT, self._change_mine)

    def _document(self, visit: Visit) -> str:
        return answer(openapi.document())

    def _status(self, visit: Visit) -> str:
        return answer(self._snapshot())

    def _calls(self, visit: Visit) -> str:
        snapshot = self._snapshot()
        return answer({key: snapshot.get(key) for key in ("calls", "channels")})

    def _settings(self, visit: Visit) -> str:
        return answer(self._source.get(""))

    def _setting(self, visit: Visit, path: str) -> str:
        try:
            if "count" in visit.query:
                query, start, count = visit.query.get("q", ""), _number(visit, "start"), _number(visit, "count")
                return answer(self._source.page(path, query, start, count))
            return answer(self._source.get(path))
        except Refused as error:
            raise bottle.HTTPError(404, "") from error

    def _change(self, visit: Visit) -> str:
        return self._set(_changes(visit.body))

    def _mine(self, visit: Visit) -> str:
        path, values = own_extension(self._source, visit.extension)
        if not path:
            raise bottle.HTTPError(404, "")
        return answer({"path": path, "settings": values})

    def _change_mine(self, visit: Visit) -> str:
        path, _values = own_extension(self._source, visit.extension)
        if not path:
            raise bottle.HTTPError(404, "")
        changes = _changes(visit.body)
        table = path.rpartition("/")[0]
        closed = [name for name in changes if f"{table}/*/{name}" not in OPEN]
        if closed:
            raise bottle.HTTPError(403, _("This is for the installer of the box."))
        return self._set({f"{path}/{name}": value for name, value in changes.items()})

    def _set(self, changes: dict[str, object]) -> str:
        try:
            return answer({"warnings": self._source.set(changes)})
        except SettingsRefused as error:
            body = json.dumps({"text": _("Nothing was saved."), "errors": error.errors})
            raise bottle.HTTPResponse(body, 422, {"Content-Type": "application/json"}) from error

    def _snapshot(self) -> dict[str, object]:
        with ControlClient(self._socket, _TIMEOUT_S) as gateway:
            snapshot = gateway.call("status")
        return snapshot if isinstance(snapshot, dict) else {}


def _number(visit: Visit, name: str) -> int:
    text = visit.query.get(name, "0")
    return int(text[:9]) if text.isascii() and text[:9].isdecimal() else 0


def _changes(body: bytes) -> dict[str, object]:
    """Settings by path; null deletes."""
    changes = sent(body)
    if not isinstance(changes, dict):
        raise bottle.HTTPError(400, _("The body has to be an object: settings by their paths."))
    return changes
