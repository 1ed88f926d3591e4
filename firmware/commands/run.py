"""`twinline run`: the whole box in one command."""

import argparse
import dataclasses
import os
import shutil
import sys
import time
from pathlib import Path

import firmware
from firmware import log, log_files
from firmware.appliance import reset, restart
from firmware.commands import OK
from firmware.commands.say import say
from firmware.folder import Folder, default_folder
from firmware.setup_code import LIFE_S, SetupCodes
from firmware.supervisor import Program, Supervisor

_PREDECESSOR_S = 1.0  # a command that changes settings holds the folder for a moment
_PAGE_EXPECTED_S = 15.0
_GATEWAY_EXPECTED_S = 3.0  # after that the page comes up by itself, to say what is wrong


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("--simulate", action="store_true", help="with simulated telephones and an outside line")
    parser.add_argument("--verbose", action="store_true", help="show the log, not only what goes wrong")


def run(arguments: argparse.Namespace) -> int:
    """Run until told to end."""
    folder = Folder(arguments.config)
    if not arguments.verbose:
        os.environ.setdefault(log.QUIET, "warning")
    log.set_up("run")
    _let_children_find_us()
    with folder.held(wait_s=_PREDECESSOR_S):
        _run_once(folder, is_simulated=arguments.simulate)
        while reset.is_asked(folder.path) or restart.is_asked(folder.path):
            say("Factory reset: starting anew" if reset.is_asked(folder.path) else "Restart: starting anew")
            _run_once(folder, is_simulated=arguments.simulate)
    return OK


def _run_once(folder: Folder, *, is_simulated: bool) -> None:
    reset.perform(folder.path)
    restart.taken(folder.path)
    stop_log = log_files.keep(folder.path, "run")
    folder.web_url.unlink(missing_ok=True)
    folder.gateway_socket.unlink(missing_ok=True)
    greeting = Greeting(folder, is_simulated=is_simulated)
    try:
        Supervisor(_programs(folder, is_simulated), on_poll=greeting.is_done).run()
    finally:
        stop_log()  # a reset takes the file away


def _programs(folder: Folder, is_simulated: bool) -> list[Program]:
    def program(name: str, *options: str) -> Program:
        return Program(name, [sys.executable, "-m", "firmware", name, "--config", str(folder.path), *options])

    # Dial tone comes first: the page's start takes half a second of a processor.
    give_up_at = time.monotonic() + _GATEWAY_EXPECTED_S
    web = dataclasses.replace(
        program("web"), is_its_turn=lambda: folder.gateway_socket.exists() or time.monotonic() >= give_up_at
    )
    gateway = dataclasses.replace(program("gateway", *["--simulate"] * is_simulated), has_pulse=True)
    appliance = dataclasses.replace(program("appliance"), is_its_turn=folder.web_url.exists)
    programs = [gateway, web, appliance]
    return [program("simulator"), *programs] if is_simulated else programs


def _let_children_find_us() -> None:
    """`-m firmware` has to work from whatever folder we were started in."""
    ours = str(Path(firmware.__file__).parents[1])
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{ours}{os.pathsep}{others}" if others else ours


class Greeting:
    """Two lines, once the page is up."""

    def __init__(self, folder: Folder, *, is_simulated: bool) -> None:
        self._folder = folder
        self._is_simulated = is_simulated
        self._give_up_at = time.monotonic() + _PAGE_EXPECTED_S

    def is_done(self) -> bool:
        """Whether it was said; says it when it is time."""
        try:
            url = self._folder.web_url.read_text().strip()
        except OSError:
            url = ""
        if not url and time.monotonic() < self._give_up_at:
            return False
        place = f"its page is at {url}" if url else "its page is not up yet"
        say(f"Twinline runs; {place} (Ctrl-C ends it)")
        self._say_code()
        first, *others = self._commands()
        say(f"Try: {self._ourselves()} {first}   (then: {', '.join(others)})")
        return True

    def _say_code(self) -> None:
        try:
            code = SetupCodes(self._folder.path).ensure()
        except OSError as error:  # a full card ends no box
            say(f"There is no setup code for the first visit: it cannot be kept ({error.strerror})")
            return
        if code is not None:
            say(f"Setup code for the first visit: {code.grouped}   (good for {LIFE_S / 60:.0f} minutes, once)")

    def _commands(self) -> list[str]:
        if self._is_simulated:
            return ["sim phone 1 lift", "sim phone 1 dial 102", "status"]
        return ["status", "settings get", "settings docs"]

    def _ourselves(self) -> str:
        is_default = self._folder.path == default_folder()
        return _our_name() + ("" if is_default else f" --config {self._folder.path}")


def _our_name() -> str:
    """How this program is called from here."""
    twinline = Path(sys.executable).with_name("twinline")
    if shutil.which("twinline") == str(twinline):
        return "twinline"
    return _from_here(twinline) if twinline.exists() else f"{_from_here(Path(sys.executable))} -m firmware"


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
