"""Curves over a common axis, with gaps where nothing is known. Knows no time and no language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from firmware.webadmin.graphs.frame import BOTTOM, LEFT, RIGHT, TOP, Mark, below, drawing, grid
from firmware.webadmin.graphs.markup import Markup, element
from firmware.webadmin.graphs.scale import Scale, ticks

_DOT = 3.2
_DOTS_MAX = 60  # more of them hide the line


@dataclass(frozen=True, slots=True)
class Point:
    """A value; `words` appear below the pointer."""

    at: float
    value: float
    words: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Points in order; where the next is further than `gap` away, the line is broken."""

    tone: str
    points: tuple[Point, ...]
    gap: float


def curves(
    id: str,
    title: str,
    summary: str,
    drawn: Sequence[Curve],
    span: tuple[float, float],
    marks: Sequence[Mark],
    *,
    unit: str = "",
    bounds: tuple[float, float] | None = None,
    is_dotted: bool = False,
) -> Markup:
    """`bounds`: at least that much of the upward axis. `is_dotted`: each point stands alone."""
    every = [point.value for curve in drawn for point in curve.points]
    values = ticks(min([*every, *(bounds or ())], default=0.0), max([*every, *(bounds or ())], default=1.0))
    up = Scale(values[0], values[-1], BOTTOM, TOP)
    across = Scale(span[0], span[1], LEFT, RIGHT)
    parts = [*grid(values, up, unit), *below(marks, across)]
    for curve in drawn:
        parts += _curve(curve, across, up, is_dotted=is_dotted)
    return drawing(id, title, summary, parts)


def _curve(curve: Curve, across: Scale, up: Scale, *, is_dotted: bool) -> Iterator[Markup]:
    if not is_dotted:
        yield element("path", d=_path(curve, across, up), class_=f"curve {curve.tone}")
    is_crowded = len(curve.points) > _DOTS_MAX and not is_dotted
    for point in curve.points:
        x, y = across.place(point.at), up.place(point.value)
        shown = "hover" if is_crowded else f"dot {curve.tone}"
        yield element("circle", element("title", point.words), cx=x, cy=y, r=_DOT, class_=shown)


def _path(curve: Curve, across: Scale, up: Scale) -> str:
    steps, before = [], None
    for point in curve.points:
        is_joined = before is not None and point.at - before <= curve.gap
        steps.append(f"{'L' if is_joined else 'M'}{across.place(point.at):.1f} {up.place(point.value):.1f}")
        before = point.at
    return "".join(steps)
