"""Settings as plain JSON data: look-up and change by path, secrets masked. Knows no store."""

import copy
import json
from collections.abc import Mapping

from pydantic import BaseModel, SecretStr

from firmware.settings.check import SettingError, SettingsRefused, suggestion
from firmware.settings.declaration import Settings
from firmware.settings.describe import Kind, describe, names_in

MASK = "********"  # stands for a secret that is set; written back, it means "as it was"

_CHANGES_MAX = 500  # more than there are settings on a full box; bounds what one request can cost
_PATH_MAX = 200

_Plain = dict[str, object]


def plain(settings: Settings, reveal: bool = False) -> _Plain:
    """All settings as JSON data; secrets as MASK (empty when not set) unless `reveal`."""
    return {name: plain_value(value, reveal) for name, value in settings}


def plain_changes(settings: Settings) -> _Plain:
    """What differs from the defaults, secrets in clear: what is stored."""
    return {name: plain_value(value, reveal=True) for name, value in settings.model_dump(exclude_defaults=True).items()}


def plain_value(value: object, reveal: bool = False) -> object:
    """Any part of the settings as JSON data. In Python throughout: a large table must not hold the interpreter."""
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return secret if reveal or not secret else MASK
    if isinstance(value, BaseModel):
        return {name: plain_value(item, reveal) for name, item in value}
    if isinstance(value, dict):
        return {key: plain_value(item, reveal) for key, item in value.items()}
    return [plain_value(item, reveal) for item in value] if isinstance(value, list) else value


def value_at(settings: Settings, path: str) -> object:
    """The setting at `path` as JSON data, secrets masked. Raises SettingsRefused."""
    return plain_value(look_up(settings, path))


def look_up(values: Mapping[str, object] | Settings, path: str) -> object:
    """The value at `path`; "" is everything. Raises SettingsRefused."""
    value: object = values
    for part in path.split("/") if path else ():
        value = dict(value) if isinstance(value, BaseModel) else value
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part[:9]) < len(value):
            value = value[int(part)]
        else:
            known = list(value) if isinstance(value, Mapping) else []
            raise _refused(path, f"there is no such setting{suggestion(part, known)}")
    return value


def expect(path: str) -> None:
    """Raises SettingsRefused where no setting can be."""
    folder, _, last = path.rpartition("/")
    if describe(path) is None:
        raise _refused(path, f"there is no such setting{suggestion(last, names_in(folder))}")


def changed(values: Mapping[str, object], changes: Mapping[str, object]) -> _Plain:
    """`values` (secrets in clear) with changes made, deletions last. Raises SettingsRefused.

    A value of None deletes: a setting is its default again, an entry of a list or table is gone. `-` in a
    path appends to a list, once for all paths of one change. A MASK keeps the secret that was there.
    """
    if len(changes) > _CHANGES_MAX or any(len(path) > _PATH_MAX for path in changes):
        raise _refused("", f"more than {_CHANGES_MAX} changes, or a path above {_PATH_MAX} characters")
    if "" in changes:
        raise _refused("", "a change needs the path of a setting")
    result = copy.deepcopy(dict(values))
    appended: dict[int, object] = {}
    deletions = [path for path, value in changes.items() if value is None]
    for path, value in changes.items():
        if value is not None:
            _put(result, path, value, appended)
    for path in sorted(deletions, key=by_index, reverse=True):  # from the end: indexes stay true
        remove(result, path)
    _keep_secrets(result, values, "")
    return result


def remove(values: _Plain, path: str) -> bool:
    """Take the value at `path` out, if it is there; says whether it was."""
    *way, last = path.split("/")
    try:
        container = look_up(values, "/".join(way))
        look_up(values, path)
    except SettingsRefused:
        return False
    if isinstance(container, list):
        del container[int(last)]
    elif isinstance(container, dict):
        del container[last]
    return True


def value_of_text(path: str, text: str) -> object:
    """What a person who types `path=text` means: JSON, but text as it stands where the setting is a text."""
    described = describe(path)
    is_text = described is not None and described.kind in (Kind.TEXT, Kind.SECRET, Kind.CHOICE)
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    if not is_text or (described is not None and described.kind is Kind.CHOICE and value in described.choices):
        return value
    return value if isinstance(value, str) and described is not None and described.kind is Kind.TEXT else text


def _put(values: _Plain, path: str, value: object, appended: dict[int, object]) -> None:
    container: object = values
    *way, last = path.split("/")
    for part in way:
        container = _step(container, part, path, appended)
    if isinstance(container, dict):
        container[last] = copy.deepcopy(value)
    elif isinstance(container, list) and last == "-":
        container.append(copy.deepcopy(value))
    elif isinstance(container, list):
        container[_index(container, last, path)] = copy.deepcopy(value)
    else:
        raise _refused(path, "there is no such setting")


def _step(container: object, part: str, path: str, appended: dict[int, object]) -> object:
    if isinstance(container, dict):
        return container.setdefault(part, {})
    if not isinstance(container, list):
        raise _refused(path, "there is no such setting")
    if part != "-":
        return container[_index(container, part, path)]
    if id(container) not in appended:
        appended[id(container)] = {}
        container.append(appended[id(container)])
    return appended[id(container)]


def _index(items: list[object], part: str, path: str) -> int:
    if part.isdecimal() and int(part[:9]) < len(items):
        return int(part)
    raise _refused(path, f'"{part}" is no entry of it: there are {len(items)}, counted from 0; "-" adds one')


def by_index(path: str) -> tuple[tuple[int, str], ...]:
    """To sort paths by: entries of lists come in the order of their numbers."""
    return tuple((int(part[:9]) if part.isdecimal() else -1, part) for part in path.split("/"))


def _keep_secrets(new: object, old: object, path: str) -> None:
    """Put the old secrets back where the new values hold the MASK."""
    entries = new.items() if isinstance(new, dict) else enumerate(new) if isinstance(new, list) else ()
    for key, value in entries:
        below = f"{path}/{key}".lstrip("/")
        before = _counterpart(value, key, old)
        described = describe(below) if value == MASK else None
        if described is None or described.kind is not Kind.SECRET:
            _keep_secrets(value, before, below)
        elif isinstance(before, str) and before and isinstance(new, (dict, list)):
            new[key] = before
        else:
            raise _refused(below, "has to be given: there is none to keep")


def _counterpart(value: object, key: object, old: object) -> object:
    """The old value for a new one. Entries of lists are known by name: no provider gets another's secret."""
    if isinstance(old, Mapping):
        return old.get(key)
    if not isinstance(old, list) or not isinstance(value, dict):
        return None
    return next((item for item in old if isinstance(item, dict) and item.get("name") == value.get("name")), None)


def _refused(path: str, text: str) -> SettingsRefused:
    return SettingsRefused(SettingError(path, text))
