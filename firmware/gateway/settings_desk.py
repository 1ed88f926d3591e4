"""Settings as the control socket shows and changes them. Runs on the socket's threads: reads what is, posts changes."""

import threading
from collections.abc import Callable, Mapping, Sequence

from firmware import countries
from firmware.control import Refused
from firmware.gateway import plain
from firmware.judge import judge
from firmware.settings import Settings, SettingsRefused, SipTrunk, look_up, schema, value_at
from firmware.settings import plain as plain_settings
from firmware.settings.paging import Pages
from firmware.settings.revision import preview
from firmware.settings.store import Loaded, Store
from firmware.telephony.numbering import dialplan

# 2,000 extensions are a megabyte, which is the most that one answer holds, and take 0.1 s of the interpreter.
_ENTRIES_MAX = 2000


class SettingsDesk:
    """Settings as others see and change them: judged by the declarations and by what the country makes of them."""

    def __init__(self, store: Store, loaded: Loaded, on_change: Callable[[Settings], None]) -> None:
        self._store = store
        self._settings = loaded.settings
        self._problems = [*loaded.problems, *_warnings(loaded.settings)]
        self._on_change = on_change
        self._pages = Pages()
        self._lock = threading.Lock()

    @property
    def problems(self) -> Sequence[str]:
        """What was wrong with the stored settings, until they are changed; what works otherwise than meant."""
        return self._problems

    def get(self, path: str = "") -> object:
        """The setting at `path`, secrets masked; raises Refused for a path that leads nowhere, or to too much."""
        try:
            _refuse_too_much(look_up(self._settings, path))
            return value_at(self._settings, path)
        except SettingsRefused as error:
            raise Refused(str(error)) from error

    def page(self, path: str, query: str = "", start: int = 0, count: int = 50) -> dict[str, object]:
        """Entries of a table (see `settings.paging`); raises Refused for what is none."""
        try:
            page = self._pages.page(self._settings, str(path), str(query), int(start), int(count))
        except SettingsRefused as error:
            raise Refused(str(error)) from error
        except (TypeError, ValueError) as error:
            raise Refused("start and count are whole numbers") from error
        return {"total": page.total, "entries": [list(entry) for entry in page.entries]}

    def dump(self) -> object:
        """All settings, secrets masked; raises Refused where they are too many for one answer."""
        _refuse_too_much(self._settings)
        return plain_settings(self._settings)

    def set(self, changes: Mapping[str, object]) -> dict[str, object]:
        """Make the changes, judged whole; raises Refused with every error in words."""
        try:
            settings = self.change(changes)
        except SettingsRefused as error:
            raise Refused(str(error)) from error
        return {"errors": [], "warnings": _warnings(settings)}

    def change(self, changes: Mapping[str, object]) -> Settings:
        """The same for the gateway itself; raises SettingsRefused."""
        with self._lock:
            self._settings = self._store.update(changes)
            self._problems = _warnings(self._settings)
            self._on_change(self._settings)
            return self._settings

    def as_saved(self, trunk: Mapping[str, object]) -> tuple[Settings, SipTrunk]:
        """The settings as they would be with this trunk, judged whole; nothing is stored. Raises Refused in words.

        A trunk that is there already is known by its name, and keeps its password where that is masked.
        """
        present = self._settings
        names = [each.name for each in present.trunks]
        place = str(names.index(str(trunk.get("name")))) if trunk.get("name") in names else "-"
        try:
            judged = preview(present, {f"trunks/{place}": dict(trunk)}, judge)
        except SettingsRefused as error:
            raise Refused(str(error)) from error
        return judged, judged.trunks[int(place) if place != "-" else -1]

    def schema(self) -> object:
        """The declarations, for forms."""
        return schema()


def _refuse_too_much(value: object) -> None:
    parts = [part for _name, part in value] if isinstance(value, Settings) else [value]
    entries = max((len(part) for part in parts if isinstance(part, (dict, list))), default=0)
    if entries > _ENTRIES_MAX:
        raise Refused(f"holds {entries} entries, too many for one answer: ask for parts of it")


def _warnings(settings: Settings) -> list[str]:
    """What works, but not as somebody may think: one sentence each."""
    plan = plain.dial_plan(settings, countries.load(settings.country))
    return dialplan.validate(plan)
