"""`twinline appliance`: the process that announces the box and drives its panel."""

import argparse

from firmware import log, log_files


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("--panel", choices=("auto", "none"), default="auto", help="lights and a button on pins")
    parser.add_argument("--loopback", action="store_true", help="announce to this machine too (for tests)")


def run(arguments: argparse.Namespace) -> int:
    """Run until told to end."""
    log.set_up("appliance")
    log_files.keep(arguments.config, "appliance")
    from firmware.appliance.process import Options, main

    return main(arguments.config, Options(panel=arguments.panel, is_loopback_wanted=arguments.loopback))
