"""What a change makes of settings: only the parts that it touches are copied, judged and stored anew.

Of a box with 10,000 extensions one is changed without a pause in which audio would wait for the interpreter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from firmware.settings.check import Judge, SettingError, SettingsRefused, declared, ruled
from firmware.settings.declaration import Settings
from firmware.settings.describe import Kind, described
from firmware.settings.paths import changed, plain_changes, plain_value
from firmware.settings.salvage import salvage

_Keys = set[str] | None  # of a table; None: the whole setting is touched


@dataclass(frozen=True, slots=True)
class Revision:
    """Settings with what is stored of them: secrets in clear, defaults left out."""

    settings: Settings
    stored: Mapping[str, object]


def preview(settings: Settings, changes: Mapping[str, object], judge: Judge | None = None) -> Settings:
    """What the changes would make of `settings`. Raises SettingsRefused with every error."""
    return revise(Revision(settings, plain_changes(settings)), changes, judge).settings


def revise(before: Revision, changes: Mapping[str, object], judge: Judge | None = None) -> Revision:
    """Make the changes (see `paths.changed`), judge what comes of them. Raises SettingsRefused with every error."""
    touched = _touched(changes)
    raw = changed({name: _part(before.settings, name, keys) for name, keys in touched.items()}, changes)
    part, errors = declared(raw)
    if part is None:
        merged = _merged(before.stored, raw, touched)
        errors += ruled(merged, None, None, errors)
        raise SettingsRefused(*errors, *_judged_besides(before.settings, raw, touched, judge, errors))
    stored = _merged(before.stored, plain_changes(part), touched)
    settings = _with(before.settings, part, touched)
    errors = [*_overfull(settings, touched), *ruled(stored, settings, judge)]
    if errors:
        raise SettingsRefused(*errors)
    return Revision(settings, stored)


def _with(before: Settings, part: Settings, touched: Mapping[str, _Keys]) -> Settings:
    values = {name: _whole(before, part, name, keys) for name, keys in touched.items() if name in described()}
    return before.model_copy(update=values)


def _judged_besides(
    before: Settings,
    raw: Mapping[str, object],
    touched: Mapping[str, _Keys],
    judge: Judge | None,
    known: list[SettingError],
) -> Iterator[SettingError]:
    """What `judge`, which sees right settings only, says of the changes that have no other error."""
    if judge is not None:
        paths = {error.path for error in known}
        wanted = _with(before, salvage(raw)[0], touched)
        yield from (SettingError(path, text) for path, text in judge(wanted) if path not in paths)


def _touched(changes: Mapping[str, object]) -> dict[str, _Keys]:
    """Settings at the top that change, each with the keys of a table where nothing else of it does."""
    touched: dict[str, _Keys] = {}
    for path in changes:
        name, _, below = path.partition("/")
        is_entry = bool(below) and _is_table(name)
        keys = touched.setdefault(name, set())
        if not is_entry:
            touched[name] = None
        elif keys is not None:
            keys.add(below.partition("/")[0])
    return touched


def _is_table(name: str) -> bool:
    """A table that is empty unless somebody filled it: its entries stand for themselves."""
    entry = described().get(name)
    return entry is not None and entry.kind is Kind.TABLE and not entry.default


def _part(settings: Settings, name: str, keys: _Keys) -> object:
    value = getattr(settings, name, {})
    if keys is None:
        return plain_value(value, reveal=True)
    return {key: plain_value(value[key], reveal=True) for key in keys if key in value}


def _whole(before: Settings, part: Settings, name: str, keys: _Keys) -> object:
    value = getattr(part, name)
    if keys is None:
        return value
    return {key: item for key, item in getattr(before, name).items() if key not in keys or key in value} | value


def _merged(
    stored: Mapping[str, object], part: Mapping[str, object], touched: Mapping[str, _Keys]
) -> dict[str, object]:
    merged = dict(stored)
    for name, keys in touched.items():
        table, new = stored.get(name), part.get(name)
        if keys is not None:
            old = table if isinstance(table, dict) else {}
            new = {key: value for key, value in old.items() if key not in keys} | (new if isinstance(new, dict) else {})
        merged.pop(name, None)
        if new or (keys is None and new is not None):
            merged[name] = new
    return merged


def _overfull(settings: Settings, touched: Mapping[str, _Keys]) -> Iterator[SettingError]:
    """A table was judged by its changed entries alone."""
    for name, keys in touched.items():
        most = described()[name].maximum if name in described() else None
        if keys is not None and most is not None and len(getattr(settings, name)) > most:
            yield SettingError(name, f"holds {len(getattr(settings, name))}, and {most:g} is the most")
