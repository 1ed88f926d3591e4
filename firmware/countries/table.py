"""One table of a country's TOML, whose values are handed out checked; knows no country and no telephony."""

import difflib
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

_MAX_STEPS = 64
_DIGITS = re.compile(r"[0-9]{1,15}")  # ITU-T E.164: at most 15


class CountryError(ValueError):
    """A profile is wrong; the text says where and how."""


class Table:
    """One table of a TOML file: hands out its values checked, and tells what nobody asked for."""

    def __init__(self, where: str, values: object) -> None:
        self.where = where
        if not isinstance(values, Mapping):
            raise CountryError(f"{where} must be a table")
        self._values: Mapping[str, object] = values
        self._known: list[str] = []

    def at(self, key: str) -> str:
        """The words for a key's place."""
        return f"{self.where}: {key}" if self.where.endswith(".toml") else f"{self.where}.{key}"

    def has(self, key: str) -> bool:
        """True if the key is there; from now on it is a known one."""
        self._known.append(key)
        return key in self._values

    def take(self, key: str) -> object:
        """A value of any kind. Raises CountryError if it is not there."""
        if not self.has(key):
            near = difflib.get_close_matches(key, self._values, n=1)
            hint = f" (is {near[0]!r} meant to be it?)" if near else ""
            raise CountryError(f"{self.at(key)} is missing{hint}")
        return self._values[key]

    def number(self, key: str, low: float, high: float) -> float:
        """A number within bounds."""
        return number(self.at(key), self.take(key), low, high)

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.number(key, low, high)
        if value != int(value):
            raise CountryError(f"{self.at(key)} must be a whole number, not {value}")
        return int(value)

    def text(self, key: str) -> str:
        """A string."""
        return text(self.at(key), self.take(key))

    def digits(self, key: str) -> str:
        """A string of digits."""
        return digits(self.at(key), self.take(key))

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """One of some words."""
        return one_of(self.at(key), self.take(key), choices)

    def table(self, key: str) -> "Table":
        """A table."""
        return Table(self.at(key), self.take(key))

    def items(self, key: str, make: Callable[[str, Any], T], most: int = _MAX_STEPS) -> tuple[T, ...]:
        """A list with at least one item, each made by `make(where, value)`."""
        values = self.take(key)
        if not isinstance(values, list) or not 1 <= len(values) <= most:
            raise CountryError(f"{self.at(key)} must be a list of 1 to {most} items")
        return tuple(make(f"{self.at(key)}[{index}]", value) for index, value in enumerate(values))

    def texts(self) -> dict[str, str]:
        """All that is in it, each a string."""
        self._known += self._values
        return {key: text(self.at(key), value) for key, value in self._values.items()}

    def close(self) -> None:
        """Raises CountryError if the table has a key that nobody asked for."""
        for key in self._values:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(self._known)}"
                raise CountryError(f"{self.at(key)} is not known{hint}")


def number(where: str, value: object, low: float, high: float) -> float:
    """A number within bounds, at `where`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CountryError(f"{where} must be a number, not {value!r}")
    if not low <= value <= high:
        raise CountryError(f"{where} must be {low} to {high}, not {value}")
    return float(value)


def text(where: str, value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise CountryError(f"{where} must be a text in quotes, not {value!r}")
    return value


def digits(where: str, value: object) -> str:
    """A string of 1 to 15 digits."""
    word = text(where, value)
    if not _DIGITS.fullmatch(word):
        raise CountryError(f"{where} must be 1 to 15 digits in quotes, not {word!r}")
    return word


def one_of(where: str, value: object, choices: tuple[str, ...]) -> str:
    """One of some words."""
    word = text(where, value)
    if word not in choices:
        near = difflib.get_close_matches(word, choices, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise CountryError(f"{where} must be one of {', '.join(choices)}, not {word!r}{hint}")
    return word
