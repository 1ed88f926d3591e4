"""SVG elements; everything that is not an element is escaped. Knows no graph."""

import re
from html import escape

_TEXT_MAX = 200  # a name from outside must not make the page heavy
_NEVER_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Markup(str):
    """What is SVG already."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: object) -> Markup:
    """`class_` is class, `text_anchor` text-anchor; None and "" leave an attribute out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(_figure(value))}"'
        for key, value in attributes.items()
        if value is not None and value != ""
    )
    inner = "".join(child if isinstance(child, Markup) else _escaped(child[:_TEXT_MAX]) for child in children)
    return Markup(f"<{name}{given}>{inner}</{name}>")


def _figure(value: object) -> str:
    """Coordinates to a tenth: a page of 30 days stays light."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def _escaped(text: str) -> str:
    return escape(_NEVER_IN_XML.sub("", text), quote=True)
