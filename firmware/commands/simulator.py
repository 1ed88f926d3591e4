"""`twinline simulator`: the process that is an adapter with its telephones and lines."""

import argparse

from firmware import log, log_files
from firmware.priority import ask_for_real_time


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what the simulated equipment has."""
    from firmware.fxs.simulator import process

    process.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run until told to end."""
    log.set_up("simulator")
    log_files.keep(arguments.config, "simulator")
    ask_for_real_time()  # it stands for hardware, which is never late
    from firmware.fxs.simulator import process

    return process.run(arguments, arguments.config)
