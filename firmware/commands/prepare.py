"""`twinline prepare`: what is done before the box's processes start, where units and not `twinline run` start them."""

import argparse

from firmware import log
from firmware.commands import OK


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Do a factory reset that was asked for, and take back that a restart is asked for: this is it."""
    from firmware.appliance import reset, restart
    from firmware.folder import Folder

    log.set_up("prepare")
    with Folder(arguments.config).held():
        reset.perform(arguments.config)
        restart.taken(arguments.config)
    return OK
