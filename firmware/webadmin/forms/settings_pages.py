"""A page for each section and table of the declared settings. Knows no setting by name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import bottle

from firmware.control import Refused
from firmware.settings import Described, Kind, describe, described
from firmware.webadmin.door import Route, see
from firmware.webadmin.forms import fields
from firmware.webadmin.forms.fields import Group
from firmware.webadmin.forms.settings_source import SettingsRefused, SettingsSource
from firmware.webadmin.language import _, ngettext
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit

ROOT = "box"  # the page of the settings that lie in no section; no section is called so
NEW = "+"
PAGE_ROWS = 50
_COLUMNS_MAX = 3
_PATH = "<path:re:[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*>"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the settings a page is: the folder, and what is declared about it."""

    path: str  # of the folder; for an entry to be made, with `+` as its key
    entry: Described | None
    is_new: bool
    is_entry: bool

    @property
    def url(self) -> str:
        return f"/settings/{self.path or ROOT}"

    @property
    def table(self) -> str:
        """The table that an entry is in."""
        return self.path.rpartition("/")[0]

    @property
    def key(self) -> str:
        return self.path.rpartition("/")[2]


class SettingsPages:
    """The routes below /settings."""

    def __init__(self, source: SettingsSource) -> None:
        self._source = source

    def routes(self) -> Iterator[Route]:
        """For the installer alone."""
        yield Route("GET", "/settings", Role.INSTALLER, self._index)
        yield Route("GET", f"/settings/{_PATH}", Role.INSTALLER, self._show)
        yield Route("POST", f"/settings/{_PATH}", Role.INSTALLER, self._change)

    def _index(self, visit: Visit) -> str:
        return visit.html("settings", sections=list(self._sections()))

    def _show(self, visit: Visit, path: str) -> str:
        place = place_of(path)
        if place.entry is not None and fields.is_table(place.entry):
            return self._table(visit, place)
        values = self._values(place)
        return self._form(visit, place, values, fields.groups(place.path, values))

    def _change(self, visit: Visit, path: str) -> str:
        place = place_of(path)
        if place.entry is not None and fields.is_table(place.entry):
            raise bottle.HTTPError(405, "")
        if visit.form.get("do") == "remove" and place.is_entry and not place.is_new:
            return self._remove(visit, place)
        values = self._values(place)
        if place.is_entry and not place.is_new and visit.form.get("was", "") != title_of(values, place.key):
            raise Refused(_("Somebody else has changed this list meanwhile. Please look at it again."))
        asked = fields.changes(fields.groups(place.path, values), visit.form)
        base = self._base(place, visit)
        changes = {f"{base}/{name}".strip("/"): value for name, value in asked.items()}
        if not changes and not place.is_new:
            visit.notice(_("Nothing was changed."), "idle")
            return see(place.url)
        try:
            warnings = self._source.set(changes or {base: {}})
        except SettingsRefused as error:
            return self._refused(visit, place, values, self._near(error.errors, place, base, values))
        _say_saved(visit, warnings)
        return see(f"/settings/{place.table}" if place.is_new else place.url)

    def _remove(self, visit: Visit, place: Place) -> str:
        if visit.form.get("was", "") != title_of(self._values(place), place.key):
            raise Refused(_("Somebody else has changed this list meanwhile. Please look at it again."))
        try:
            warnings = self._source.set({place.path: None})
        except SettingsRefused as error:
            return self._refused(visit, place, self._values(place), {"": "; ".join(error.errors.values())}, keep=True)
        _say_saved(visit, warnings, _("Removed. This is in effect now."))
        return see(f"/settings/{place.table}")

    def _base(self, place: Place, visit: Visit) -> str:
        """The path that the form's names are below: of a new entry, its key is in the form, or `-` appends."""
        if not place.is_new:
            return place.path
        entry = describe(place.table)
        if entry is not None and entry.kind is Kind.LIST:
            return f"{place.table}/-"
        key = visit.form.get("+key", "").strip()
        if not re.fullmatch(r"[A-Za-z0-9_+.-]{1,40}", key) or key in (NEW, "-"):
            raise Refused(_("{} has to be given.").format(_key_label(place)))
        if self._source.has(f"{place.table}/{key}"):
            raise Refused(_("{} is there already: please change that one.").format(key))
        return f"{place.table}/{key}"

    def _near(self, errors: Mapping[str, str], place: Place, base: str, values: Mapping[str, object]) -> dict[str, str]:
        """Errors by field name; those of other folders keep their path, with a slash in front."""
        if base.endswith("/-"):  # the gateway counts it as the last
            base = f"{place.table}/{self._source.count(place.table)}"
        near: dict[str, str] = {}
        names = {field.name for group in fields.groups(place.path, values) for field in group.fields}
        for path, text in errors.items():
            name = path.removeprefix(f"{base}/") if base else path
            is_near = any(name == known or name.startswith(f"{known}/") for known in names)
            near["+key" if path == base and place.is_new else name if is_near else f"/{path}" if path else ""] = text
        return near

    def _refused(
        self,
        visit: Visit,
        place: Place,
        values: Mapping[str, object],
        errors: Mapping[str, str],
        *,
        keep: bool = False,
    ) -> str:
        bottle.response.status = 422
        sent = None if keep else visit.form
        return self._form(visit, place, values, fields.groups(place.path, values, sent, errors), errors)

    def _form(
        self,
        visit: Visit,
        place: Place,
        values: Mapping[str, object],
        groups: list[Group],
        errors: Mapping[str, str] | None = None,
    ) -> str:
        table = describe(place.table) if place.is_entry else None
        return visit.html(
            "section",
            place=place,
            title=_title(place, values),
            help=_(place.entry.help) if place.entry else "",
            groups=groups,
            links=[] if place.is_new or not place.path else fields.links(place.path, values),
            was=title_of(values, place.key) if place.is_entry else "",
            table=table,
            has_key=table is not None and table.kind is Kind.TABLE,
            key_label=_key_label(place) if place.is_new else "",
            key=visit.form.get("+key", "") or self._free_key(place),
            errors={name: text for name, text in (errors or {}).items() if name == "" or name.startswith("/")},
            key_error=(errors or {}).get("+key", ""),
            wrong=[field for group in groups for field in group.fields if field.error],
        )

    def _table(self, visit: Visit, place: Place) -> str:
        query = visit.query.get("q", "")[:60]
        number = visit.query.get("page", "1")
        page = max(1, int(number[:6])) if number[:6].isdecimal() else 1
        part = self._source.part(place.path, query, (page - 1) * PAGE_ROWS, PAGE_ROWS)
        assert place.entry is not None
        columns = columns_of(place.entry)
        pages = max(1, -(-part.total // PAGE_ROWS))
        found = ngettext("{} entry", "{} entries", part.total).format(part.total)
        return visit.html(
            "table", place=place, title=_(place.entry.label), help=_(place.entry.help), query=query, found=found,
            columns=[_(column.label) for column in columns], has_keys=place.entry.kind is Kind.TABLE,
            rows=[(key, title_of(row, key), [_cell(row, column) for column in columns]) for key, row in part.entries],
            page=page, pages=pages, new=NEW, is_full=_is_full(place.entry, part.total, query),
        )  # fmt: skip

    def _values(self, place: Place) -> Mapping[str, object]:
        if place.is_new:
            return {}
        try:
            if not place.path:  # not the whole, which would bring every extension
                names = [fields.name_of(entry) for entry in fields.below("") if not _has_page(entry)]
                return {name: self._source.get(name) for name in names}
            return self._source.folder(place.path)
        except Refused as error:
            raise bottle.HTTPError(404, "") from error

    def _free_key(self, place: Place) -> str:
        """The first number that no entry has: a proposal."""
        if not place.is_new:
            return ""
        part = self._source.part(place.table, "", 0, PAGE_ROWS)
        if part.total > PAGE_ROWS:
            return ""
        existing = {key for key, _row in part.entries}
        return next(str(number) for number in range(1, PAGE_ROWS + 2) if str(number) not in existing)

    def _sections(self) -> Iterator[tuple[str, str, str, str]]:
        """Path, label, help and count of each page of the index."""
        yield ROOT, _("The box"), _("Country, codecs and the log."), ""
        for entry in fields.below(""):
            if _has_page(entry):
                count = str(self._source.count(entry.path)) if fields.is_table(entry) else ""
                yield entry.path, _(entry.label), _(entry.help), count


def place_of(url_path: str) -> Place:
    """The place of a page; 404 where nothing is declared."""
    if url_path == ROOT:
        return Place("", None, False, False)
    *way, last = url_path.split("/")
    is_new = last == NEW
    entry = describe("/".join([*way, "0"]) if is_new else url_path)
    if entry is None or (entry.kind is not Kind.SECTION and not fields.is_table(entry)):
        raise bottle.HTTPError(404, "")
    is_entry = entry.path.endswith("/*")
    if is_new and not is_entry:
        raise bottle.HTTPError(404, "")
    return Place(url_path, entry, is_new, is_entry)


def title_of(values: Mapping[str, object], key: str) -> str:
    """What an entry is called: its name, else its key."""
    name = values.get("name")
    return name if isinstance(name, str) and name else key


def columns_of(table: Described) -> list[Described]:
    """What a table shows of its entries: what is required, then texts."""
    inside = [entry for entry in fields.below(f"{table.path}/0") if entry.kind in (Kind.TEXT, Kind.WHOLE)]
    inside.sort(key=lambda entry: (not entry.is_required, entry.kind is not Kind.TEXT))
    return inside[:_COLUMNS_MAX]


def _cell(row: Mapping[str, object], column: Described) -> str:
    return fields.shown(row.get(fields.name_of(column), column.default))


def _has_page(entry: Described) -> bool:
    return entry.kind is Kind.SECTION or fields.is_table(entry)


def _title(place: Place, values: Mapping[str, object]) -> str:
    if place.entry is None:
        return _("The box")
    if not place.is_entry:
        return _(place.entry.label)
    table = described()[place.entry.path.removesuffix("/*")]
    if place.is_new:
        return _("{}: a new one").format(_(table.label))
    return f"{_(table.label)}: {title_of(values, place.key)}"


def _key_label(place: Place) -> str:
    table = describe(place.table)
    return (_(table.words) if table and table.words else _("Key")) if place.is_new else ""


def _is_full(table: Described, total: int, query: str) -> bool:
    return table.kind is Kind.LIST and not query and table.maximum is not None and total >= table.maximum


def _say_saved(visit: Visit, warnings: list[str], text: str = "") -> None:
    visit.notice(text or _("Saved. This is in effect now."))
    for warning in warnings:
        visit.notice(warning, "warn")
