"""`twinline web`: the process that serves the page."""

import argparse
from pathlib import Path

from firmware import log, log_files


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("--socket", type=Path, help="listen there alone, for nginx; units of the box start it anew")


def run(arguments: argparse.Namespace) -> int:
    """Run until told to end."""
    log.set_up("web")
    log_files.keep(arguments.config, "web")
    from firmware.appliance.box import Box
    from firmware.webadmin.process import main

    box = Box(arguments.config, has_units=arguments.socket is not None)
    return main(arguments.config, arguments.socket, box)
