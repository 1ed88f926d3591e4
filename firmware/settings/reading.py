"""Reads stored settings and touches nothing: for whoever only looks. Knows TinyDB's format, not TinyDB."""

import json
from pathlib import Path

from firmware.settings.check import Judge
from firmware.settings.declaration import Settings
from firmware.settings.migrations import SCHEMA, migrate
from firmware.settings.salvage import salvage

TABLE, DOCUMENT = "settings", 1
_FILE_MAX_BYTES = 16 << 20  # 10,000 extensions, of which each has changed much


class Broken(Exception):
    """The file is not one that any version of ours wrote whole."""


class Newer(Exception):
    """The file is of a version to come."""


def read_settings(path: Path, judge: Judge | None = None) -> Settings:
    """The settings to run on, the best there are; what is wrong with them, `Store.load` tells."""
    try:
        return salvage(values_in(path), judge)[0]
    except (OSError, Broken, Newer):
        return salvage(values_before(path)[0], judge)[0]


def values_in(path: Path) -> dict[str, object]:
    """The values in a file, brought to our schema. Raises OSError, Broken, Newer."""
    document = parsed(path).get(TABLE, {}).get(str(DOCUMENT))
    schema = document.get("schema") if isinstance(document, dict) else None
    values = document.get("values") if isinstance(document, dict) else None
    if not isinstance(schema, int) or schema < 1:
        raise Broken("it holds no settings")
    if schema > SCHEMA:
        raise Newer(f"schema {schema}, this version knows {SCHEMA}")
    if not isinstance(values, dict):
        raise Broken("it holds no settings")
    return migrate(values, schema)


def parsed(path: Path) -> dict[str, dict[str, object]]:
    """The tables of a file. Raises OSError, Broken."""
    with path.open("rb") as file:
        data = file.read(_FILE_MAX_BYTES + 1)
    if len(data) > _FILE_MAX_BYTES:
        raise Broken(f"it is above {_FILE_MAX_BYTES >> 20} MiB")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Broken("it is not whole JSON") from error
    if not isinstance(content, dict) or not all(isinstance(table, dict) for table in content.values()):
        raise Broken("it holds no settings")
    return content


def problem_of(path: Path, error: Exception) -> str:
    """Why a file was not used, in words."""
    if isinstance(error, Newer):
        text = f"{path.name} is of a newer version of Twinline ({error})"
        return f"{text}: it is left alone and nothing can be changed"
    if isinstance(error, OSError):
        return f"{path.name} cannot be read ({error.strerror})"
    return f"{path.name} is broken: {error}"


def backup_of(path: Path) -> Path:
    """Where the file before the last change is kept."""
    return path.with_name(f"{path.name}.bak")


def values_before(path: Path) -> tuple[dict[str, object], str]:
    """The values before the last change, or none, and which it is in words."""
    try:
        return values_in(backup_of(path)), "the settings before the last change are"
    except (OSError, Broken, Newer):
        return {}, "the defaults are"
