"""Neighbours that flood, lie and contest: we stay small, keep our name, and answer."""

import struct
import subprocess
import sys

import pytest

from tests.support.announcing import SETTLED_S, Announcer
from tests.support.lan import Avahi, Lan, Machine
from tests.support.waiting import until

FOLLOWED_S = 5.0
SENDER = """
import socket, struct, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.9.0.2"))
out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
out.bind(("10.9.0.2", 5353))
def name(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\\0"
"""
FLOOD = """
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
    subprocess.run(lan.neighbour.words(sys.executable, "-c", SENDER + FLOOD, "50000"), check=True, timeout=60)
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.1", FOLLOWED_S, "it still answers")
    grown = ours.peak_bytes() - before
    assert grown < 10_000_000, f"{grown} bytes more"
    assert "Traceback" not in ours.log


QUESTIONS = """
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
    subprocess.run(
        lan.neighbour.words(sys.executable, "-c", SENDER + QUESTIONS, "2500", str(flags)), check=True, timeout=60
    )
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
