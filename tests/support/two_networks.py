"""As a program, in a network namespace of its own: telephones in two networks, and what each is told of ours.

Prints a line `told NETWORK ADDRESS` for each telephone. Called by tests/sip/test_ip_phones_networks.py.
"""

import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from firmware.registrar.options import Inside, Places, RegistrarOptions
from firmware.registrar.registrar import Registrar
from tests.support.raw_phone import RawPhone
from tests.support.waiting import until

_TOKEN = "feedfacecafebeef"
_INSIDE = 5999


def main() -> None:
    """Two networks that are there from the start, and one that comes later."""
    _ip("link set lo up")
    for number in (1, 2):
        _network(number)
    exchange = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    exchange.bind(("127.0.0.1", 0))
    folder = Path(tempfile.mkdtemp(prefix="two-networks-"))
    registrar = Registrar(
        RegistrarOptions(tls_port=0),
        inside=Inside(_INSIDE, exchange.getsockname()[1], _TOKEN),
        places=Places(folder / "run", folder / "keep"),
    )
    registrar.start({"201": "secret"})
    until(lambda: registrar.state().is_up, 10, "the registrar is up")
    try:
        for number in (1, 2):
            _ask(number)
        _network(3)
        pid = registrar.pid
        until(lambda: registrar.pid not in (0, pid) and registrar.state().is_up, 10, "it listens anew")
        _ask(3)
    finally:
        registrar.stop()


def _network(number: int) -> None:
    for host in (1, 2):  # ours, and the telephone's; a kernel without dummy devices has lo
        _ip(f"address add 10.0.{number}.{host}/32 dev lo")


def _ask(number: int) -> None:
    own = f"10.0.{number}.1"
    with RawPhone((own, 5060), "201", "secret", address=f"10.0.{number}.2") as phone:
        assert phone.register() == 200
        with RawPhone(("127.0.0.1", _INSIDE), "x", address="127.0.0.1") as exchange:
            exchange.send(exchange.text("INVITE", "201", body=exchange.sdp, extra=f"X-Twinline-Token: {_TOKEN}"))
            call = phone.receive()
        assert call is not None
        addresses = sorted(set(re.findall(r"IN IP4 (\S+)", call.body)))
        print("told", number, *addresses, flush=True)
        assert phone.register(expires_s=0) == 200


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True)


if __name__ == "__main__":
    sys.exit(main())
