"""What a resident sees: the own extension, and what of it may be changed. Knows no password."""

from collections.abc import Iterator, Mapping

import bottle

from firmware.settings import Kind, described
from firmware.webadmin.door import Route, see
from firmware.webadmin.forms import fields
from firmware.webadmin.forms.settings_source import SettingsRefused, SettingsSource
from firmware.webadmin.language import _
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit

# Path patterns, below the table of extensions. All else of an extension is the installer's.
OPEN = frozenset({"telephones/*/name", "telephones/*/receive_gain_db", "telephones/*/transmit_gain_db"})
_SEARCHED_MAX = 50


class ResidentPages:
    """The routes of /mine."""

    def __init__(self, source: SettingsSource) -> None:
        self._source = source

    def routes(self) -> Iterator[Route]:
        """For residents; the installer has no extension and sees all."""
        yield Route("GET", "/mine", Role.RESIDENT, self._show)
        yield Route("POST", "/mine", Role.RESIDENT, self._change)

    def _show(self, visit: Visit) -> str:
        path, values = own_extension(self._source, visit.extension)
        return visit.html("mine", groups=fields.groups(path, values, only=OPEN) if path else [], wrong=[], errors={})

    def _change(self, visit: Visit) -> str:
        path, values = own_extension(self._source, visit.extension)
        if not path:
            raise bottle.HTTPError(404, "")
        asked = fields.changes(fields.groups(path, values, only=OPEN), visit.form)
        try:
            warnings = self._source.set({f"{path}/{name}": value for name, value in asked.items()}) if asked else []
        except SettingsRefused as error:
            near = {at.removeprefix(f"{path}/"): text for at, text in error.errors.items()}
            groups = fields.groups(path, values, visit.form, near, only=OPEN)
            wrong = [field for group in groups for field in group.fields if field.error]
            bottle.response.status = 422
            return visit.html("mine", groups=groups, wrong=wrong, errors={"": ""} if not wrong else {})
        visit.notice(_("Saved. This is in effect now."))
        for warning in warnings:
            visit.notice(warning, "warn")
        return see("/mine")


def own_extension(source: SettingsSource, extension: str) -> tuple[str, Mapping[str, object]]:
    """Path and values of the entry that has this extension; "" when there is none (any more)."""
    for table in extension_tables():
        for key, row in source.part(table, extension, 0, _SEARCHED_MAX).entries:
            if extension and row.get("extension") == extension:
                return f"{table}/{key}", row
    return "", {}


def extension_tables() -> list[str]:
    """The tables whose entries have an extension."""
    return [
        path.removesuffix("/*/extension")
        for path, entry in described().items()
        if path.endswith("/*/extension") and path.count("/") == 2 and entry.kind is Kind.TEXT
    ]
