"""Settings by way of the gateway: what is set, pages of long tables, changes and their refusals. Knows no page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.control import ControlClient, Refused
from firmware.settings import describe
from firmware.webadmin.language import _
from firmware.webadmin.said import retold

_TIMEOUT_S = 5.0
_LINE = re.compile(r"([A-Za-z0-9_*+.-]+(?:/[A-Za-z0-9_*+.-]+)*): (.*)")


class SettingsRefused(Exception):
    """Nothing was changed. `errors` by path, in the visitor's language; "" is the whole."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Part:
    """Some entries of a table or list, by key or index, and how many there are that fit."""

    total: int
    entries: tuple[tuple[str, Mapping[str, object]], ...]


class SettingsSource:
    """Asks the gateway at `run/gateway.sock`. Raises Refused, Unreachable, Fault."""

    def __init__(self, run: Path) -> None:
        self._socket = run / "gateway.sock"

    def get(self, path: str) -> object:
        """What is set at `path`, secrets masked. Raises Refused when it leads nowhere."""
        return self._call("settings.get", path=path)

    def folder(self, path: str) -> Mapping[str, object]:
        """The same for a section; {} for what is none."""
        value = self.get(path)
        return value if isinstance(value, dict) else {}

    def part(self, path: str, query: str, start: int, count: int) -> Part:
        """Entries of the table at `path` that contain `query`, from `start` on."""
        answer = self.page(path, query, start, count)
        rows = tuple((str(key), row) for key, row in answer.get("entries", ()) if isinstance(row, dict))
        return Part(int(answer.get("total", 0)), rows)

    def page(self, path: str, query: str, start: int, count: int) -> dict[str, Any]:
        """The same as the gateway tells it: of a list of plain values, entries are these."""
        answer = self._call("settings.page", path=path, query=query, start=start, count=count)
        return answer if isinstance(answer, dict) else {}

    def count(self, path: str) -> int:
        """How many entries the table at `path` has."""
        return self.part(path, "", 0, 0).total

    def has(self, path: str) -> bool:
        """Whether anything is set there."""
        try:
            self.get(path)
        except Refused:
            return False
        return True

    def set(self, changes: Mapping[str, object], timeout_s: float = _TIMEOUT_S) -> list[str]:
        """Make the changes; returns what works otherwise than one may think. Raises SettingsRefused."""
        try:
            with ControlClient(self._socket, timeout_s) as client:
                answer = client.call("settings.set", changes=dict(changes))
        except Refused as error:
            raise SettingsRefused(errors_in(str(error))) from error
        except ValueError as error:  # infinite numbers, half characters
            raise SettingsRefused({"": _("Something in it cannot be written down.")}) from error
        warnings = answer.get("warnings") if isinstance(answer, dict) else None
        return [retold(str(text)) for text in warnings] if isinstance(warnings, list) else []

    def _call(self, method: str, **params: object) -> object:
        with ControlClient(self._socket, _TIMEOUT_S) as client:
            return client.call(method, **params)


def errors_in(text: str) -> dict[str, str]:
    """`path: words` a line, as the gateway says it; what has no path is about the whole."""
    errors: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        path, words = (match[1], match[2]) if match and _is_path(match[1]) else ("", line)
        errors[path] = f"{errors[path]} {retold(words)}" if path in errors else retold(words)
    return errors


def _is_path(text: str) -> bool:
    return describe(text) is not None or "/" in text or re.fullmatch(r"[a-z_]+", text) is not None
