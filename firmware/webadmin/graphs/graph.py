"""What a page shows of a graph: the drawing, its colours in words, and the same as a table. Knows no drawing."""

from dataclasses import dataclass

from firmware.webadmin.graphs.markup import Markup


@dataclass(frozen=True, slots=True)
class Key:
    """A colour (a class of the style sheet) and what it stands for."""

    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Graph:
    """`svg` can be shown as it is; all else is plain text. `headings` and `rows`: the same figures, for whoever reads.

    Without `svg` there is nothing to show, and `summary` says so.
    """

    id: str
    title: str
    summary: str
    svg: Markup = Markup("")
    keys: tuple[Key, ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
