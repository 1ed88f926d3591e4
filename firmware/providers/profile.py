"""What a provider's profile holds, checked as it is read. Knows no settings but their names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_KNOWN = frozenset({"name", "about", "domains", "echo_test", "voicemail", "trunk", "ask", "compose"})
_NUMBER = re.compile(r"[0-9*#]{1,20}")
_FIELD = re.compile(r"\{([a-z]+)\}")
_ASKED_MAX = 8  # a form that people fill in
_TEXT_MAX = 300


class ProviderError(ValueError):
    """A profile is wrong; the text says where and how."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What only the owner of an account knows: `key` is a setting of the trunk, or a part of one that is composed."""

    key: str
    label: str = ""
    help: str = ""
    pattern: str = ".*"
    words: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """`trunk`: settings that are the same for every account; `compose`: settings made of what is asked."""

    key: str
    name: str
    about: str = ""
    domains: tuple[str, ...] = ()
    echo_test: str = ""
    voicemail: str = ""
    trunk: Mapping[str, object] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()
    compose: Mapping[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[Asked, ...]:
        """Of what is asked, that which is no setting by itself."""
        return tuple(asked for asked in self.asked if asked.label)

    def problems(self, answers: Mapping[str, str]) -> tuple[Asked, ...]:
        """The parts that are not answered as they should be."""
        return tuple(part for part in self.parts if not re.fullmatch(part.pattern, answers.get(part.key, "")))

    def composed(self, answers: Mapping[str, str]) -> dict[str, str]:
        """The settings that the parts make."""
        return {name: _FIELD.sub(lambda found: answers[found[1]], form) for name, form in self.compose.items()}

    def parts_of(self, trunk: Mapping[str, object]) -> dict[str, str]:
        """The parts of a trunk that is there, as far as it was composed so."""
        found: dict[str, str] = {}
        patterns = {part.key: part.pattern for part in self.parts}
        for name, form in self.compose.items():
            pieces = _FIELD.split(form)  # text and keys in turn
            expression = "".join(
                f"(?P<{piece}>{patterns[piece]})" if odd % 2 else re.escape(piece) for odd, piece in enumerate(pieces)
            )
            if match := re.fullmatch(expression, str(trunk.get(name, ""))):
                found |= match.groupdict()
        return found


def read_provider(key: str, file_name: str, values: Mapping[str, object]) -> Provider:
    """Check a whole profile. Raises ProviderError that names file and key."""
    for unknown in sorted(values.keys() - _KNOWN):
        raise ProviderError(f"{file_name}: {unknown} is not known")
    asked = values.get("ask", [])
    if not isinstance(asked, list) or not 1 <= len(asked) <= _ASKED_MAX:
        raise ProviderError(f"{file_name}: ask must be a list of 1 to {_ASKED_MAX}")
    provider = Provider(
        key,
        _text(file_name, values, "name"),
        _text(file_name, values, "about", ""),
        tuple(_texts(file_name, values, "domains")),
        _number(file_name, values, "echo_test"),
        _number(file_name, values, "voicemail"),
        _table(file_name, values, "trunk"),
        tuple(_asked(file_name, each) for each in asked),
        {name: str(form) for name, form in _table(file_name, values, "compose").items()},
    )
    parts = {part.key for part in provider.parts}
    used = {part for form in provider.compose.values() for part in _FIELD.findall(form)}
    if parts != used:
        raise ProviderError(f"{file_name}: compose uses {sorted(used)}, and the parts asked are {sorted(parts)}")
    return provider


def _asked(file_name: str, values: object) -> Asked:
    if not isinstance(values, dict):
        raise ProviderError(f"{file_name}: ask holds tables")
    texts = {name: _text(file_name, values, name, "") for name in ("label", "help", "words")}
    pattern = _text(file_name, values, "pattern", ".*")
    try:
        re.compile(pattern)
    except re.error as error:
        raise ProviderError(f"{file_name}: pattern {pattern!r}: {error}") from error
    return Asked(_text(file_name, values, "key"), texts["label"], texts["help"], pattern, texts["words"])


def _text(file_name: str, values: Mapping[str, object], key: str, default: str | None = None) -> str:
    value = values.get(key, default)
    if not isinstance(value, str) or len(value) > _TEXT_MAX:
        raise ProviderError(f"{file_name}: {key} must be a text of up to {_TEXT_MAX} characters")
    return value


def _texts(file_name: str, values: Mapping[str, object], key: str) -> list[str]:
    value = values.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ProviderError(f"{file_name}: {key} must be a list of texts")
    return value


def _table(file_name: str, values: Mapping[str, object], key: str) -> dict[str, object]:
    value = values.get(key, {})
    if not isinstance(value, dict):
        raise ProviderError(f"{file_name}: {key} must be a table")
    return value


def _number(file_name: str, values: Mapping[str, object], key: str) -> str:
    number = _text(file_name, values, key, "")
    if number and not _NUMBER.fullmatch(number):
        raise ProviderError(f"{file_name}: {key} must be a number as it is dialled, not {number!r}")
    return number
