"""TLS to the servers of a trunk: which certificates are taken, and what is said of those that are not."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.ca import Certificate, TestCa
from tests.support.dns import A, Dns, Srv
from tests.support.network import free_port, loopback_address
from tests.support.registrar import Registrar
from tests.support.site import BOX, DOMAIN, USERS, Site
from tests.support.waiting import until

OTHER = "pbx.other.test"


def certificate(site: Site, kind: str, folder: Path) -> Certificate:
    """For DOMAIN, and wrong in one thing."""
    return {
        "expired": lambda: site.ca.expired(DOMAIN),
        "not yet valid": lambda: site.ca.not_yet_valid(DOMAIN),
        "self-signed": lambda: site.ca.self_signed(DOMAIN),
        "wrong name": lambda: site.ca.server(OTHER, file_name="other"),
        "unknown CA": lambda: TestCa(folder / "other-ca", "Another CA").server(DOMAIN),
    }[kind]()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("expired", "expired"),
        ("not yet valid", "not yet valid"),
        ("self-signed", "not vouched for by an authority that is trusted"),
        ("wrong name", f"is made out to {OTHER}, which is not the name expected"),
        ("unknown CA", "not vouched for by an authority that is trusted"),
    ],
)
def test_a_wrong_certificate_is_refused_in_words(site: Site, tmp_path: Path, kind: str, words: str) -> None:
    with Registrar(tmp_path / "own", USERS, certificate=certificate(site, kind, tmp_path)) as registrar:
        trunk = site.trunk("tls", registrar)
        site.use(trunk)
        text = site.box.wait_trunk(trunk["name"], "waiting")["text"]
        assert "certificate" in text and words in text
        # Tried again, told once, and never in the clear.
        until(lambda: (site.box.trunk(trunk["name"])["retry_in_s"] or 0) > 2.6, 8, "the second refusal")
        assert site.new_log().count(words) == 1
        assert registrar.messages() == []
        assert text in [entry["text"] for entry in site.box.status()["health"]]
        assert text in site.front_page()
        site.use(trunk | {"tls_verify": False})
        site.box.wait_trunk(trunk["name"], "registered")


def test_the_systems_authorities_count_where_no_file_is_set(site: Site) -> None:
    trunk = site.trunk("tls", tls_ca_file="")
    site.use(trunk)
    assert "not vouched for" in site.box.wait_trunk(trunk["name"], "waiting")["text"]


def test_a_file_of_authorities_that_is_not_there_is_told(site: Site, tmp_path: Path) -> None:
    trunk = site.trunk("tls", tls_ca_file=str(tmp_path / "none.pem"))
    site.use(trunk)
    assert "none.pem" in site.box.wait_trunk(trunk["name"], "waiting")["text"]


def test_the_name_that_is_set_makes_another_certificate_right(site: Site, tmp_path: Path) -> None:
    with Registrar(tmp_path / "own", USERS, certificate=certificate(site, "wrong name", tmp_path)) as registrar:
        site.register("tls", registrar, tls_name=OTHER)


def test_a_wildcard_is_good_only_where_the_settings_name_it_as_it_is(site: Site, tmp_path: Path) -> None:
    wild = site.ca.server("*.example.test", file_name="wild")
    with Registrar(tmp_path / "own", USERS, certificate=wild) as registrar:
        records = [
            A("one.example.test", registrar.address),
            Srv("_sips._tcp.sip.example.test", "one.example.test", registrar.tls_port),
        ]
        with Dns(tmp_path / "dns", *records) as dns:
            for name, is_right in (("", False), ("*.test", False), ("*.example.test", True)):
                trunk = site.trunk("tls", domain="sip.example.test", outbound_proxy="", tls_name=name)
                site.use(trunk, sip__nameservers=[dns.server])
                state = site.box.wait_trunk(trunk["name"], "registered" if is_right else "waiting")
                assert is_right or "is made out to *.example.test" in state["text"]


def test_the_certificate_bears_the_domain_that_was_looked_up(site: Site, tmp_path: Path) -> None:
    """Not the name of the host to which its SRV record leads, which a forger of DNS could choose (RFC 5922)."""
    for name, is_right in ((DOMAIN, True), ("sip.example.test", False)):
        with Registrar(tmp_path / name, USERS, certificate=site.ca.server(name, file_name=name)) as registrar:
            records = [
                A("sip.example.test", registrar.address),
                Srv(f"_sips._tcp.{DOMAIN}", "sip.example.test", registrar.tls_port),
            ]
            with Dns(tmp_path / f"dns-{name}", *records) as dns:
                trunk = site.trunk("tls", outbound_proxy="", tls_name="")
                site.use(trunk, sip__nameservers=[dns.server])
                site.box.wait_trunk(trunk["name"], "registered" if is_right else "waiting")


@contextmanager
def tls_server(certificate: Certificate, version: ssl.TLSVersion) -> Iterator[str]:
    """Speaks one version of TLS and nothing else; "address:port"."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning) if version < ssl.TLSVersion.TLSv1_2 else _nothing():
        context.maximum_version = version
        context.minimum_version = version
    context.load_cert_chain(certificate.both)
    listener = socket.create_server((loopback_address(), 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(client, server_side=True) as connection:
                    connection.recv(1000)
            except OSError:
                continue

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield "{}:{}".format(*listener.getsockname())
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def test_tls_before_1_2_is_refused_in_words(site: Site) -> None:
    with tls_server(site.ca.server(DOMAIN, file_name="old"), ssl.TLSVersion.TLSv1_1) as place:
        address, _, port = place.partition(":")
        client = ssl.create_default_context(cafile=str(site.ca.file))
        client.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning):
            client.minimum_version = ssl.TLSVersion.TLSv1_1
        with (
            socket.create_connection((address, int(port))) as plain,
            client.wrap_socket(plain, server_hostname=DOMAIN) as old,
        ):
            assert old.version() == "TLSv1.1"  # the server is one that works
        trunk = site.trunk("tls", outbound_proxy=place)
        site.use(trunk)
        assert "no TLS 1.2 or newer" in site.box.wait_trunk(trunk["name"], "waiting")["text"]
        assert site.new_log().count("no TLS 1.2 or newer") == 1


@pytest.mark.parametrize(("method", "cipher"), [("TLSv1.2", "ECDHE-ECDSA-"), ("TLSv1.2+", "TLS_")])
def test_tls_1_2_and_1_3_are_spoken(site: Site, tmp_path: Path, method: str, cipher: str) -> None:
    own = site.ca.server(DOMAIN, file_name=method)
    with Registrar(tmp_path, USERS, certificate=own, tls_method=method) as registrar:
        site.register("tls", registrar)
        assert registrar.contacts(BOX)
        (connection,) = registrar.rpc("tls.list")
        assert connection["cipher"].startswith(cipher)  # those of TLS 1.3 have names of their own


def test_a_server_that_speaks_no_tls_is_told(site: Site) -> None:
    trunk = site.trunk("tls", outbound_proxy=site.registrar.host("tcp"))
    site.use(trunk)
    site.box.wait_trunk(trunk["name"], "waiting")
    assert "TLS" in site.box.trunk(trunk["name"])["text"]


def test_a_server_that_accepts_and_says_nothing_is_told(site: Site) -> None:
    address = loopback_address()
    with socket.create_server((address, free_port(address))) as silent:
        trunk = site.trunk("tls", outbound_proxy=f"{address}:{silent.getsockname()[1]}")
        site.use(trunk)
        assert "answer" in site.box.wait_trunk(trunk["name"], "waiting", 12)["text"]
