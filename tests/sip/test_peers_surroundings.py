"""What the other tests stand on besides their peers: names, addresses, sounds, and an end to every process."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import dns.resolver
import pytest

from tests.support.dns import A, Dns, Naptr, Record, Srv
from tests.support.network import is_bound, loopback_address
from tests.support.sound import (
    fingerprint,
    level_at,
    likeness,
    read_wav,
    tone,
    write_wav,
)
from tests.support.waiting import until

REPOSITORY = Path(__file__).parents[2]
ALICE, BOB = fingerprint(1, 10), fingerprint(2, 10)


def test_the_name_server_answers_with_its_records_only(tmp_path: Path) -> None:
    records: list[Record] = [
        A("sip1.example.test", "127.9.9.1"),
        A("sip2.example.test", "127.9.9.2"),
        Srv("_sips._tcp.example.test", "sip1.example.test", 5071, 10, 60),
        Srv("_sips._tcp.example.test", "sip2.example.test", 5072, 20, 0),
        Naptr("example.test", "SIPS+D2T", "_sips._tcp.example.test"),
    ]
    with Dns(tmp_path, *records) as server:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port, resolver.lifetime = [server.address], server.port, 5
        found = {(a.priority, a.target.to_text(), a.port) for a in resolver.resolve("_sips._tcp.example.test", "SRV")}
        assert found == {(10, "sip1.example.test.", 5071), (20, "sip2.example.test.", 5072)}
        assert [a.address for a in resolver.resolve("sip2.example.test", "A")] == ["127.9.9.2"]
        (naptr,) = resolver.resolve("example.test", "NAPTR")
        assert naptr.service == b"SIPS+D2T"
        with pytest.raises(dns.resolver.NXDOMAIN):
            resolver.resolve("www.other.test", "A")
        assert "SRV _sips._tcp.example.test" in server.queries()
        server.change(A("sip1.example.test", "127.9.9.3"))
        assert [a.address for a in resolver.resolve("sip1.example.test", "A")] == ["127.9.9.3"]


def test_peers_die_with_a_test_run_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time\n"
        "from tests.support.registrar import Registrar\n"
        "with Registrar(pathlib.Path(sys.argv[1]), {'alice': 'one'}) as registrar:\n"
        "    print(registrar.address, registrar.port, registrar._socket_folder, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    ) as run:
        assert run.stdout is not None
        address, port, socket_folder = run.stdout.readline().split()
        assert is_bound(address, int(port), "udp")
        run.send_signal(signal.SIGKILL)
    until(lambda: not is_bound(address, int(port), "udp"), 10, "the end of the registrar")
    until(lambda: not is_bound(address, int(port), "tcp"), 10, "the end of the registrar's children")
    shutil.rmtree(socket_folder)


def test_addresses_are_never_shared_between_runs() -> None:
    script = (
        "import sys\n"
        "from tests.support.network import loopback_address\n"
        "print(*[loopback_address() for _ in range(300)], flush=True)\n"
        "sys.stdin.read()\n"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        )
        for _ in range(3)
    ]
    found = [loopback_address() for _ in range(100)]
    for run in runs:
        assert run.stdout is not None
        found += run.stdout.readline().split()
    for run in runs:
        run.communicate("")
    assert len(found) == 1000
    assert len(set(found)) == 1000


def test_sounds_are_told_apart(tmp_path: Path) -> None:
    sound, rate_hz = read_wav(write_wav(tmp_path / "sound.wav", ALICE))
    assert (rate_hz, len(sound)) == (8000, len(ALICE))
    late = likeness(ALICE, ALICE[800:] // 3)
    assert late.correlation > 0.99
    assert late.delay_ms == -100
    assert likeness(ALICE, BOB).correlation < 0.3
    assert likeness(ALICE, ALICE[:100]).correlation == 0
    assert level_at(tone(440, 1), 440) > 0.99
    assert level_at(tone(440, 1), 480) < 0.01
