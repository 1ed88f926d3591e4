"""What every measure needs: a box with a far end behind a trunk, and calls between them."""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.bench.far_end import FarEnd
from tests.support.box import Box
from tests.support.network import free_port, loopback_address
from tests.support.waiting import until

NUMBER = "12125550123"  # complete by the plan of the US: no pause for more digits

_TRIES = 3
_NUMBER_S = 3.0  # far longer than the box takes for a number that it has heard


@contextmanager
def site(folder: Path, settings: Mapping[str, object] | None = None) -> Iterator[tuple[Box, FarEnd]]:
    """A box and a far end that it reaches by the trunk "far"."""
    with FarEnd(folder / "far") as far, box_with(folder / "box", {"far": far}, settings) as box:
        yield box, far


@contextmanager
def box_with(folder: Path, trunks: Mapping[str, FarEnd], settings: Mapping[str, object] | None = None) -> Iterator[Box]:
    """A box with a trunk to each far end, by name; calls out take the first."""
    address = loopback_address()
    chosen: dict[str, object] = {
        "codecs": ["pcmu"],
        "sip/address": address,
        "sip/udp_port": free_port(address),
        "dialling/routes": list(trunks),
    }
    chosen["trunks"] = [trunk(name, far) for name, far in trunks.items()]
    with Box(folder, chosen | dict(settings or {})) as box:
        for name in trunks:
            box.wait_trunk(name, "registered")
        yield box


def trunk(name: str, far: FarEnd, **changes: object) -> dict[str, object]:
    """Settings of a trunk that needs no registration."""
    return {
        "name": name,
        "username": name,
        "domain": far.place,
        "transport": "udp",
        "is_registering": False,
        "srtp": "off",
    } | changes


def registrar(passwords: Mapping[str, str], **options: object) -> dict[str, object]:
    """Settings of a registrar for these extensions on an address of its own."""
    address = loopback_address()
    settings: dict[str, object] = {"registrar/address": address, "registrar/udp_port": free_port(address)}
    settings |= {"registrar/tls_port": 0} | {f"registrar/{name}": value for name, value in options.items()}
    extensions: dict[str, object] = {user: {"password": password} for user, password in passwords.items()}
    # All of them are one change, which takes the place of what `Box` sets for the telephones on sockets.
    extensions |= {user: {"permissions": ["national", "mobile", "international", "premium"]} for user in ("101", "102")}
    return settings | {"extensions": extensions}


def registrar_place(box: Box) -> tuple[str, int]:
    """Where IP telephones register."""
    return str(box.settings["registrar/address"]), int(str(box.settings["registrar/udp_port"]))


def sip_place(box: Box) -> tuple[str, int]:
    """Where the box is called."""
    return str(box.settings["sip/address"]), int(str(box.settings["sip/udp_port"]))


def call_out(box: Box, far: FarEnd, phone: int = 1) -> str:
    """Telephone to far end, until audio comes; the call's id."""
    before = far.last_id()
    for _ in range(_TRIES):
        box.phone(phone).lift_and_dial(NUMBER)
        with contextlib.suppress(AssertionError):
            until(lambda: far.last_id() != before, _NUMBER_S, "an INVITE from the box")
            break
        put_down(box, phone)  # the machine stood still in the middle of a digit, and the number was another one
    call_id = far.last_id()
    assert call_id != before, "the box sends no INVITE"
    far.wait("answered", call_id)
    far.forget()
    until(lambda: far.count() > 5, 10, "RTP from the box")
    return call_id


def call_in(box: Box, far: FarEnd, user: str = "far", phone: int = 1) -> str:
    """Far end to box, until the telephone rings; the call's id."""
    call_id = far.call(user, *sip_place(box))
    box.phone(phone).wait("ringing", True)
    return call_id


def hang_up(box: Box, *phones: int) -> None:
    """Telephones hang up; no call is left."""
    for phone in phones:
        put_down(box, phone)
    box.wait_idle()


def put_down(box: Box, phone: int) -> None:
    """Hang up, and wait until that is no flash any more: the snapshot must have seen the handset lifted before."""
    line = f"fxs{phone}"
    until(lambda: box.line(line)["state"] not in ("on-hook", "ringing"), 10, f"{line} is lifted")
    box.phone(phone).hang_up()
    box.wait_line(line, "on-hook")
