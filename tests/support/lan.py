"""A LAN of two machines: network namespaces with cables to a switch. What is in it concerns nobody else."""

import contextlib
import itertools
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.process import Program, program

ROOT = Path(__file__).resolve().parents[2]
CABLE = "lan0"
_numbers = itertools.count(1)

_BROWSE = ("avahi-browse", "--parsable", "--no-db-lookup")
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
"""
_AVAHI = """[server]
host-name={name}
use-ipv4=yes
use-ipv6={ipv6}
allow-interfaces={cable}
ratelimit-interval-usec=0
[publish]
publish-hinfo=no
publish-workstation=no
"""


class Machine:
    """One network namespace with the end of a cable in it."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address

    def words(self, *command: str) -> list[str]:
        """The command, to be run on this machine."""
        return [program("ip"), "netns", "exec", self.name, *command]

    def ip(self, *words: str) -> None:
        """`ip` on this machine."""
        _run([program("ip"), "-n", self.name, *words])


class Lan:
    """Two machines, `box` and `neighbour`; needs root. Gone at the end of `with`."""

    def __init__(self) -> None:
        stem = f"twl{os.getpid()}x{next(_numbers)}"
        self.box = Machine(f"{stem}a", "10.9.0.1")
        self.neighbour = Machine(f"{stem}b", "10.9.0.2")
        self._switch = Machine(f"{stem}s", "")

    def __enter__(self) -> Self:
        assert os.geteuid() == 0, "network namespaces need root"
        try:
            _run([program("ip"), "netns", "add", self._switch.name])
            for number, machine in enumerate(self.machines):
                self._connect(machine, number)
            self.join()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def machines(self) -> tuple[Machine, Machine]:
        """Both."""
        return self.box, self.neighbour

    def cut(self) -> None:
        """Part the two: nothing gets over, while both still see a link."""
        self._switch.ip("link", "delete", "switch0")

    def join(self) -> None:
        """Put them together (again)."""
        self._switch.ip("link", "add", "switch0", "type", "bridge", "mcast_snooping", "0")
        for number in range(len(self.machines)):
            self._switch.ip("link", "set", f"socket{number}", "master", "switch0", "up")
        self._switch.ip("link", "set", "switch0", "up")

    def _connect(self, machine: Machine, number: int) -> None:
        _run([program("ip"), "netns", "add", machine.name])
        # Addresses count at once: nobody else is on this cable.
        _run(machine.words("sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad"))
        peer = ["peer", "name", f"socket{number}", "netns", self._switch.name]
        _run([program("ip"), "link", "add", CABLE, "netns", machine.name, "type", "veth", *peer])
        machine.ip("address", "add", f"{machine.address}/24", "dev", CABLE)
        machine.ip("link", "set", "lo", "up")
        machine.ip("link", "set", CABLE, "up")

    def close(self) -> None:
        """Take it down."""
        for machine in (*self.machines, self._switch):
            subprocess.run([program("ip"), "netns", "delete", machine.name], check=False, capture_output=True)


class Avahi:
    """Avahi on one machine, with a bus of its own: another implementation of mDNS, to ask and to quarrel with."""

    def __init__(self, machine: Machine, folder: Path, *, name: str = "neighbour", has_ipv6: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._machine = machine
        self._bus_socket = Path("/tmp") / f"{machine.name}.bus"  # a socket's path has 108 bytes at most
        (folder / "bus.conf").write_text(_BUS.format(socket=self._bus_socket))
        (folder / "avahi.conf").write_text(_AVAHI.format(name=name, cable=CABLE, ipv6="yes" if has_ipv6 else "no"))
        self._environment = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self._bus_socket}"}
        self._bus = Program(
            ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--nopidfile"],
            folder / "bus.log",
            folder=folder,
        )
        # Its pid file has a fixed place: each gets a /run/avahi-daemon of its own.
        script = (
            "mkdir -p /run/avahi-daemon && mount -t tmpfs tmpfs /run/avahi-daemon && "
            f"exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f '{folder / 'avahi.conf'}'"
        )
        self._daemon = Program(
            machine.words(
                "unshare", "-m", "sh", "-c", f"mkdir -p /run/avahi-daemon && {script} -f '{folder}/avahi.conf'"
            ),
            folder / "avahi.log",
            folder=folder,
            environment=self._environment,
        )

    def start(self) -> Self:
        """Returns when it has its name."""
        self._bus.start()
        self._bus.wait_until_ready(self._bus_socket.exists)
        self._daemon.start()
        self._daemon.wait_until_ready(lambda: "Server startup complete" in self.log, within_s=20)
        return self

    def stop(self) -> None:
        """End it."""
        self._daemon.stop()
        self._bus.stop()
        self._bus_socket.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """What it said."""
        return self._daemon.tail(100_000)

    def resolve(self, host: str, family: str = "-4") -> str:
        """The address of a host name, empty when nobody answers within avahi's 5 s."""
        words = self._ask(["avahi-resolve", family, "-n", host]).split()
        return words[1] if len(words) == 2 else ""

    def services(self, kind: str = "--all") -> list["Found"]:
        """Everything (of a kind) that can be resolved now; takes a second."""
        lines = self._ask(
            ["avahi-browse", "--parsable", "--resolve", "--no-db-lookup", "--terminate", kind]
        ).splitlines()
        return [Found.of(line) for line in lines if line.startswith("=;")]

    def watch(self, kind: str, log: Path) -> Program:
        """What comes (+) and goes (-) of a kind, a line each."""
        return Program(
            ["stdbuf", "-oL", *_BROWSE, kind],
            log,
            folder=log.parent,
            environment=self._environment,
        )

    def _ask(self, command: Sequence[str]) -> str:
        done = subprocess.run(
            [program(command[0]), *command[1:]],
            env=os.environ | self._environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return done.stdout


class Found:
    """One service as avahi-browse tells it."""

    def __init__(self, name: str, kind: str, host: str, address: str, port: int, txt: frozenset[str]) -> None:
        self.name = name
        self.kind = kind
        self.host = host
        self.address = address
        self.port = port
        self.txt = txt

    @classmethod
    def of(cls, line: str) -> "Found":
        """`=;interface;protocol;name;type;domain;host;address;port;txt`."""
        fields = line.split(";", 9)
        return cls(
            fields[3], fields[4], fields[6], fields[7], int(fields[8]), frozenset(fields[9].strip('"').split('" "'))
        )

    def __repr__(self) -> str:
        return f"<{self.name} {self.kind} {self.host} {self.address}:{self.port} {sorted(self.txt)}>"


def _run(command: Sequence[str]) -> None:
    with contextlib.suppress(FileNotFoundError):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}"
