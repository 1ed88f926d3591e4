"""A whole box with telephones of every kind: on its adapter, at its registrar, behind its trunk."""

import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tests.support.baresip import REGISTERED, Account, Baresip
from tests.support.exchange_scenes import records
from tests.support.ip_phones import PASSWORDS, SAYS, assert_hears, wait_known
from tests.support.network import free_port, loopback_address
from tests.support.raw_phone import RawPhone
from tests.support.scenes import gateway_pid, kill_gateway
from tests.support.sipp import Sipp
from tests.support.site import ALIKE, WINDOW_S, Site
from tests.support.sound import fingerprint, likeness
from tests.support.waiting import until

_EVERY_CLASS = ["national", "mobile", "international", "premium"]
_HEARD_S = 10.0


class House(Site):
    """Extensions 201 to 203 may register; `settings` are changes by path to what else there is."""

    def __init__(self, folder: Path, **settings: object) -> None:
        super().__init__(folder)
        address = loopback_address()
        self.registrar_place = (address, free_port(address))
        self._ip_phones: Counter[str] = Counter()
        own: dict[str, object] = {
            "registrar/is_enabled": True,
            "registrar/address": address,
            "registrar/udp_port": self.registrar_place[1],
            "registrar/tls_port": 0,
            "registrar/requests_max": 1000,
        }
        for number, password in PASSWORDS.items():
            own[f"extensions/{number}"] = {"password": password, "permissions": _EVERY_CLASS, "name": f"Room {number}"}
        self.box.settings |= own | {path.replace("__", "/"): value for path, value in settings.items()}

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self.wait_registrar()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def wait_registrar(self) -> None:
        """IP telephones may register now."""
        until(lambda: (self.box.status()["phones"] or {}).get("is_up"), 15, "the registrar is up")

    @property
    def host(self) -> str:
        """Where IP telephones register."""
        return f"{self.registrar_place[0]}:{self.registrar_place[1]}"

    @contextmanager
    def ip_phone(self, folder: Path, user: str, **more: Any) -> Iterator[Baresip]:
        """An IP telephone, registered."""
        account = Account(user, self.host, **({"password": PASSWORDS[user]} | more))
        with Baresip(folder / user, account, plays=SAYS[user]) as phone:
            self._ip_phones[user] += 1
            phone.wait_for(REGISTERED)
            wait_known(self.box, len(+self._ip_phones))
            yield phone
            self._ip_phones[user] -= 1

    def raw_phone(self, user: str = "201") -> RawPhone:
        """A telephone that says what it is told."""
        return RawPhone(self.registrar_place, user, PASSWORDS[user])

    def peer(self, place: str) -> dict[str, Any]:
        """The settings of a trunk that registers nowhere: calls go to `address:port`."""
        return self.trunk("udp", outbound_proxy=place, is_registering=False)

    @contextmanager
    def failing(self, folder: Path, status: str) -> Iterator[str]:
        """Where a trunk's far end is that answers calls with `status`, or is "silent"."""
        if status == "silent":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
                address = loopback_address()
                nobody.bind((address, 0))
                yield f"{address}:{nobody.getsockname()[1]}"
            return
        with Sipp(folder, "refuse", keys={"status": status}) as far:
            yield f"{far.address}:{far.port}"

    def kill(self) -> None:
        """The gateway dies without a word; another one is there afterwards."""
        dead = kill_gateway(self.box)

        def is_back() -> bool:
            try:
                return gateway_pid(self.box) != dead and self.box.is_ready()
            except AssertionError:
                return False

        until(is_back, 20, "another gateway")
        self.wait_registrar()
        self._pid = gateway_pid(self.box)

    def calls_of(self, source: str) -> list[Any]:
        """Records of calls of an extension, newest first."""
        return [call for call in records(self.box).page(limit=20).calls if call.source_extension == source]


def assert_talk(house: House, number: int, phone: Baresip, folder: Path) -> None:
    """A telephone on the adapter and an IP telephone hear each other."""
    telephone = house.box.phone(number)
    said = fingerprint(31, 6.0)
    telephone.play(said, folder)
    assert_hears(phone, said)
    says = SAYS[phone.account.user]

    def is_heard() -> bool:
        heard = telephone.record(0.7, folder)
        return likeness(says, heard, window_s=WINDOW_S).correlation > ALIKE

    until(is_heard, _HEARD_S, f"telephone {number} hears {phone.account.user}")
