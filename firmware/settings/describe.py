"""What each setting is, read from the declaration: for errors, forms and documentation. Knows no values."""

import enum
import functools
import json
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from firmware.settings.declaration import Settings


class Kind(enum.Enum):
    """What a value looks like in JSON."""

    TEXT = "text"
    SECRET = "secret"
    WHOLE = "whole number"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    LIST = "list"
    TABLE = "table"
    SECTION = "section"


@dataclass(frozen=True, slots=True)
class Described:
    """One setting, or one folder of settings; `*` in the path stands for any key or index."""

    path: str
    kind: Kind
    label: str = ""
    help: str = ""
    is_required: bool = False
    default: object = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str | int, ...] = ()
    words: str = ""

    def expectation(self) -> str:
        """What a value must be, to follow "is not"."""
        if self.kind in (Kind.TEXT, Kind.SECRET):
            return self.words or "text"
        if self.kind in (Kind.WHOLE, Kind.NUMBER):
            return f"a {self.kind.value} from {self.minimum:g} to {self.maximum:g}"
        if self.kind is Kind.CHOICE:
            return "one of " + ", ".join(str(choice) for choice in self.choices)
        if self.kind is Kind.LIST:
            return f"a list of {self.minimum or 0:g} to {self.maximum:g}"
        return {Kind.SWITCH: "true or false", Kind.TABLE: "an object", Kind.SECTION: "an object"}[self.kind]


@functools.cache
def described() -> types.MappingProxyType[str, Described]:
    """Every setting and folder by its path pattern, in the order of the declaration."""
    return types.MappingProxyType({entry.path: entry for entry in _walk(Settings, "")})


def describe(path: str) -> Described | None:
    """What the setting at a path such as `trunks/0/password` is; None when there is none."""
    pattern = ""
    for part in path.split("/"):
        step = f"{pattern}/{part}".lstrip("/")
        pattern = step if step in described() else f"{pattern}/*".lstrip("/")
        if pattern not in described():
            return None
    return described()[pattern]


def names_in(path: str) -> list[str]:
    """The names of the settings in the folder at `path`; "" is the root."""
    folder = describe(path) if path else None
    start = f"{folder.path}/" if folder else ""
    names = [pattern[len(start) :] for pattern in described() if pattern.startswith(start)]
    return [name for name in names if "/" not in name and name != "*"]


def schema() -> list[dict[str, object]]:
    """The same as plain data, for pages and other programs."""
    return [
        {
            "path": entry.path,
            "kind": entry.kind.value,
            "label": entry.label,
            "help": entry.help,
            "is_required": entry.is_required,
            "default": entry.default,
            "minimum": entry.minimum,
            "maximum": entry.maximum,
            "choices": list(entry.choices),
            "words": entry.words,
        }
        for entry in described().values()
    ]


def _walk(model: type[BaseModel], above: str) -> Iterator[Described]:
    for name, info in model.model_fields.items():
        yield from _walk_type(info.annotation, f"{above}{name}", info, list(info.metadata))


def _walk_type(annotation: Any, path: str, info: FieldInfo, metadata: list[Any]) -> Iterator[Described]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _walk_type(arguments[0], path, info, [*metadata, *arguments[1:]])
    elif origin is dict or origin is list:
        yield _entry(path, Kind.TABLE if origin is dict else Kind.LIST, info, metadata)
        yield from _walk_type(arguments[-1], f"{path}/*", info, [])
    elif origin is Literal:
        yield _entry(path, Kind.CHOICE, info, metadata, choices=arguments)
    elif issubclass(annotation, BaseModel):
        yield _entry(path, Kind.SECTION, info, metadata)
        yield from _walk(annotation, f"{path}/")
    else:
        yield _entry(path, _KINDS[annotation], info, metadata)


_KINDS = {str: Kind.TEXT, SecretStr: Kind.SECRET, int: Kind.WHOLE, float: Kind.NUMBER, bool: Kind.SWITCH}


def _entry(
    path: str, kind: Kind, info: FieldInfo, metadata: list[Any], choices: tuple[str | int, ...] = ()
) -> Described:
    is_item = path.endswith("/*")
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return Described(
        path=path,
        kind=kind,
        label=info.title or "",
        help=info.description or "",
        is_required=info.is_required() and not is_item,
        default=None if is_item or kind is Kind.SECTION else _plain_default(info),
        minimum=_bound(metadata, "ge", "min_length"),
        maximum=_bound(metadata, "le", "max_length"),
        choices=choices,
        words=str(extra.get("words", "")),
    )


def _plain_default(info: FieldInfo) -> object:
    default = info.get_default(call_default_factory=True, validated_data={})
    if info.is_required() or isinstance(default, SecretStr):
        return None
    return json.loads(json.dumps(default, default=lambda model: model.model_dump(exclude_defaults=True)))


def _bound(metadata: list[Any], *names: str) -> float | None:
    found = (getattr(item, name, None) for item in metadata for name in names)
    return next((bound for bound in found if bound is not None), None)
