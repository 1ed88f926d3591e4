"""Found, renamed, followed and missed by avahi, over a cable between two network namespaces."""

import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.lan import CABLE, ROOT, Avahi, Lan, Machine
from tests.support.process import Program
from tests.support.waiting import until

FOUND_S = 3.0  # reliability T22
FOLLOWED_S = 5.0
SETTLED_S = 15.0  # two machines quarrel about a name: avahi takes its time
TXT = {"model": "Twinline", "version": "1.2.3", "setup": "1"}
SERVICES = [
    ("_http._tcp", 80, TXT | {"path": "/"}),
    ("_https._tcp", 443, TXT | {"path": "/"}),
    ("_sip._udp", 5060, TXT),
    ("_sips._tcp", 5061, TXT),
]


class Announcer:
    """Our side, on a machine of its own."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        words = machine.words(sys.executable, "-m", "tests.support.announcer", str(folder))
        self._program = Program(words, folder / "announcer.log", folder=ROOT)
        self.say(SERVICES)

    def say(self, services: list[tuple[str, int, dict[str, str]]], name: str = "twinline") -> None:
        new = self.folder / "wanted.new"
        new.write_text(json.dumps({"name": name, "services": services}))
        new.rename(self.folder / "wanted.json")

    def start(self) -> float:
        """The moment it was started."""
        (self.folder / "state.json").unlink(missing_ok=True)
        self._program.start()
        return time.monotonic()

    def stop(self) -> None:
        self._program.stop()

    def kill(self) -> None:
        """Without a goodbye."""
        os.killpg(self._program.pid, signal.SIGKILL)
        self._program.stop()

    @property
    def state(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / "state.json").read_text()))
        except FileNotFoundError:
            return {}

    @property
    def log(self) -> str:
        return self._program.tail(100_000)

    def wait_named(self, name: str, within_s: float = SETTLED_S) -> None:
        try:
            until(lambda: self.state.get("name") == name, within_s, f"is called {name}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.state}\n{self.log}") from None

    def peak_bytes(self) -> int:
        """The most memory that it ever had."""
        status = Path(f"/proc/{self._program.pid}/status").read_text()  # `ip netns exec` became what it runs
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan() as lan:
        yield lan


@pytest.fixture
def ours(lan: Lan, tmp_path: Path) -> Iterator[Announcer]:
    announcer = Announcer(lan.box, tmp_path / "ours")
    yield announcer
    announcer.stop()


@pytest.fixture
def avahi(lan: Lan, tmp_path: Path) -> Iterator[Avahi]:
    with Avahi(lan.neighbour, tmp_path / "avahi") as avahi:
        yield avahi


def test_name_and_services_are_found_within_3_s(ours: Announcer, avahi: Avahi) -> None:
    started = ours.start()
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.1", FOUND_S, "the name is resolved")
    found = avahi.services()
    assert time.monotonic() - started < FOUND_S
    assert {(one.name, one.kind, one.host, one.port) for one in found} == {
        ("twinline", kind, "twinline.local", port) for kind, port, _ in SERVICES
    }
    for kind, _, txt in SERVICES:
        assert {one.txt for one in found if one.kind == kind} == {frozenset(f"{key}={txt[key]}" for key in txt)}
    assert avahi.resolve("twinline.local", "-6")


def test_what_is_no_longer_served_goes_and_the_setup_flag_follows(ours: Announcer, avahi: Avahi) -> None:
    ours.start()
    ours.wait_named("twinline")
    assert avahi.services("_sip._udp")
    ours.say([("_http._tcp", 80, TXT | {"setup": "0"})])
    until(lambda: not avahi.services("_sip._udp"), FOLLOWED_S, "_sip._udp is withdrawn")
    until(lambda: all("setup=0" in one.txt for one in avahi.services("_http._tcp")), FOLLOWED_S, "the flag is changed")
    ours.say([])
    until(lambda: not avahi.services("_http._tcp"), FOLLOWED_S, "nothing is left")
    assert ours.state["name"] == ""


def test_a_name_that_is_taken_is_left_to_its_owner(lan: Lan, ours: Announcer, tmp_path: Path) -> None:
    with Avahi(lan.neighbour, tmp_path / "avahi", name="twinline", has_ipv6=False) as avahi:
        ours.start()
        ours.wait_named("twinline-2", FOUND_S + 1)
        assert avahi.resolve("twinline-2.local") == "10.9.0.1"
        assert {one.name for one in avahi.services("_http._tcp")} == {"twinline-2"}
        assert "conflict" not in avahi.log


def test_who_comes_later_has_to_take_another_name(lan: Lan, ours: Announcer, tmp_path: Path) -> None:
    ours.start()
    ours.wait_named("twinline")
    with Avahi(lan.neighbour, tmp_path / "avahi", name="twinline") as avahi:
        assert "Host name conflict" in avahi.log or "twinline-2.local" in avahi.log
        assert ours.state["name"] == "twinline"
        assert avahi.resolve("twinline.local") == "10.9.0.1"


def test_two_of_one_name_that_are_joined_later_end_up_with_two_names(lan: Lan, ours: Announcer, tmp_path: Path) -> None:
    lan.cut()
    with Avahi(lan.neighbour, tmp_path / "avahi", name="twinline", has_ipv6=False) as avahi:
        ours.start()
        ours.wait_named("twinline")
        assert "conflict" not in avahi.log
        lan.join()
        ours.say([*SERVICES[:3], ("_sips._tcp", 5062, TXT)])  # a word, for the other to hear

        def is_settled() -> bool:
            theirs = "twinline-2" if "retrying with twinline-2" in avahi.log else "twinline"
            return bool(ours.state.get("name")) and ours.state["name"] != theirs

        until(is_settled, SETTLED_S, "they are called differently")
        until(lambda: avahi.resolve(f"{ours.state['name']}.local") == "10.9.0.1", SETTLED_S, "and ours is right")


def test_two_of_ours_do_not_swap_names_after_a_power_cut(lan: Lan, tmp_path: Path) -> None:
    first, second = Announcer(lan.box, tmp_path / "first"), Announcer(lan.neighbour, tmp_path / "second")
    try:
        first.start()
        first.wait_named("twinline")
        second.start()
        second.wait_named("twinline-2")
        first.kill()
        second.kill()
        second.start()
        first.start()
        second.wait_named("twinline-2")
        first.wait_named("twinline")
    finally:
        first.stop()
        second.stop()


def test_two_of_ours_that_start_at_once_get_two_names(lan: Lan, tmp_path: Path) -> None:
    boxes = [Announcer(lan.box, tmp_path / "first"), Announcer(lan.neighbour, tmp_path / "second")]
    try:
        for box in boxes:
            box.start()
        until(
            lambda: {box.state.get("name") for box in boxes} == {"twinline", "twinline-2"},
            SETTLED_S,
            f"two names: {[box.log for box in boxes]}",
        )
    finally:
        for box in boxes:
            box.stop()


def test_a_new_address_is_followed(lan: Lan, ours: Announcer, avahi: Avahi) -> None:
    ours.start()
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.1", FOUND_S, "the name is resolved")
    lan.box.ip("address", "add", "10.9.0.77/24", "dev", CABLE)
    lan.box.ip("address", "del", "10.9.0.1/24", "dev", CABLE)
    lan.box.ip("address", "replace", "10.9.0.77/24", "dev", CABLE)
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.77", FOLLOWED_S, f"the new address: {ours.log}")
    until(
        lambda: {one.address for one in avahi.services("_http._tcp") if ":" not in one.address} == {"10.9.0.77"},
        FOLLOWED_S,
        "the service has it too",
    )


def test_a_cable_that_is_pulled_and_put_back_costs_seconds(lan: Lan, ours: Announcer, avahi: Avahi) -> None:
    ours.start()
    ours.wait_named("twinline")
    lan.box.ip("link", "set", CABLE, "down")
    until(lambda: ours.state["name"] == "", FOLLOWED_S, "nothing is announced without a network")
    lan.box.ip("link", "set", CABLE, "up")
    lan.box.ip("address", "replace", "10.9.0.1/24", "dev", CABLE)
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.1", FOLLOWED_S, f"it is back: {ours.log}")


def test_it_says_goodbye(ours: Announcer, avahi: Avahi, tmp_path: Path) -> None:
    ours.start()
    ours.wait_named("twinline")
    seen = tmp_path / "seen.log"
    with avahi.watch("_http._tcp", seen):
        until(lambda: ";twinline;" in seen.read_text(), FOUND_S, "avahi sees it come")
        ours.stop()
        until(lambda: any(line.startswith("-;") for line in seen.read_text().splitlines()), FOUND_S, "and go")


def test_without_any_network_it_waits_and_says_so_once(lan: Lan, ours: Announcer) -> None:
    lan.box.ip("link", "set", CABLE, "down")
    ours.start()
    until(lambda: "state.json" in os.listdir(ours.folder), FOLLOWED_S, "it runs")
    lan.box.ip("link", "set", CABLE, "up")
    ours.wait_named("twinline", FOLLOWED_S)
    assert ours.log.count("nothing is announced") <= 1
    assert " error " not in ours.log and "Traceback" not in ours.log


# ---- hostile neighbours ------------------------------------------------------------------------------

FLOOD = """
import socket, struct, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.9.0.2"))
out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
out.bind(("10.9.0.2", 5353))
def name(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\\0"
def record(owner, kind, data):
    return owner + struct.pack(">HHIH", kind, 0x8001, 4500, len(data)) + data
count = 0
while count < int(sys.argv[1]):
    records = []
    for number in range(20):
        count += 1
        owner = name(b"h%d" % count, b"_http", b"_tcp", b"local")
        records.append(record(owner, 16, b"\\xff" + b"<script>" * 31 + b"1234567"))
        records.append(record(name(b"_http", b"_tcp", b"local"), 12, owner))
    packet = struct.pack(">HHHHHH", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)
    out.sendto(packet, ("224.0.0.251", 5353))
"""


def test_a_flood_of_100_000_records_leaves_it_small_and_answering(lan: Lan, ours: Announcer, avahi: Avahi) -> None:
    ours.start()
    ours.wait_named("twinline")
    before = ours.peak_bytes()
    subprocess.run(lan.neighbour.words(sys.executable, "-c", FLOOD, "50000"), check=True, timeout=60)
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.1", FOLLOWED_S, "it still answers")
    grown = ours.peak_bytes() - before
    assert grown < 10_000_000, f"{grown} bytes more"
    assert "Traceback" not in ours.log


QUESTIONS = """
import socket, struct, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.9.0.2"))
out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
out.bind(("10.9.0.2", 5353))
def name(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\\0"
flags = int(sys.argv[2])
for count in range(int(sys.argv[1])):
    questions = name(b"q%d" % count, b"local") + struct.pack(">HH", 255, 1)
    questions += name(b"_http", b"_tcp", b"local") + struct.pack(">HH", 12, 1)
    known = b""
    for number in range(40):
        target = name(b"k%d-%d" % (count, number) + b"x" * 40, b"_http", b"_tcp", b"local")
        known += name(b"_http", b"_tcp", b"local") + struct.pack(">HHIH", 12, 1, 4500, len(target)) + target
    packet = struct.pack(">HHHHHH", 0, flags, 2, 40, 0, 0) + questions + known
    out.sendto(packet, ("224.0.0.251", 5353))
"""


@pytest.mark.parametrize("flags", [0, 0x0200], ids=["whole", "to-be-continued"])
def test_a_flood_of_questions_with_100_000_known_answers_neither(
    flags: int, lan: Lan, ours: Announcer, avahi: Avahi
) -> None:
    ours.start()
    ours.wait_named("twinline")
    before = ours.peak_bytes()
    subprocess.run(lan.neighbour.words(sys.executable, "-c", QUESTIONS, "2500", str(flags)), check=True, timeout=60)
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.1", FOLLOWED_S, "it still answers")
    grown = ours.peak_bytes() - before
    assert grown < 10_000_000, f"{grown} bytes more"
    assert "Traceback" not in ours.log


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\0" * 12,
        b"\xff" * 1400,
        struct.pack(">HHHHHH", 0, 0x8400, 0, 1, 0, 0) + b"\xc0\x0c" * 20,  # a name that points to itself
        struct.pack(">HHHHHH", 0, 0x8400, 0, 65535, 0, 0) + b"\x01a\0\0\x01\x80\x01\0\0\0\x78\xff\xff",
        struct.pack(">HHHHHH", 0, 0, 65535, 0, 0, 0) + b"\x3f" + b"a" * 63 + b"\0\0\xff\0\x01",
    ],
    ids=["empty", "nothing", "ones", "loop", "short", "questions"],
)
def test_a_broken_packet_does_no_harm(packet: bytes, lan: Lan, ours: Announcer) -> None:
    ours.start()
    ours.wait_named("twinline")
    program = (
        "import socket,sys;s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);"
        "s.setsockopt(0,socket.IP_MULTICAST_IF,socket.inet_aton('10.9.0.2'));"
        "[s.sendto(bytes.fromhex(sys.argv[1]),('224.0.0.251',5353)) for _ in range(100)]"
    )
    subprocess.run(lan.neighbour.words(sys.executable, "-c", program, packet.hex()), check=True, timeout=30)
    until(lambda: _answers(lan.neighbour), FOLLOWED_S, f"it answers: {ours.log}")
    assert ours.log.count("\n") < 10, ours.log


def test_who_contests_every_name_does_not_make_it_run_through_them(lan: Lan, ours: Announcer) -> None:
    ours.start()
    ours.wait_named("twinline")
    program = (
        "import socket,struct,time;s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);"
        "s.setsockopt(0,socket.IP_MULTICAST_IF,socket.inet_aton('10.9.0.2'))\n"
        "end=time.monotonic()+12\n"
        "while time.monotonic()<end:\n"
        "  for n in [b'twinline']+[b'twinline-%d'%i for i in range(2,99)]:\n"
        "    r=bytes([len(n)])+n+b'\\5local\\0'+struct.pack('>HHIH',1,0x8001,120,4)+b'\\xff'*4\n"
        "    s.sendto(struct.pack('>HHHHHH',0,0x8400,0,1,0,0)+r,('224.0.0.251',5353))\n"
        "  time.sleep(0.2)\n"
    )
    subprocess.run(lan.neighbour.words(sys.executable, "-c", program), check=True, timeout=60)
    until(lambda: ours.state.get("name"), SETTLED_S, f"it has a name again: {ours.log}")
    assert ours.log.count("another machine has our name") <= 5


def _answers(machine: Machine) -> bool:
    """Whether somebody on the cable answers for twinline.local."""
    program = (
        "import socket,struct\n"
        "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.settimeout(1)\n"
        "s.setsockopt(0,socket.IP_MULTICAST_IF,socket.inet_aton('10.9.0.2'))\n"
        "s.sendto(struct.pack('>HHHHHH',7,0,1,0,0,0)+b'\\x08twinline\\5local\\0\\0\\1\\0\\1',('224.0.0.251',5353))\n"
        "print(bytes([10,9,0,1]) in s.recv(9000))\n"
    )
    done = subprocess.run(machine.words(sys.executable, "-c", program), capture_output=True, timeout=30, check=False)
    return done.stdout.strip() == b"True"
