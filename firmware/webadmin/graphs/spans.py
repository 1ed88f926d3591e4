"""Strips of states over time, one below the other. Knows no clock and no language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from firmware.webadmin.graphs.frame import RIGHT, WIDTH, Mark, below, drawing
from firmware.webadmin.graphs.markup import Markup, element
from firmware.webadmin.graphs.scale import Scale

_FIRST = 10.0
_NAME, _HIGH, _NEXT = 20.0, 26.0, 64.0
_FOOT = 36.0
_LEFT = 10.0
_NARROWEST = 1.5  # an outage of a second is seen, too


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when something was so; `tone` is a class of the style sheet."""

    since: float
    until: float
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A thing and how it was; what no stretch covers is not known."""

    name: str
    stretches: tuple[Stretch, ...]


def strips(
    id: str, title: str, summary: str, drawn: Sequence[Strip], span: tuple[float, float], marks: Sequence[Mark]
) -> Markup:
    """One strip a row, all over the same time."""
    across = Scale(span[0], span[1], _LEFT, RIGHT)
    parts: list[Markup] = []
    for index, strip in enumerate(drawn):
        parts += _strip(strip, across, _FIRST + index * _NEXT)
    bottom = _FIRST + max(1, len(drawn)) * _NEXT - (_NEXT - _NAME - _HIGH) + 6
    parts.append(element("line", x1=_LEFT, x2=RIGHT, y1=bottom, y2=bottom, class_="base"))
    parts += below(marks, across, bottom)
    return drawing(id, title, summary, parts, height=bottom + _FOOT, right=WIDTH)


def _strip(strip: Strip, across: Scale, top: float) -> Iterator[Markup]:
    yield element("text", strip.name, x=_LEFT, y=top + _NAME - 6, class_="name")
    y = top + _NAME
    yield element("rect", x=_LEFT, width=RIGHT - _LEFT, y=y, height=_HIGH, class_="unknown")
    for stretch in strip.stretches:
        x = across.place(stretch.since)
        width = max(_NARROWEST, across.place(stretch.until) - x)
        shown = element("rect", x=x, width=width, y=y, height=_HIGH, class_=stretch.tone)
        yield element("g", element("title", stretch.words), shown)
