"""What other processes say in English, told in the visitor's language. Knows no page."""

import functools
import re

from firmware.webadmin.language import N_, _

# The sentences of firmware/settings and firmware/gateway that hold a value; `{}` stands for it.
PATTERNS = (
    N_("there is no such setting"),
    N_('there is no such setting; did you mean "{}"?'),
    N_("is missing: {}"),
    N_("is missing: a trunk that registers needs one"),
    N_("is longer than {} characters"),
    N_("{} is not {}"),
    N_('"{}" is already that of telephone {}'),
    N_('"{}" is already that of trunk {}'),
    N_('"{}" is no trunk; there is {}'),
    N_("nobody has extension {}"),
    N_('there is no group "{}"'),
    N_('"{}" is no schedule'),
    N_("holds {}, and {} is the most"),
    N_("a change needs the path of a setting"),
    N_("{} is named twice"),
    N_("{} is below the first RTP port, {}"),
    N_("{} to {} is too few: the voice channels need {} ports"),
    N_('"{}" is not an IP address'),
    N_("{} is not a port from 1 to 65535"),
    N_('"{}" is not one of {}'),
    N_('"{}" is no entry of it: there are {}, counted from 0; "-" adds one'),
    N_("has to be given: there is none to keep"),
    N_("a whole number from {} to {}"),
    N_("a number from {} to {}"),
    N_("one of {}"),
    N_("a list of {} to {}"),
    N_("and {} errors more"),
    N_("{} cannot be saved: {}"),
    N_("{} is missing; {} in use"),
    N_("setting ignored: {}"),
    N_("this box was started part by part: nobody is there to start it anew"),
    N_("it cannot be written down that the box is to forget everything"),
    N_("holds {} entries, too many for one answer: ask for parts of it"),
    N_("this"),
    N_("text"),
    N_("true or false"),
    N_("an object"),
    N_("none"),
)
_TEXT_MAX = 2000  # what is longer is shown as it came
_DEPTH_MAX = 3  # "{} is not {}", and in it "a number from {} to {}"


def retold(text: str, depth: int = _DEPTH_MAX) -> str:
    """`text` in the language that is spoken; as it is where the catalogue does not know it."""
    translated = _(text)
    if translated != text or not text or len(text) > _TEXT_MAX or not depth:
        return translated
    for pattern, expression in _expressions():
        if match := expression.fullmatch(text):
            return _(pattern).format(*(retold(value, depth - 1) for value in match.groups()))
    return text


@functools.cache
def _expressions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The most particular first."""
    ordered = sorted((pattern for pattern in PATTERNS if "{}" in pattern), key=lambda text: text == "{} is not {}")
    return tuple((pattern, re.compile("(.*)".join(map(re.escape, pattern.split("{}"))), re.S)) for pattern in ordered)
