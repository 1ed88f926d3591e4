"""`twinline log`: what the box did, from the files in its folder. No process of the box has to run."""

import argparse

from firmware.commands import OK
from firmware.commands.say import complain, say

_LINES, _LINES_MAX = 50, 100_000  # a screen or two; all that is kept has fewer


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("text", nargs="?", default="", metavar="TEXT", help="only lines that contain this")
    parser.add_argument("--lines", type=_lines, default=_LINES, metavar="N", help=f"how many at the most ({_LINES})")


def run(arguments: argparse.Namespace) -> int:
    """Print them, the newest last."""
    from firmware import log_files

    found = log_files.lines(arguments.config, arguments.text, arguments.lines)
    for line in found:
        say(line)
    if not found:
        complain("nothing found")
    return OK


def _lines(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= _LINES_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {_LINES_MAX}")
    return int(text)
