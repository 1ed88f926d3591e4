#!/usr/bin/env python
"""Collects what the page says, brings the catalogues up to date and compiles them. Knows no page.

`.venv/bin/python tools/messages.py` after a text was changed or added; then translate what is empty in the .po files
of firmware/webadmin/locale and run it again.
"""

import datetime
import io
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import bottle  # noqa: E402
from babel.messages.catalog import Catalog  # noqa: E402
from babel.messages.extract import extract  # noqa: E402
from babel.messages.mofile import write_mo  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402

from firmware import providers  # noqa: E402
from firmware.settings import described  # noqa: E402

WEBADMIN = ROOT / "firmware" / "webadmin"
LOCALE = WEBADMIN / "locale"
LANGUAGES = ("de",)
_NEVER = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)  # the same texts make the same files
_KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}

Message = str | tuple[str, str]


def messages() -> Iterator[tuple[Message, str]]:
    """Every message and where it comes from."""
    for path in sorted(WEBADMIN.rglob("*.py")):
        yield from _in_python(path.read_bytes(), path)
    for path in sorted(WEBADMIN.rglob("*.tpl")):
        code = bottle.SimpleTemplate(path.read_text(), lookup=[str(path.parent)]).code
        yield from _in_python(code.encode(), path)
    for provider in providers.available():
        parts = [text for part in provider.asked for text in (part.label, part.help, part.words)]
        for text in filter(None, (provider.name, provider.about, *parts)):
            yield text, f"providers:{provider.key}"
    for setting, entry in described().items():
        for text in (entry.label, entry.help, entry.words):
            if text:
                yield text, f"settings:{setting}"


def template() -> Catalog:
    """All messages, untranslated."""
    catalog = Catalog(project="Twinline", charset="utf-8")
    for message, place in messages():
        catalog.add(message, locations=[(place, None)])
    return catalog


def updated(language: str) -> Catalog:
    """The catalogue of a language with the messages of now: none missing, none too many."""
    with path_of(language, "po").open("rb") as file:
        catalog = read_po(file, locale=language)
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = _NEVER
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """What gettext of the standard library reads."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def untranslated(catalog: Catalog) -> list[str]:
    """What is missing in a catalogue."""
    missing = [message for message in catalog if message.id and not _is_translated(message.string)]
    return [str(message.id) for message in missing]


def path_of(language: str, kind: str) -> Path:
    """The .po or .mo file of a language."""
    return LOCALE / language / "LC_MESSAGES" / f"twinline.{kind}"


def _is_translated(string: str | tuple[str, ...]) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def _in_python(code: bytes, path: Path) -> Iterator[tuple[Message, str]]:
    for _line, message, _comments, _context in extract(
        "python", io.BytesIO(code), _KEYWORDS, options={"encoding": "utf-8"}
    ):
        yield message, str(path.relative_to(ROOT))


def _write(language: str, catalog: Catalog) -> None:
    out = io.BytesIO()
    write_po(out, catalog, width=110, omit_header=False, sort_output=True, include_lineno=False)
    path_of(language, "po").write_bytes(out.getvalue())
    path_of(language, "mo").write_bytes(compiled(catalog))


def main() -> int:
    """Update the catalogues; 1 when something is not translated."""
    missing = 0
    for language in LANGUAGES:
        catalog = updated(language)
        _write(language, catalog)
        for text in untranslated(catalog):
            missing += 1
            sys.stderr.write(f"{language}: not translated: {text}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
