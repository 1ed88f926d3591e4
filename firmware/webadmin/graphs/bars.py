"""Columns of stacked bars. Knows no time and no language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from firmware.webadmin.graphs.frame import BOTTOM, LEFT, RIGHT, TOP, Mark, below, drawing, grid
from firmware.webadmin.graphs.markup import Markup, element
from firmware.webadmin.graphs.scale import Scale, ticks

_GAP = 0.22  # of a column's width
_WIDTH_MAX = 26.0


@dataclass(frozen=True, slots=True)
class Column:
    """Figures from the bottom up, as many as there are tones; `words` appear below the pointer."""

    figures: tuple[float, ...]
    words: str


def bars(
    id: str,
    title: str,
    summary: str,
    columns: Sequence[Column],
    tones: Sequence[str],
    marks: Sequence[Mark],
    *,
    unit: str = "",
    are_whole: bool = True,
) -> Markup:
    """`marks` count in columns; `tones` are classes of the style sheet."""
    values = ticks(0.0, max((sum(column.figures) for column in columns), default=0.0), are_whole=are_whole)
    up = Scale(values[0], values[-1], BOTTOM, TOP)
    across = Scale(0.0, float(max(1, len(columns))), LEFT, RIGHT)
    parts = [*grid(values, up, unit), *below(marks, across)]
    for index, column in enumerate(columns):
        parts.append(_column(column, tones, index, across, up))
    return drawing(id, title, summary, parts)


def _column(column: Column, tones: Sequence[str], index: int, across: Scale, up: Scale) -> Markup:
    left, right = across.place(float(index)), across.place(index + 1.0)
    width = min((right - left) * (1 - _GAP), _WIDTH_MAX)
    x = (left + right - width) / 2
    hover = element("rect", x=left, width=right - left, y=TOP, height=BOTTOM - TOP, class_="hover")
    return element("g", element("title", column.words), hover, *_pieces(column, tones, x, width, up))


def _pieces(column: Column, tones: Sequence[str], x: float, width: float, up: Scale) -> Iterator[Markup]:
    total = 0.0
    for figure, tone in zip(column.figures, tones, strict=False):
        if figure > 0:
            low, high = up.place(total), up.place(total + figure)
            rounded = min(2.0, width / 3)
            yield element("rect", x=x, width=width, y=high, height=max(1.0, low - high), rx=rounded, class_=tone)
            total += figure
