"""The first steps, at most six; they can be left and taken up again. Knows no password."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import bottle

from firmware import countries
from firmware.providers import Provider
from firmware.settings.durable import DurableFile
from firmware.webadmin import language
from firmware.webadmin.door import Route, see
from firmware.webadmin.first_steps import trying, uplink
from firmware.webadmin.first_steps.trying import Trial
from firmware.webadmin.forms import fields
from firmware.webadmin.forms.fields import Field, Group
from firmware.webadmin.forms.settings_source import SettingsRefused, SettingsSource
from firmware.webadmin.language import N_, _
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit

_LOG = logging.getLogger(__name__)

START = "/wizard"
STEPS = (
    ("country", N_("Country")),
    ("telephones", N_("Telephones")),
    ("uplink", N_("Outside account")),
    ("outside-line", N_("Outside line")),
    ("emergency", N_("Emergency number")),
    ("done", N_("Done")),
)
_NAMES = tuple(name for name, _label in STEPS)
_FILE_BYTES_MAX = 1000
# Of a line and of a telephone, what most people have to say; the settings have the rest.
_LINE_OPEN = frozenset({"outside_lines/*/destination", "outside_lines/*/dial_with"})
_TELEPHONE_OPEN = frozenset({"telephones/*/extension", "telephones/*/name"})
_HOMES = {"de": "DE"}  # English is spoken in too many
_COUNTRIES = {"DE": N_("Germany"), "UK": N_("United Kingdom"), "US": N_("United States")}


class Progress:
    """How far somebody has come, in `wizard.json`: it outlives a restart in between."""

    def __init__(self, folder: Path) -> None:
        self._file = DurableFile(folder / "wizard.json")

    @property
    def step(self) -> str:
        """The step to go on with; "" when it was never begun."""
        try:
            with self._file.path.open("rb") as file:
                step = json.loads(file.read(_FILE_BYTES_MAX)).get("step")
        except (OSError, ValueError, AttributeError):
            return ""
        return step if step in _NAMES else ""

    @property
    def is_unfinished(self) -> bool:
        """Whether it was begun and left."""
        return self.step not in ("", "done")

    def keep(self, step: str) -> None:
        """A storage that is full must not stop anybody here."""
        try:
            with self._file.locked():
                self._file.replace(json.dumps({"step": step}).encode())
        except OSError as error:
            _LOG.warning("wizard.json cannot be saved: %s", error.strerror)


class Wizard:
    """The routes of /wizard."""

    def __init__(self, run: Path, source: SettingsSource, progress: Progress) -> None:
        self._run = run
        self._source = source
        self._progress = progress
        self._saving: Mapping[str, Callable[[Visit], str | None]] = {
            "country": self._save_country,
            "telephones": self._save_telephones,
            "uplink": self._save_uplink,
            "outside-line": self._save_line,
            "emergency": lambda visit: None,
            "done": lambda visit: None,
        }

    def routes(self) -> Iterator[Route]:
        """For the installer."""
        yield Route("GET", START, Role.INSTALLER, self._begin)
        yield Route("GET", f"{START}/<step:re:[a-z-]+>", Role.INSTALLER, self._show)
        yield Route("POST", f"{START}/<step:re:[a-z-]+>", Role.INSTALLER, self._change)

    def _begin(self, visit: Visit) -> str:
        step = self._progress.step
        return see(f"{START}/{step if step and step != 'done' else _NAMES[0]}")

    def _show(self, visit: Visit, step: str) -> str:
        if step not in _NAMES:
            raise bottle.HTTPError(404, "")
        return self._page(visit, step)

    def _change(self, visit: Visit, step: str) -> str:
        if step not in _NAMES:
            raise bottle.HTTPError(404, "")
        if step == "uplink" and visit.form.get("do") == "choose":
            return see(f"{START}/uplink?provider={uplink.chosen(visit.form.get('provider', '')).key}")
        if visit.form.get("do") != "skip":
            try:
                page = self._saving[step](visit)
            except SettingsRefused as error:
                bottle.response.status = 422
                return self._page(visit, step, error.errors)
            if page is not None:
                return page
        following = _NAMES[min(_NAMES.index(step) + 1, len(_NAMES) - 1)]
        self._progress.keep(following)
        return see("/" if step == "done" else f"{START}/{following}")

    def _page(
        self, visit: Visit, step: str, errors: Mapping[str, str] | None = None, trial: Trial | None = None
    ) -> str:
        if step == "done" or not self._progress.step:
            self._progress.keep(step)
        sent = visit.form if errors or trial else None
        is_held = visit.session is not None and bool(visit.session.held_password)
        chosen = self._provider(visit)
        groups = self._groups(step, sent, errors or {}, chosen, is_held=is_held)
        country = countries.load(self._country())
        index = _NAMES.index(step)
        loose = {path: text for path, text in (errors or {}).items() if not _is_shown(groups, path)}
        return visit.html(
            "wizard", step=step, index=index, steps=[(name, _(label)) for name, label in STEPS], groups=groups,
            before=_NAMES[index - 1] if index else "", trial=trial, errors=loose,
            countries=[(code, _(_COUNTRIES.get(code, code))) for code in countries.available()],
            country=self._proposed() or country.code,
            emergency=list(country.numbering.emergency_numbers), ways=self._ways(step),
            provider=chosen, providers=uplink.choices() if step == "uplink" and chosen is None else (),
        )  # fmt: skip

    def _groups(
        self,
        step: str,
        sent: Mapping[str, str] | None,
        errors: Mapping[str, str],
        chosen: Provider | None = None,
        *,
        is_held: bool = False,
    ) -> list[Group]:
        if step == "telephones":
            table = self._source.folder("telephones")
            folders = [(key, f"telephones/{key}", values) for key, values in table.items()]
            return [
                Group(_("Telephone {}").format(key), "", group.fields)
                for key, path, values in folders
                if isinstance(values, dict)
                for group in _prefixed(fields.groups(path, values, None, None, _TELEPHONE_OPEN), path, sent, errors)
            ]
        if step == "uplink":
            held = {"password": "set"} if is_held else {}
            return uplink.groups(chosen, {**self._uplink(), **held}, sent, errors) if chosen else []
        line = self._source.folder("outside_lines").get("1") if step == "outside-line" else None
        if isinstance(line, dict):
            near = {path.removeprefix("outside_lines/1/"): text for path, text in errors.items()}
            return fields.groups("outside_lines/1", line, sent, near, _LINE_OPEN)
        return []

    def _proposed(self) -> str:
        """Before the first choice, the country that the visitor's language speaks for; "": none."""
        return _HOMES.get(language.spoken(), "") if self._progress.step in ("", _NAMES[0]) else ""

    def _country(self) -> str:
        code = str(self._source.get("country"))
        return code if code in countries.available() else countries.available()[0]

    def _ways(self, step: str) -> list[str]:
        """Which ways out there are, for the emergency number."""
        if step != "emergency":
            return []
        lines = self._source.folder("outside_lines")
        trunks = self._source.get("trunks")
        names = [str(row.get("name")) for row in trunks if isinstance(row, dict)] if isinstance(trunks, list) else []
        return [*names, *(_("Outside line {}").format(key) for key in lines)]

    def _uplink(self) -> Mapping[str, object]:
        """The first account: the wizard makes it, and changes it when it comes by again; {} while there is none."""
        trunks = self._source.get("trunks")
        is_there = isinstance(trunks, list) and trunks and isinstance(trunks[0], dict)
        return trunks[0] if is_there else {}  # type: ignore[index]

    def _provider(self, visit: Visit) -> Provider | None:
        """Whose account it is: as chosen, else as it was; None while nobody has said."""
        said = visit.form.get("provider") or visit.query.get("provider", "")
        if said:
            return None if said == uplink.ANEW else uplink.chosen(said)
        values = self._uplink()
        return uplink.of(values) if values or visit.form else None

    def _save_country(self, visit: Visit) -> None:
        self._source.set({"country": visit.form.get("country", "")})

    def _save_telephones(self, visit: Visit) -> None:
        names = [field.name for group in self._groups("telephones", None, {}) for field in group.fields]
        self._source.set({name: visit.form[name].strip() for name in names if name in visit.form})

    def _save_line(self, visit: Visit) -> None:
        asked = fields.changes(self._groups("outside-line", None, {}), visit.form)
        if asked:
            self._source.set({f"outside_lines/1/{name}": value for name, value in asked.items()})

    def _save_uplink(self, visit: Visit) -> str | None:
        """Tried first; saved when it works, or when somebody who has seen why not wants it all the same."""
        values, provider = self._uplink(), self._provider(visit) or uplink.chosen("")
        asked = uplink.asked(provider, values, visit.form)
        if visit.session is not None:
            visit.session.held_password = visit.form.get("password", "") or visit.session.held_password
            if visit.session.held_password:
                asked["password"] = visit.session.held_password
        if visit.form.get("do") == "try":
            if not asked.get("domain", values.get("domain")):
                raise SettingsRefused({"trunks/0/domain": _("is missing")})
            # Under the name that it has: a password that is kept is found by it.
            named = {"name": values.get("name") or asked.get("name") or uplink.NEW_NAME}
            trial = trying.try_trunk(self._run, {**values, **asked, **named}, provider.key)
            if not trial.is_good:
                return self._page(visit, "uplink", trial=trial)
        base = "trunks/0" if values else "trunks/-"
        if not values:
            asked = {"name": visit.form.get("name") or uplink.NEW_NAME, **asked}
        if asked:
            self._source.set({f"{base}/{name}": value for name, value in asked.items()})
        if visit.session is not None:
            visit.session.held_password = ""
        return None


def _prefixed(
    groups: list[Group], path: str, sent: Mapping[str, str] | None, errors: Mapping[str, str]
) -> Iterator[Group]:
    """Fields of several entries in one form: named by their whole paths."""
    for group in groups:
        yield Group(group.label, group.help, tuple(_whole(field, path, sent, errors) for field in group.fields))


def _whole(field: Field, path: str, sent: Mapping[str, str] | None, errors: Mapping[str, str]) -> Field:
    name = f"{path}/{field.name}"
    value = field.value if sent is None else sent.get(name, "")
    return Field(
        name, field.kind, field.label, field.help, value, maximum=field.maximum, words=field.words,
        is_required=field.is_required, error=errors.get(name, ""), present=field.present,
    )  # fmt: skip


def _is_shown(groups: list[Group], path: str) -> bool:
    return any(path == field.name or path.endswith(f"/{field.name}") for group in groups for field in group.fields)
