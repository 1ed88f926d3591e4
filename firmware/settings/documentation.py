"""docs/settings.md, made from the declaration. Knows no values but defaults."""

import json
from collections.abc import Iterator

from firmware.settings.describe import Described, Kind, described

_HEAD = """# Settings

*Made by `twinline settings docs` from `firmware/settings/declaration.py`; do not edit.*

Read them with `twinline settings get PATH`, change them with `twinline settings set PATH=VALUE ...`: all
changes of one command are judged together and take effect together, or not at all. Parts of a path are joined
by `/`; where it says `N` below, name the socket (`telephones/1/extension`) or count the entry from 0
(`trunks/0/name`). `-` appends an entry, `--delete PATH` takes one away or puts a setting back to its default:

    twinline settings set country=DE telephones/1/name=Kitchen
    twinline settings set trunks/-/name=main trunks/-/domain=sip.example.org trunks/-/username=4930123456 \\
        trunks/-/password=SECRET
    twinline settings set --delete trunks/0

Values are JSON where a setting is no text. A secret is never shown: it reads `********` once it is set.
"""


def markdown() -> str:
    """The whole page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _table("The box", "", [entry for path, entry in described().items() if "/" not in path])
    for path, entry in described().items():
        if entry.kind is Kind.SECTION:
            inside = [other for other in described().values() if other.path.rpartition("/")[0] == path]
            title = described()[path.removesuffix("/*")]
            yield from _table(title.label, f"{title.help}{_limit(title)}", inside)


def _table(title: str, help: str, entries: list[Described]) -> Iterator[str]:
    yield f"## {title}\n"
    if help:
        yield f"{help}\n"
    yield "| setting | default | allowed | meaning |"
    yield "| --- | --- | --- | --- |"
    for entry in entries:
        if entry.kind not in (Kind.SECTION, Kind.TABLE) and not _is_list_of_sections(entry):
            name = f"`{entry.path.replace('*', 'N')}`"
            yield f"| {name} | {_default(entry)} | {_allowed(entry)} | **{entry.label}.** {entry.help} |"
    yield ""


def _is_list_of_sections(entry: Described) -> bool:
    below = described().get(f"{entry.path}/*")
    return below is not None and below.kind is Kind.SECTION


def _limit(entry: Described) -> str:
    if entry.kind is Kind.LIST:
        return f" At most {entry.maximum:g}."
    return f" Each is named by {entry.words}." if entry.words else ""


def _default(entry: Described) -> str:
    if entry.is_required:
        return "*must be given*"
    if entry.default in (None, "", []):
        return "*empty*"
    if isinstance(entry.default, list):
        return f"`{json.dumps(entry.default)}`"
    return f"`{json.dumps(entry.default)}`" if not isinstance(entry.default, str) else f"`{entry.default}`"


def _allowed(entry: Described) -> str:
    below = described().get(f"{entry.path}/*")
    text = entry.expectation()
    if below is not None:
        return f"{text}, each {below.expectation()}"
    if entry.kind in (Kind.TEXT, Kind.SECRET) and entry.maximum is not None:
        return f"{text}; at most {entry.maximum:g} characters"
    return text
