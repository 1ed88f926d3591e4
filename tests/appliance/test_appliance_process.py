"""The process `twinline appliance` beside a gateway, on a LAN of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.control import ControlServer
from firmware.setup_code import SetupCodes
from tests.support.lan import ROOT, Avahi, Lan
from tests.support.process import Program
from tests.support.waiting import until

# Looks every 3 s, then a second to claim the name, and avahi-browse takes another.
SEEN_S = 8.0
STOPPED_S = 3.0  # what the supervisor gives everybody
_COMMAND = (
    "import argparse, sys; from pathlib import Path; from firmware.commands import appliance as command;"
    "parser = argparse.ArgumentParser(); command.configure(parser); arguments = parser.parse_args(sys.argv[2:]);"
    "arguments.config = Path(sys.argv[1]); sys.exit(command.run(arguments))"
)
_LISTEN = (
    "import socket, sys, time; from pathlib import Path; one = socket.socket(); two = socket.socket(type=2);"
    "one.bind((sys.argv[1], 80)); one.listen(); two.bind((sys.argv[1], 5060)); Path(sys.argv[2]).touch();"
    "time.sleep(600)"
)


class Gateway:
    """What the appliance asks of a gateway."""

    def __init__(self, run: Path) -> None:
        self.discovery: dict[str, object] = {"is_enabled": True, "name": "office"}
        self.server = ControlServer(
            run / "gateway.sock",
            {"status": lambda: {"health": []}, "settings.get": self._setting},
        )

    def _setting(self, path: str) -> object:
        return {"discovery": self.discovery, "registrar": {"udp_port": 5060, "tls_port": 5061}}[path]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    config = tmp_path / "config"
    (config / "run").mkdir(parents=True)
    (config / "run" / "web.url").write_text("http://0.0.0.0:80/\n")
    return config


@pytest.fixture
def gateway(config: Path) -> Iterator[Gateway]:
    gateway = Gateway(config / "run")
    gateway.server.start()
    yield gateway
    gateway.server.stop()


@pytest.fixture
def appliance(lan: Lan, config: Path) -> Iterator[Program]:
    words = lan.box.words(sys.executable, "-c", _COMMAND, str(config))
    with Program(words, config.with_suffix(".log"), folder=ROOT) as program:
        yield program


def serving(lan: Lan, address: str, folder: Path) -> Program:
    """Something that listens on ports 80 and 5060 of an address."""
    ready = folder / f"listens-{address}"
    words = lan.box.words(sys.executable, "-c", _LISTEN, address, str(ready))
    program = Program(words, folder / "listener.log", folder=ROOT).start()
    program.wait_until_ready(ready.exists)
    return program


def kinds(avahi: Avahi) -> set[tuple[str, str, str]]:
    return {(one.name, one.kind, flag) for one in avahi.services() for flag in one.txt if flag.startswith("setup=")}


def test_it_announces_what_is_served_and_whether_it_waits_to_be_set_up(
    lan: Lan, avahi: Avahi, config: Path, gateway: Gateway, appliance: Program, tmp_path: Path
) -> None:
    listener = serving(lan, "0.0.0.0", tmp_path)
    try:
        expected = {("office", "_http._tcp", "setup=1"), ("office", "_sip._udp", "setup=1")}  # nobody listens on 5061
        until(lambda: kinds(avahi) == expected, SEEN_S, f"page and registrar: {appliance.tail()}")
        SetupCodes(config).finish()
        until(lambda: {flag for _, _, flag in kinds(avahi)} == {"setup=0"}, SEEN_S, "it is set up")
        gateway.server.stop()
        assert avahi.resolve("office.local") == "10.9.0.1"  # a gateway that is gone comes back; the page is there
        gateway.server.start()
        gateway.discovery = {"is_enabled": False}
        until(lambda: not kinds(avahi), SEEN_S, "it is switched off")
    finally:
        listener.stop()


def test_what_only_the_machine_itself_reaches_is_not_announced(
    lan: Lan, avahi: Avahi, gateway: Gateway, appliance: Program, tmp_path: Path
) -> None:
    local = serving(lan, "127.0.0.1", tmp_path)
    try:
        assert not kinds(avahi) and not kinds(avahi)
    finally:
        local.stop()
    public = serving(lan, "10.9.0.1", tmp_path)
    try:
        until(lambda: kinds(avahi), SEEN_S, "now the neighbours reach it")
    finally:
        public.stop()
    until(lambda: not kinds(avahi), SEEN_S, "and now no longer")


def test_it_ends_in_time_and_cleanly(lan: Lan, gateway: Gateway, appliance: Program, tmp_path: Path) -> None:
    listener = serving(lan, "0.0.0.0", tmp_path)
    try:
        until(lambda: "announced as office.local" in appliance.tail(), SEEN_S, "it announces")
    finally:
        listener.stop()
    os.kill(appliance.pid, signal.SIGTERM)
    assert appliance.exit_code(STOPPED_S) == 0
    assert "Traceback" not in appliance.tail()


def test_without_gateway_and_network_it_just_waits(lan: Lan, appliance: Program) -> None:
    threads = Path(f"/proc/{appliance.pid}/task")
    until(lambda: len(list(threads.iterdir())) > 2, SEEN_S, "it runs")
    os.kill(appliance.pid, signal.SIGTERM)
    assert appliance.exit_code(STOPPED_S) == 0
    assert not appliance.tail()


def test_zeroconf_and_gpio_stay_out_of_the_other_processes() -> None:
    program = (
        "import sys, firmware.app, firmware.commands.run, firmware.webadmin.process, firmware.setup_code;"
        "print(sorted({'zeroconf', 'gpiod', 'RPi'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
