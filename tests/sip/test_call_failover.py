"""A call that one server of a domain cannot serve goes to the domain's next one, and is heard there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.baresip import INCOMING
from tests.support.dns import A, Dns, Srv
from tests.support.registrar import Registrar
from tests.support.site import BOB, BOX, DOMAIN, USERS, Site

BUSY = "5559486"
SERVICE = {"udp": "_sip._udp", "tls": "_sips._tcp"}


@contextmanager
def two_servers(site: Site, folder: Path, transport: str) -> Iterator[tuple[Registrar, Registrar]]:
    """The trunk's domain is served by two, of which the first has no room for calls to BOB; it is registered there."""
    parts = {"domain": DOMAIN, "certificate": site.ca.server(DOMAIN)}
    with (
        Registrar(folder / "one", USERS, replies={BOB: 503, BUSY: 486}, **parts) as one,  # type: ignore[arg-type]
        Registrar(folder / "two", USERS, **parts) as two,  # type: ignore[arg-type]
    ):
        ports = [server.tls_port if transport == "tls" else server.port for server in (one, two)]
        records = [
            A("one.example.test", one.address),
            A("two.example.test", two.address),
            Srv(f"{SERVICE[transport]}.{DOMAIN}", "one.example.test", ports[0], priority=10),
            Srv(f"{SERVICE[transport]}.{DOMAIN}", "two.example.test", ports[1], priority=20),
        ]
        with Dns(folder / "dns", *records) as dns:
            trunk = site.trunk(transport, outbound_proxy="", tls_name="")
            site.use(trunk, sip__nameservers=[dns.server])
            site.box.wait_trunk(trunk["name"], "registered")
            assert one.contacts(BOX) and not two.contacts(BOX)
            yield one, two


@pytest.mark.parametrize("transport", ["udp", "tls"])
def test_a_call_that_a_server_has_no_room_for_goes_to_the_next(site: Site, tmp_path: Path, transport: str) -> None:
    with two_servers(site, tmp_path, transport) as (one, two):
        for phone in (1, 2):  # again: the trunk stays where it is registered
            with site.person(tmp_path / str(phone), transport=transport, registrar=two) as bob:
                site.box.phone(phone).lift_and_dial(BOB)
                assert bob.wait_for(INCOMING).peer == f"sip:{BOX}@{DOMAIN}"
                bob.answer()
                site.box.wait_line(f"fxs{phone}", "talking")
                site.assert_talk(phone, bob, tmp_path)
                site.box.phone(phone).hang_up()
                site.box.wait_idle()
        assert len(one.requests("INVITE", site.address)) >= 2
        assert not two.requests("REGISTER", site.address)


def test_a_call_that_is_refused_for_a_reason_of_its_own_is_not_tried_again(site: Site, tmp_path: Path) -> None:
    with two_servers(site, tmp_path, "udp") as (one, two):
        site.box.phone(1).lift_and_dial(BUSY)
        site.box.phone(1).wait_tone("busy")
        assert one.requests("INVITE", site.address) and not two.requests("INVITE", site.address)


def test_a_call_to_a_server_that_has_fallen_silent_goes_to_the_next(site: Site, tmp_path: Path) -> None:
    with (
        two_servers(site, tmp_path, "udp") as (one, two),
        site.person(tmp_path, registrar=two) as bob,
    ):
        one.freeze()
        try:
            site.box.phone(1).lift_and_dial(BOB)
            bob.wait_for(INCOMING, 12)
            site.box.phone(1).wait_tone("ringback")
            bob.answer()
            site.box.wait_line("fxs1", "talking")
            site.assert_talk(1, bob, tmp_path)
            site.box.phone(1).hang_up()
            site.box.wait_idle()
        finally:
            one.thaw()


def test_a_caller_who_hangs_up_meanwhile_calls_nobody(site: Site, tmp_path: Path) -> None:
    with two_servers(site, tmp_path, "udp") as (one, two):
        one.freeze()
        try:
            site.box.phone(1).lift_and_dial(BOB)
            site.box.wait_line("fxs1", "calling")
            site.box.phone(1).hang_up()
            site.box.wait_idle()
            site.box.wait_line("fxs1", "on-hook")
        finally:
            one.thaw()
        assert not two.requests("INVITE", site.address)
