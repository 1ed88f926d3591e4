"""The simulator as a process of its own: device, control socket, signals. Knows no telephone."""

import argparse
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from firmware.control import ControlServer, Refused
from firmware.fxs.simulator.adapter import DEFAULT_SERIAL, LINES_OF_A_KIND_MAX, Equipment
from firmware.fxs.simulator.manners import MANNERS
from firmware.fxs.simulator.methods import Methods
from firmware.fxs.simulator.simulator import Simulator

DEVICE = "adapter"

# A thread that reads a file must not hold up a block of audio for Python's usual 5 ms.
_SWITCH_INTERVAL_S = 0.0005


def device_path(config: Path, device: str = DEVICE) -> Path:
    """Where a simulated adapter appears while it is plugged in."""
    return config / "run" / device


def socket_path(config: Path, device: str = DEVICE) -> Path:
    """Where its simulator is told what to do."""
    return config / "run" / ("simulator.sock" if device == DEVICE else f"simulator-{device}.sock")


def main(
    config: Path,
    equipment: Equipment | None = None,
    device: str = DEVICE,
    switches: Mapping[str, object] | None = None,
) -> int:
    """Simulate until SIGTERM or SIGINT; the exit status. Call on the main thread of an own process."""
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    try:
        simulator = Simulator(device_path(config, device), equipment or Equipment())
        simulator.switch(switches or {})
        server = ControlServer(socket_path(config, device), Methods(simulator).table())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: simulator.stop())
        server.start()
    except (Refused, OSError) as error:
        sys.stderr.write(f"twinline simulator: {error}\n")
        return 1
    try:
        simulator.run()
    finally:
        server.stop()
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `twinline simulator` besides --config."""
    parser.add_argument("--phones", type=_count, default=2, metavar="N", help="telephones (2)")
    parser.add_argument("--lines", type=_count, default=1, metavar="N", help="outside lines (1)")
    parser.add_argument("--serial", default=DEFAULT_SERIAL, help="serial number of the adapter")
    parser.add_argument("--device", default=DEVICE, type=_name, help="its name under DIR/run (adapter)")
    parser.add_argument("--country", default="US", choices=sorted(MANNERS), help="of the exchange (US)")
    parser.add_argument("--seed", type=int, help="of everything random, to repeat a run")


def run(args: argparse.Namespace, config: Path) -> int:
    """`main` with parsed arguments."""
    equipment = Equipment(args.phones, args.lines, args.serial, args.seed)
    return main(config, equipment, args.device, {"country": args.country})


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > LINES_OF_A_KIND_MAX:
        raise argparse.ArgumentTypeError(f"0 to {LINES_OF_A_KIND_MAX}")
    return int(text)


def _name(text: str) -> str:
    if not text.isascii() or not text.replace("-", "").isalnum() or len(text) > 32:
        raise argparse.ArgumentTypeError("letters, digits and hyphens, at most 32")
    return text
