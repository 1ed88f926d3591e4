"""Makes the best of settings with errors: what is wrong falls back to its default. Knows no store."""

import copy
from collections.abc import Iterator, Mapping

from firmware.settings.check import Judge, SettingError, check
from firmware.settings.declaration import Settings
from firmware.settings.paths import by_index, remove

_ROUNDS_MAX = 8  # a value, its entry, its table, its section: each removal can bring one more error to light


def salvage(raw: Mapping[str, object], judge: Judge | None = None) -> tuple[Settings, list[SettingError]]:
    """Settings to run on, and every error of `raw`; none when it is right as it is."""
    settings, errors = check(raw, judge)
    errors = [*errors, *_hidden(raw, judge, errors)]
    left, current = errors, copy.deepcopy(dict(raw))
    for _ in range(_ROUNDS_MAX):
        if settings is not None:
            return settings, errors
        # From the end: indexes stay true.
        for path in sorted({error.path for error in left}, key=by_index, reverse=True):
            _remove_or_above(current, path)
        settings, left = check(current, judge)
    return settings or Settings(), errors


def _hidden(raw: Mapping[str, object], judge: Judge | None, known: list[SettingError]) -> Iterator[SettingError]:
    """What `judge`, which sees right settings only, says of the part that has no other error."""
    if known and judge is not None:
        paths = {error.path for error in known}
        yield from (SettingError(path, text) for path, text in judge(salvage(raw)[0]) if path not in paths)


def _remove_or_above(values: dict[str, object], path: str) -> None:
    """Remove the value; where there is none (it is missing), the entry that misses it."""
    while path and not remove(values, path):
        path = path.rpartition("/")[0]
