"""How a trunk registers, stays registered, and comes back: outages, silence, failover, passwords."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware.telephony.sip.instance import instance_urn
from tests.support.baresip import CLOSED, ESTABLISHED
from tests.support.dns import A, Dns, Srv
from tests.support.network import free_port, loopback_address
from tests.support.registrar import Registrar
from tests.support.site import BOB, BOX, DOMAIN, USERS, Site
from tests.support.waiting import until
from tests.support.wire import Wire

SHORT_S = 4  # refreshed every 2 s


@contextmanager
def own_registrar(site: Site, folder: Path, **changes: object) -> Iterator[Registrar]:
    """A registrar that a test may stop and freeze."""
    certificate = site.ca.server(DOMAIN, file_name=folder.name)
    with Registrar(folder, USERS, domain=DOMAIN, certificate=certificate, **changes) as registrar:  # type: ignore[arg-type]
        yield registrar


def registers(registrar: Registrar) -> int:
    return len(registrar.requests("REGISTER"))


def asked(registrar: Registrar, source: str) -> int:
    """How many REGISTERs from there wanted to be registered."""
    return sum(message.header("Expires") != "0" for message in registrar.requests("REGISTER", source))


def sources(registrar: Registrar) -> list[str]:
    """From where REGISTERs came, each once."""
    return list(dict.fromkeys(message.source for message in registrar.requests("REGISTER")))


def test_a_registration_is_refreshed_before_it_ends(site: Site, tmp_path: Path) -> None:
    with own_registrar(site, tmp_path / "own", expires_max_s=SHORT_S) as registrar:
        site.register("tcp", registrar)
        before = registers(registrar)
        until(lambda: registers(registrar) >= before + 2, 10, "two refreshes")
        assert len(registrar.contacts(BOX)) == 1
        assert len(sources(registrar)) == 1
        site.use()
        until(lambda: not registrar.contacts(BOX), 5, "the goodbye of a trunk that was removed")


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_an_outage_is_seen_at_once_and_recovered_from(site: Site, tmp_path: Path, transport: str) -> None:
    with own_registrar(site, tmp_path / "own") as registrar:
        trunk = site.register(transport, registrar)["name"]
        registrar.stop()
        site.box.wait_trunk(trunk, "waiting", 3)
        site.box.phone(1).lift_and_dial(BOB)
        site.box.phone(1).wait_tone("congestion")
        until(lambda: "refused" in site.box.trunk(trunk)["text"], 5, "why there is no connection")
        assert {"severity": "error", "part": f"trunk {trunk}"}.items() <= site.box.status()["health"][-1].items()
        assert "Connection refused" in site.front_page()
        registrar.start()
        site.box.wait_trunk(trunk, "registered", 12)
        site.box.phone(1).hang_up()
        site.box.wait_line("fxs1", "on-hook")
        with site.person(tmp_path, transport=transport, registrar=registrar, answers="auto") as bob:
            site.box.phone(1).lift_and_dial(BOB)
            bob.wait_for(ESTABLISHED)
        warnings = [line for line in site.new_log().splitlines() if f"trunk {trunk}:" in line and " warning " in line]
        assert len(warnings) == 1, warnings


def test_an_outage_over_udp_gives_congestion_and_is_recovered_from(site: Site, tmp_path: Path) -> None:
    with own_registrar(site, tmp_path / "own") as registrar:
        trunk = site.register("udp", registrar)["name"]
        registrar.stop()
        site.box.phone(1).lift_and_dial(BOB)
        site.box.phone(1).wait_tone("congestion", 12)
        until(lambda: "no answer" in site.box.trunk(trunk)["text"], 15, "the silence is told")
        assert "no answer" in site.front_page()
        registrar.start()
        site.box.wait_trunk(trunk, "registered", 12)


def test_a_server_that_died_silently_gets_a_new_connection(site: Site, tmp_path: Path) -> None:
    with own_registrar(site, tmp_path / "own", expires_max_s=SHORT_S) as registrar:
        trunk = site.register("tls", registrar)["name"]
        before = sources(registrar)
        registrar.freeze()
        site.box.wait_trunk(trunk, "waiting", 20)
        registrar.thaw()
        site.box.wait_trunk(trunk, "registered", 20)
        assert sources(registrar)[-1] not in before


def test_a_connection_that_died_silently_is_replaced(site: Site, tmp_path: Path) -> None:
    with (
        own_registrar(site, tmp_path / "own") as registrar,
        Wire(registrar.address, registrar.tls_port) as wire,
    ):
        trunk = site.register("tls", registrar, outbound_proxy=wire.place, keep_alive_s=1)["name"]
        wire.cut()
        until(lambda: wire.connections == 2, 25, "a new connection")
        site.box.wait_trunk(trunk, "registered")
        assert "connection lost" in site.new_log()


def test_a_call_that_meets_silence_fails_soon_and_has_the_connection_replaced(site: Site, tmp_path: Path) -> None:
    with (
        own_registrar(site, tmp_path / "own") as registrar,
        Wire(registrar.address, registrar.tls_port) as wire,
    ):
        trunk = site.register("tls", registrar, outbound_proxy=wire.place)["name"]
        wire.cut()
        site.box.phone(1).lift_and_dial(BOB)
        site.box.phone(1).wait_tone("congestion", 12)
        until(lambda: wire.connections == 2, 5, "a new connection")
        site.box.wait_trunk(trunk, "registered")


# ---- passwords and settings --------------------------------------------------------------------------


def test_a_wrong_password_is_not_hammered_and_right_again_when_it_is_set(site: Site) -> None:
    before = asked(site.registrar, site.address)
    trunk = site.trunk(password="wrong")
    site.use(trunk)
    shown = site.box.wait_trunk(trunk["name"], "refused")
    assert "user name or password refused" in shown["text"]
    assert shown["retry_in_s"] > 40
    assert "user name or password refused" in site.front_page()
    # One without credentials, one with; pjsip would send a third only for another nonce.
    assert asked(site.registrar, site.address) - before == 2
    site.box.phone(1).lift_and_dial(BOB)  # takes more than a second
    site.box.phone(1).wait_tone("congestion")
    assert asked(site.registrar, site.address) - before == 2
    site.box.set(trunks__0__password=USERS[BOX])
    site.box.wait_trunk(trunk["name"], "registered")
    log = site.new_log()
    assert log.count("password refused") == 1
    assert USERS[BOX] not in log and "wrong" not in log


def test_settings_change_without_dropping_a_call(site: Site, tmp_path: Path) -> None:
    trunk = site.register()["name"]
    with site.person(tmp_path, answers="auto") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        site.box.set(trunks__0__password="wrong")
        site.box.wait_trunk(trunk, "refused")
        site.assert_talk(1, bob, tmp_path)
        site.box.set(trunks__0__password=USERS[BOX])
        site.box.wait_trunk(trunk, "registered")
        changed = {"transport": "tls", "tls_name": DOMAIN, "tls_ca_file": str(site.ca.file)}
        changed |= {"outbound_proxy": site.registrar.host("tls")}
        site.box.set(**{f"trunks__0__{name}": value for name, value in changed.items()})
        until(lambda: ["transport=tls" in c.lower() for c in site.registrar.contacts(BOX)] == [True], 5, "TLS alone")
        site.box.wait_trunk(trunk, "registered")
        site.assert_talk(1, bob, tmp_path)
        site.box.phone(1).hang_up()
        bob.wait_for(CLOSED)


def test_a_trunk_that_is_removed_takes_its_calls_to_their_end(site: Site, tmp_path: Path) -> None:
    site.register("tcp")
    with site.person(tmp_path, answers="auto") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        site.use()
        until(lambda: not site.registrar.contacts(BOX), 5, "the goodbye")
        site.assert_talk(1, bob, tmp_path)
        bob.hang_up()
        site.box.phone(1).wait_tone("busy")


def test_the_registrar_is_told_which_box_it_is(site: Site) -> None:
    """RFC 5626 section 4.1: the same after everything that changes but the box."""
    for transport in ("tcp", "tls"):
        site.register(transport)
        contact = site.registrar.requests("REGISTER", site.address)[-1].header("Contact")
        assert f'+sip.instance="{instance_urn()}"' in contact


# ---- where the servers are ---------------------------------------------------------------------------


def test_requests_go_to_the_outbound_proxy_and_are_for_the_domain(site: Site) -> None:
    site.register("udp", outbound_proxy=site.registrar.host("udp"), domain=DOMAIN)
    register = site.registrar.requests("REGISTER", site.address)[-1]
    assert register.start_line == f"REGISTER sip:{DOMAIN} SIP/2.0"
    assert not register.header("Route")


@pytest.mark.parametrize(("transport", "service"), [("udp", "_sip._udp"), ("tcp", "_sip._tcp"), ("tls", "_sips._tcp")])
def test_servers_are_found_by_their_srv_records_in_order(
    site: Site, tmp_path: Path, transport: str, service: str
) -> None:
    with own_registrar(site, tmp_path / "first") as first, own_registrar(site, tmp_path / "second") as second:
        ports = [registrar.tls_port if transport == "tls" else registrar.port for registrar in (first, second)]
        records = [
            A("one.example.test", first.address),
            A("two.example.test", second.address),
            Srv(f"{service}.{DOMAIN}", "two.example.test", ports[1], priority=20),
            Srv(f"{service}.{DOMAIN}", "one.example.test", ports[0], priority=10),
        ]
        with Dns(tmp_path / "dns", *records) as dns:
            trunk = site.trunk(transport, outbound_proxy="", tls_name="")
            site.use(trunk, sip__nameservers=[dns.server])
            site.box.wait_trunk(trunk["name"], "registered")
            assert first.contacts(BOX) and not second.requests("REGISTER")
            assert f"SRV {service}.{DOMAIN}" in dns.queries()
            first.stop()
            before = len(second.requests("REGISTER"))
            if transport == "udp":  # nobody tells that a server is gone but silence
                site.box.phone(1).lift_and_dial(BOB)
                site.box.phone(1).wait_tone("congestion", 12)
            until(lambda: len(second.requests("REGISTER")) > before, 12, "the second server is asked")
            site.box.wait_trunk(trunk["name"], "registered")
            assert second.contacts(BOX)


def test_a_call_that_is_up_goes_on_when_its_server_dies_and_the_next_one_is_used(site: Site, tmp_path: Path) -> None:
    with own_registrar(site, tmp_path / "first") as first, own_registrar(site, tmp_path / "second") as second:
        records = [
            A("one.example.test", first.address),
            A("two.example.test", second.address),
            Srv(f"_sips._tcp.{DOMAIN}", "one.example.test", first.tls_port, priority=10),
            Srv(f"_sips._tcp.{DOMAIN}", "two.example.test", second.tls_port, priority=20),
        ]
        with Dns(tmp_path / "dns", *records) as dns:
            trunk = site.trunk("tls", outbound_proxy="", tls_name="")
            site.use(trunk, sip__nameservers=[dns.server])
            site.box.wait_trunk(trunk["name"], "registered")
            with site.person(tmp_path, transport="tls", registrar=first, answers="auto") as bob:
                site.box.phone(1).lift_and_dial(BOB)
                bob.wait_for(ESTABLISHED)
                first.stop()
                until(lambda: second.contacts(BOX), 12, "the second server")
                site.assert_talk(1, bob, tmp_path)
                site.box.phone(1).hang_up()
                site.box.wait_idle()
            with site.person(tmp_path / "again", transport="tls", registrar=second, answers="auto") as bob:
                site.box.phone(2).lift_and_dial(BOB)
                bob.wait_for(ESTABLISHED)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_server_that_is_silent_from_the_start_is_passed_over(site: Site, tmp_path: Path, transport: str) -> None:
    address = loopback_address()
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as silent:
        silent.bind((address, free_port(address)))
        if transport == "tcp":
            silent.listen()
        port = site.registrar.port
        records = [
            A("silent.example.test", address),
            A("good.example.test", site.registrar.address),
            Srv(f"_sip._{transport}.{DOMAIN}", "silent.example.test", silent.getsockname()[1], priority=1),
            Srv(f"_sip._{transport}.{DOMAIN}", "good.example.test", port, priority=2),
        ]
        with Dns(tmp_path, *records) as dns:
            trunk = site.trunk(transport, outbound_proxy="")
            site.use(trunk, sip__nameservers=[dns.server])
            site.box.wait_trunk(trunk["name"], "registered", 15)


def test_a_name_that_leads_nowhere_is_told_and_tried_again(site: Site, tmp_path: Path) -> None:
    with Dns(tmp_path, A("other.test", "127.0.0.1")) as dns:
        trunk = site.trunk("tcp", outbound_proxy="sip.example.test")
        site.use(trunk, sip__nameservers=[dns.server])
        assert "the name sip.example.test does not exist" in site.box.wait_trunk(trunk["name"], "waiting")["text"]
        dns.change(A("sip.example.test", "fd00::5"))
        words = "sip.example.test has no IPv4 address, and this box speaks no SIP over IPv6"
        until(lambda: words in site.box.trunk(trunk["name"])["text"], 10, words)
        dns.change(
            A("sip.example.test", site.registrar.address),
            A("sip.example.test", "fd00::5"),  # passed over
            Srv("_sip._tcp.sip.example.test", "sip.example.test", site.registrar.port),
        )
        site.box.wait_trunk(trunk["name"], "registered", 15)


def test_a_name_server_that_does_not_answer_is_told(site: Site) -> None:
    trunk = site.trunk("tcp", outbound_proxy="sip.example.test")
    site.use(trunk, sip__nameservers=[f"{site.address}:9"])
    assert "no name server answers" in site.box.wait_trunk(trunk["name"], "waiting", 15)["text"]


def test_a_call_goes_by_the_next_trunk_when_the_first_is_silent(site: Site, tmp_path: Path) -> None:
    with own_registrar(site, tmp_path / "own") as silent:
        first, second = site.trunk("udp", silent), site.trunk("udp")
        site.use(first, second)
        for trunk in (first, second):
            site.box.wait_trunk(trunk["name"], "registered")
        silent.stop()
        with site.person(tmp_path, answers="auto") as bob:
            site.box.phone(1).lift_and_dial(BOB)
            bob.wait_for(ESTABLISHED, 15)
            until(lambda: [call["via"] for call in site.box.calls()] == [second["name"]], 2, "the second trunk")
