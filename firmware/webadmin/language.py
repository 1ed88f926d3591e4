"""The words of the page in the visitor's language. Knows no page."""

import contextlib
import functools
import gettext
import re
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

LANGUAGES = {"en": "English", "de": "Deutsch"}
DEFAULT = "en"
DOMAIN = "twinline"
LOCALE = Path(__file__).with_name("locale")

_RANGES_MAX = 20  # of an Accept-Language header; browsers send five
_RANGE = re.compile(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")
_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


def _(text: str) -> str:
    """`text` in the language that is spoken now."""
    return _catalogue(_current.get()).gettext(text) if text else ""


def N_(text: str) -> str:
    """Marks a text that is translated later, where it is shown."""
    return text


def ngettext(one: str, many: str, number: int) -> str:
    """The form of the text that fits the number."""
    return _catalogue(_current.get()).ngettext(one, many, number)


def spoken() -> str:
    """The code of the language that is spoken now."""
    return _current.get()


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language` on this thread until the end of the block."""
    before = _current.set(language if language in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _current.reset(before)


def best(accepted: str) -> str:
    """The language that fits an Accept-Language header best (RFC 9110 sect. 12.5.4)."""
    found, best_weight = DEFAULT, 0.0
    for given in accepted.split(",")[:_RANGES_MAX]:
        if match := _RANGE.fullmatch(given):
            weight = float(match[2]) if match[2] else 1.0
            if match[1].lower() in LANGUAGES and weight > best_weight:
                found, best_weight = match[1].lower(), weight
    return found


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [language], fallback=True)
