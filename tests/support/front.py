"""The registrar of IP telephones with a socket in the place of the exchange."""

import re
import socket
from pathlib import Path

from firmware.registrar.lines import SecurityEvent
from firmware.registrar.options import Inside, Places, RegistrarOptions
from firmware.registrar.registrar import Registrar
from tests.support.network import free_port, loopback_address
from tests.support.raw_phone import RawPhone, Reply
from tests.support.waiting import until

PASSWORDS = {"201": "secret-201", "202": "secret-202", "203": ""}


TOKEN = "0123456789abcdef"


class Front:
    """A registrar, and a socket in the place of the exchange."""

    def __init__(self, folder: Path, **options: int) -> None:
        self.address = loopback_address()
        self.port = free_port(self.address, 2)
        self.events: list[SecurityEvent] = []
        self.changes: list[tuple[str, bool]] = []
        self.exchange = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.exchange.bind(("127.0.0.1", 0))
        self.inside = Inside(free_port("127.0.0.1"), self.exchange.getsockname()[1], TOKEN)
        self.options = RegistrarOptions(
            address=self.address,
            udp_port=self.port,
            tls_port=self.port + 1,
            emergency=frozenset({"112", "911"}),
            **({"expires_min_s": 1, "requests_max": 1000, "guesses_max": 1000, "ban_s": 30} | options),
        )
        self.places = Places(folder / "run", folder / "keep")
        self.registrar = Registrar(
            self.options,
            inside=self.inside,
            places=self.places,
            on_security=self.events.append,
            on_registered=lambda *change: self.changes.append(change),
        )

    def __enter__(self) -> "Front":
        self.registrar.start(PASSWORDS)
        until(lambda: self.registrar.state().is_up, 10, "the registrar is up")
        return self

    def __exit__(self, *_: object) -> None:
        self.registrar.stop()
        self.exchange.close()

    @property
    def place(self) -> tuple[str, int]:
        return self.address, self.port

    def phone(self, user: str = "201", password: str | None = None) -> RawPhone:
        return RawPhone(self.place, user, PASSWORDS.get(user, "") if password is None else password)

    def exchange_hears(self, within_s: float = 2.0) -> Reply | None:
        self.exchange.settimeout(within_s)
        try:
            data, source = self.exchange.recvfrom(65535)
        except TimeoutError:
            return None
        request = Reply(data)
        if request.method == "INVITE":  # else it would be sent again for seconds
            kept = [line for line in request.text.split("\r\n") if re.match("(Via|From|To|Call-ID|CSeq):", line)]
            self.exchange.sendto("\r\n".join(["SIP/2.0 486 Busy", *kept, "", ""]).encode(), source)
        return request

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]
