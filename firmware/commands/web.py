"""`twinline web`: the process that serves the page."""

import argparse

from firmware import log


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Run until told to end."""
    log.set_up("web")
    from firmware.webadmin.process import main

    return main(arguments.config)
