"""`twinline check`: judges the stored settings, touches nothing."""

import argparse

from firmware.commands import OK, REFUSED
from firmware.commands.say import say
from firmware.folder import Folder


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Print every error by its path; 1 when there is one."""
    from firmware.judge import judge
    from firmware.settings.store import Store

    path = Folder(arguments.config).settings
    errors = Store(path, judge).check()
    for error in errors:
        say(str(error))
    if not errors:
        say(f"{path} is right" if path.exists() else f"{path} does not exist: the defaults are in use")
    return REFUSED if errors else OK
