"""`twinline setup-code`: a new code for the first visitor of the page, or for who is locked out."""

import argparse

from firmware.commands import OK
from firmware.commands.say import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("--show", action="store_true", help="only show the code that lives, if there is one")


def run(arguments: argparse.Namespace) -> int:
    """Make one and print it."""
    from firmware.setup_code import SetupCodes

    codes = SetupCodes(arguments.config)
    code = codes.current() if arguments.show else codes.make()
    if code is None:
        say("There is no setup code now; `twinline setup-code` makes one.")
    else:
        say(f"Setup code: {code.grouped}   (good for {codes.left_s() / 60:.0f} minutes, once)")
    return OK
