"""`twinline gateway`: the process that carries calls."""

import argparse
from pathlib import Path

from firmware import log, log_files
from firmware.folder import Folder
from firmware.priority import ask_for_real_time


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("--simulate", action="store_true", help="use the simulated adapter")
    parser.add_argument("--device", type=Path, help="this serial device only, instead of any adapter that is found")


def run(arguments: argparse.Namespace) -> int:
    """Run until told to end."""
    log.set_up("gateway")
    log_files.keep(arguments.config, "gateway", is_waiting_allowed=False)
    ask_for_real_time()
    from firmware.app import main

    device = Folder(arguments.config).adapter if arguments.simulate else arguments.device
    return main(arguments.config, device, is_simulated=arguments.simulate)
