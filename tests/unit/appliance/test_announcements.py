"""What is announced: only what is offered and listened to where the LAN can come."""

import ipaddress
import socket
from pathlib import Path

import pytest

from firmware.appliance.announcements import (
    Announcement,
    Listener,
    Offer,
    announcement,
    listeners_in,
    offers_of_page,
    offers_of_registrar,
)
from firmware.appliance.status import News, listeners, offers
from tests.support.network import loopback_address

LAN = [ipaddress.ip_address("192.0.2.7"), ipaddress.ip_address("2001:db8::7")]
PAGE = Offer("_http._tcp", 80, "/")
SIP = Offer("_sip._udp", 5060)


def listener(protocol: str, address: str, port: int) -> Listener:
    return Listener(protocol, ipaddress.ip_address(address), port)


def said(offers: list[Offer], listeners: list[Listener], *, is_setup_due: bool = False) -> Announcement:
    return announcement(
        name="twinline",
        offers=offers,
        listeners=listeners,
        addresses=LAN,
        version="1.2",
        is_setup_due=is_setup_due,
    )


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.7", "2001:db8::7"])
def test_what_is_served_to_the_lan_is_said(address: str) -> None:
    [service] = said([PAGE], [listener("tcp", address, 80)]).services
    assert (service.kind, service.port) == ("_http._tcp", 80)


@pytest.mark.parametrize(
    "listeners",
    [
        [],
        [listener("tcp", "127.0.0.1", 80)],
        [listener("tcp", "::1", 80)],
        [listener("tcp", "10.8.0.1", 80)],  # the VPN's
        [listener("tcp", "0.0.0.0", 81)],
        [listener("udp", "0.0.0.0", 80)],
    ],
)
def test_what_the_lan_cannot_reach_is_not_said(listeners: list[Listener]) -> None:
    assert said([PAGE], listeners).services == ()


def test_what_nobody_offers_is_not_said() -> None:
    assert said([], [listener("tcp", "0.0.0.0", 80), listener("udp", "0.0.0.0", 5060)]).services == ()


def test_the_text_says_what_it_is_and_whether_it_waits_to_be_set_up() -> None:
    everywhere = [listener("tcp", "::", 80), listener("udp", "::", 5060)]
    page, sip = said([PAGE, SIP], everywhere, is_setup_due=True).services
    assert dict(page.txt) == {"model": "Twinline", "version": "1.2", "setup": "1", "path": "/"}
    assert dict(sip.txt) == {"model": "Twinline", "version": "1.2", "setup": "1"}
    assert dict(said([SIP], everywhere).services[0].txt)["setup"] == "0"


def test_the_order_of_sockets_does_not_matter() -> None:
    sockets = [listener("tcp", "::", 80), listener("udp", "::", 5060)]
    assert said([SIP, PAGE], sockets) == said([PAGE, SIP], sockets[::-1])


def test_addresses_of_the_page_are_offers() -> None:
    text = "http://127.0.0.1:8080/\nhttps://twinline.local/\nhttp://[::1]/x\nftp://a/\nhttp://a:99999/\n\nrubbish"
    assert list(offers_of_page(text)) == [
        Offer("_http._tcp", 8080, "/"),
        Offer("_https._tcp", 443, "/"),
        Offer("_http._tcp", 80, "/x"),
    ]


def test_ports_of_the_registrar_are_offers() -> None:
    assert list(offers_of_registrar({"udp_port": 5060, "tls_port": 5061})) == [SIP, Offer("_sips._tcp", 5061)]
    assert list(offers_of_registrar({"udp_port": 5060, "tls_port": 0})) == [SIP]
    assert list(offers_of_registrar({"is_enabled": False, "udp_port": 5060})) == []
    assert list(offers_of_registrar({"udp_port": "5060"})) == []


def test_all_that_our_parts_wrote_down_is_offered(tmp_path: Path) -> None:
    (tmp_path / "web.url").write_text("http://127.0.0.1:8080/\n")
    (tmp_path / "front.url").write_text("https://[::]:443/\n")
    news = News(None, {"registrar": {"udp_port": 5060}})
    assert set(offers(news, tmp_path)) == {
        Offer("_http._tcp", 8080, "/"),
        Offer("_https._tcp", 443, "/"),
        SIP,
    }
    assert list(offers(News(), tmp_path / "missing")) == []


def test_the_kernel_tells_who_listens() -> None:
    address = loopback_address()
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as idle:
        for one in (tcp, udp, idle):
            one.bind((address, 0))
        tcp.listen()
        found = set(listeners())
        assert listener("tcp", address, tcp.getsockname()[1]) in found
        assert listener("udp", address, udp.getsockname()[1]) in found
        assert listener("tcp", address, idle.getsockname()[1]) not in found


def test_a_socket_of_both_families_is_found() -> None:
    with socket.socket(socket.AF_INET6) as both:
        both.bind(("::", 0))
        both.listen()
        assert listener("tcp", "::", both.getsockname()[1]) in set(listeners())


def test_a_table_of_rubbish_is_no_table() -> None:
    assert list(listeners_in("tcp", "")) == []
    assert list(listeners_in("tcp", "head\n 0: x\n")) == []
