"""The frame of a graph: its size, its axes, its name for whoever cannot see it. Knows no data."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from firmware.webadmin.graphs.markup import Markup, element
from firmware.webadmin.graphs.scale import Scale, worded

WIDTH, HEIGHT = 560.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, WIDTH - 10.0, 14.0, HEIGHT - 30.0
_LABEL_BELOW = 9.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A label below the axis, at a value of it; `is_minor` ones go where there is little room."""

    at: float
    words: str
    is_minor: bool = False


def drawing(
    id: str, title: str, summary: str, parts: Iterable[str], height: float = HEIGHT, right: float = WIDTH
) -> Markup:
    """The SVG with its accessible name and description."""
    return element(
        "svg",
        element("title", title, id=f"{id}-title"),
        element("desc", summary, id=f"{id}-desc"),
        *parts,
        viewBox=f"0 0 {right:.0f} {height:.0f}",
        role="img",
        aria_labelledby=f"{id}-title {id}-desc",
        focusable="false",
    )


def grid(values: Sequence[float], scale: Scale, unit: str = "") -> Iterator[Markup]:
    """A line and its figure for each tick; the unit stands with the uppermost."""
    for index, value in enumerate(values):
        y = scale.place(value)
        yield element("line", x1=LEFT, x2=RIGHT, y1=y, y2=y, class_="base" if index == 0 else "grid")
        is_minor = len(values) > 3 and index % 2 == 1
        label = worded(value, values)
        yield element("text", label, x=LEFT - 7, y=y, dy="0.35em", text_anchor="end", class_=_of_mark(is_minor))
    if unit:
        yield element("text", unit, x=RIGHT, y=TOP - 3, text_anchor="end")


def below(marks: Iterable[Mark], scale: Scale, bottom: float = BOTTOM) -> Iterator[Markup]:
    """The labels of the lower axis; those at its ends stay inside."""
    for mark in marks:
        x = scale.place(mark.at)
        anchor = "start" if x < LEFT + 12 else "end" if x > RIGHT - 12 else "middle"
        yield element("line", x1=x, x2=x, y1=bottom, y2=bottom + 4, class_="base")
        yield element(
            "text",
            mark.words,
            x=x,
            y=bottom + _LABEL_BELOW,
            text_anchor=anchor,
            dominant_baseline="hanging",
            class_=_of_mark(mark.is_minor),
        )


def _of_mark(is_minor: bool) -> str:
    return "minor" if is_minor else ""
