"""Judges settings as a whole: all errors at once, by path, in words. Knows no store."""

import difflib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from firmware.settings.declaration import Settings
from firmware.settings.describe import Kind, describe, names_in
from firmware.settings.rules import broken_rules

_ERRORS_MAX = 100  # a file of a megabyte could bring ten thousand, and nobody reads them
_SHOWN_MAX = 40


@dataclass(frozen=True, slots=True)
class SettingError:
    """What is wrong with the setting at `path` (`trunks/0/password`; empty: with all of them), in words."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


Judge = Callable[[Settings], Iterable[tuple[str, str]]]
"""Judges settings that are right by themselves; gives path and words of what cannot be all the same."""


class SettingsRefused(Exception):
    """A change that would leave wrong settings, or cannot be saved; nothing was changed."""

    def __init__(self, *errors: SettingError) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors


def check(raw: Mapping[str, object], judge: Judge | None = None) -> tuple[Settings | None, list[SettingError]]:
    """The settings that `raw` (JSON data) means, or every error in it; `judge` knows what no declaration can."""
    settings, errors = declared(raw)
    errors = [*errors, *ruled(raw, settings, judge, errors)]
    return (None if errors else settings), errors


def declared(raw: Mapping[str, object]) -> tuple[Settings | None, list[SettingError]]:
    """The settings that `raw` means by their declarations alone, or every error."""
    try:
        return Settings.model_validate(raw), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        errors = [_in_words(dict(detail)) for detail in details[:_ERRORS_MAX]]
        if len(details) > len(errors):
            errors.append(SettingError("", f"and {len(details) - len(errors)} errors more"))
        return None, errors


def ruled(
    raw: Mapping[str, object], settings: Settings | None, judge: Judge | None, known: Iterable[SettingError] = ()
) -> Iterator[SettingError]:
    """Errors between settings, and those that only `judge` sees; not where `known` has spoken of the path."""
    paths = {error.path for error in known}
    yield from (SettingError(path, text) for path, text in broken_rules(raw) if path not in paths)
    if settings is not None and judge is not None:
        yield from (SettingError(path, text) for path, text in judge(settings))


def suggestion(wrong: str, known: Collection[str]) -> str:
    """`; did you mean "x"?`, or nothing."""
    close = difflib.get_close_matches(wrong, known, n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def _in_words(detail: dict[str, Any]) -> SettingError:
    location = [str(part) for part in detail["loc"]]
    is_key = bool(location) and location[-1] == "[key]"
    if is_key:
        location.pop()
    path = "/".join(location)
    described = describe(path)
    if detail["type"] == "extra_forbidden" or described is None:
        names = names_in("/".join(location[:-1]))
        return SettingError(path, f"there is no such setting{suggestion(location[-1], names)}")
    if detail["type"] == "missing":
        return SettingError(path, f"is missing: {described.expectation()}")
    if detail["type"] == "string_too_long":
        return SettingError(path, f"is longer than {described.maximum:g} characters")
    expectation = described.words if is_key else described.expectation()
    return SettingError(path, f"{_shown(detail['input'], described.kind)} is not {expectation}")


def _shown(value: object, kind: Kind) -> str:
    """The value as it was given; never a secret, nor what may hold one."""
    if kind in (Kind.SECRET, Kind.SECTION, Kind.TABLE, Kind.LIST) or isinstance(value, (dict, list)):
        return "this"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}..."
