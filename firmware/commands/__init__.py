"""The command line: finds the command, runs it, says in words what went wrong. Imports only the command asked for."""

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from firmware import __version__
from firmware.commands.say import complain
from firmware.folder import FolderRefused, default_folder

OK, REFUSED, USAGE, NOT_RUNNING = 0, 1, 2, 3
_INTERRUPTED = 130  # 128 + SIGINT, as shells have it

_COMMANDS = {
    "run": "start the whole box and keep it running",
    "status": "what the box is doing",
    "settings": "read and change settings",
    "check": "judge the stored settings",
    "calls": "the calls there were, as a table or as CSV",
    "codes": "the feature codes that telephones can dial",
    "log": "what the box did: the last lines of its log",
    "messages": "say how many messages wait for an extension: its message light",
    "setup-code": "make a new code for the first visitor of the page, or for who is locked out",
    "test": "make a test call, and see where it stops",
    "sim": "lift, dial, ring: drive the simulated telephones and lines",
    "prepare": "what units do before the processes start: a factory reset that was asked for (run does it itself)",
    "gateway": "the process that carries calls (run starts it)",
    "web": "the process that serves the page (run starts it)",
    "appliance": "the process that announces the box and drives its panel (run starts it)",
    "simulator": "the process that simulates an adapter (run starts it)",
}


class Command(Protocol):
    """What a module of this package offers; it imports what it needs when it runs."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add arguments to the parser of the command."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; `arguments.config` is the configuration folder. Returns the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0, 1 refused, 2 wrong usage, 3 not running."""
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except FolderRefused as error:
        complain(str(error))
        return REFUSED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _run(argv: list[str]) -> int:
    parser = _parser()
    config, argv = _take_config(parser, argv)
    name = next((word for word in argv if not word.startswith("-")), "")
    if not name:
        parser.parse_args(argv)
        parser.print_help()
        return USAGE
    if name not in _COMMANDS:
        close = difflib.get_close_matches(name, _COMMANDS, n=1)
        parser.error(f"there is no command {name}" + (f"; did you mean {close[0]}?" if close else ""))
    command = _load(name)
    _configure(parser, name, command)
    arguments = parser.parse_args(argv)
    arguments.config = config
    return _perform(command, arguments)


def _perform(command: Command, arguments: argparse.Namespace) -> int:
    from firmware.control.errors import Fault, Refused, Unreachable

    try:
        return command.run(arguments)
    except (Refused, Fault) as error:
        for line in str(error).splitlines():
            complain(line)
        return REFUSED
    except Unreachable as error:
        complain(f"not running? {error}")
        return NOT_RUNNING


def _load(name: str) -> Command:
    module: Command = importlib.import_module(f"firmware.commands.{name.replace('-', '_')}")
    return module


def _parser() -> argparse.ArgumentParser:
    commands = "\n".join(f"  {name:<10} {help}" for name, help in _COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="twinline",
        usage="twinline COMMAND [--config DIR] ...",
        description=f"A gateway between telephones and SIP.\n\ncommands:\n{commands}",
        epilog="Every command takes --config DIR, the configuration folder.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _configure(parser: argparse.ArgumentParser, name: str, command: Command) -> None:
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    help = _COMMANDS[name]
    command.configure(
        commands.add_parser(
            name, prog=f"twinline {name}", description=help[0].upper() + help[1:] + ".", allow_abbrev=False
        )
    )


def _take_config(parser: argparse.ArgumentParser, argv: list[str]) -> tuple[Path, list[str]]:
    """--config wherever it stands: before the command, after it, at the end."""
    option = argparse.ArgumentParser(prog="twinline", usage=parser.usage, add_help=False, allow_abbrev=False)
    option.add_argument("--config", type=Path, metavar="DIR")
    found, rest = option.parse_known_args(argv)
    return (found.config or default_folder()).absolute(), rest
