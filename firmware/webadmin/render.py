"""Templates to HTML, escaped by default. Knows no request."""

from functools import cache
from pathlib import Path

import bottle

from firmware.webadmin import language
from firmware.webadmin.now.live import View

_VIEWS = Path(__file__).with_name("views")
_WORDS = {"_": language._, "ngettext": language.ngettext, "LANGUAGES": language.LANGUAGES}


def draw(view: View) -> dict[str, str]:
    """The live parts of the page by their id."""
    scene = view.scene
    parts = {
        name: html("part_" + name, picture=view.picture, scene=scene)
        for name in ("summary", "health", "steps", "calls", "lines", "trunks", "adapters")
    }
    for phone in scene.phones:
        parts[f"phone-{phone.number}"] = html("part_phone", phone=phone)
    for line in scene.lines:
        parts[f"line-{line.number}"] = html("part_line", line=line)
    return parts


def html(template: str, **values: object) -> str:
    """A template of `views/` with its values, in the language that is spoken."""
    return str(_template(template).render(**{"visit": None, **_WORDS, "language": language.spoken(), **values}))


@cache
def _template(name: str) -> "bottle.SimpleTemplate":
    return bottle.SimpleTemplate(name=f"{name}.tpl", lookup=[str(_VIEWS)])
