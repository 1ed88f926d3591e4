"""`twinline codes`: the feature codes of the box, or of any country, as a table. Needs no running gateway."""

import argparse
import difflib
from collections.abc import Iterator, Mapping

from firmware.commands import OK, REFUSED
from firmware.commands.say import complain, say
from firmware.folder import Folder


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("--country", metavar="CC", help="the set of this country, without the box's own changes")


def run(arguments: argparse.Namespace) -> int:
    """Print the table; notes on codes that cannot work go to stderr."""
    from firmware import countries
    from firmware.telephony.numbering.codes import effective, problems

    own: Mapping[str, str] = {}
    code = arguments.country
    if code is None:
        from firmware.settings.reading import read_settings

        settings = read_settings(Folder(arguments.config).settings)
        code, own = settings.country, settings.codes
    known = countries.available()
    if code not in known:
        close = difflib.get_close_matches(str(code).upper(), known, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
        complain(f"there is no country {code}{hint}")
        return REFUSED
    country = countries.load(code)
    patterns = effective(country.codes, own)
    say("\n".join(in_words(country.name, country.codes, patterns)))
    for name, words in problems(patterns):
        complain(f"note: codes/{name}: {words}")
    return OK


def in_words(country: str, usual: Mapping[str, str], patterns: Mapping[str, str]) -> Iterator[str]:
    """The table as people read it, a code a line: what is dialled, what it does, its name in settings."""
    from firmware.telephony.numbering.code_names import facts
    from firmware.telephony.numbering.codes import CodeSet, sorted_names

    ways: dict[str, list[str]] = {}
    for code in CodeSet.of(patterns).codes:
        ways.setdefault(code.name, []).append(code.in_words())
    rows = []
    for name in sorted_names(ways):
        known = facts(name)
        does = known.words if known is not None else ""
        rows.append((" or ".join(ways[name]), does, name + ("" if usual.get(name) == patterns[name] else " (changed)")))
    off = [name for name in usual if name not in patterns]
    yield f"Feature codes, {country}"
    yield ""
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for dialled, does, name in rows:
        yield f"{dialled:<{widths[0]}}  {does:<{widths[1]}}  {name}"
    if off:
        yield ""
        yield f"Switched off: {', '.join(off)}"
