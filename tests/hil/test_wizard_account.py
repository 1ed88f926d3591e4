"""From the wizard's page to a registered account: tried live at a service like PBXes, then saved."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.visitor import Visitor, page_of
from tests.support.baresip import REGISTERED, Account, Baresip
from tests.support.box import Box
from tests.support.ca import TestCa
from tests.support.dns import A, Dns, Srv
from tests.support.registrar import Registrar

DOMAIN, NAME = "pbxes.org", "www1.pbxes.com"
USER, PASSWORD, ECHO = "myuser-200", "right horse", "*43"


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Registrar]:
    """As the profile says of the service: domain, the certificate's other name, the echo test's number."""
    certificate = TestCa(tmp_path / "ca").server(NAME)
    users = {USER: PASSWORD, ECHO: "echo-secret"}
    with Registrar(tmp_path / "hosted", users, domain=DOMAIN, certificate=certificate) as registrar:
        account = Account(ECHO, DOMAIN, "echo-secret", outbound_proxy=registrar.host("udp"), answers="auto")
        with Baresip(tmp_path / "echo", account, echoes=True) as echo:
            echo.wait_for(REGISTERED)
            yield registrar


@pytest.fixture
def box(tmp_path: Path, hosted: Registrar) -> Iterator[Box]:
    """With an account that is wrong: its user is not there."""
    records = A(f"sip.{DOMAIN}", hosted.address), Srv(f"_sips._tcp.{DOMAIN}", f"sip.{DOMAIN}", hosted.tls_port)
    before = {"name": "main", "domain": DOMAIN, "username": "old-100", "password": "old"}
    before["tls_ca_file"] = str(tmp_path / "ca" / "ca.pem")  # all else comes from the profile
    dns = Dns(tmp_path / "dns", *records)
    with dns, Box(tmp_path / "box", {"sip/nameservers": [dns.server], "trunks": [before]}) as box:
        yield box


def test_an_account_that_fails_is_explained_and_one_that_works_is_saved(box: Box, hosted: Registrar) -> None:
    form = {"provider": "pbxes", "part-account": "myuser", "part-extension": "200", "do": "try"}
    with Visitor(page_of(box)).sign_in() as visitor:
        page = visitor.get("/wizard/uplink").decode()
        assert 'value="old"' in page and 'value="100"' in page and 'name="domain"' not in page
        page = visitor.press("/wizard/uplink", **form, password="wrong horse").decode()
        assert "It does not work yet" in page
        assert "Name and password are right" in page and "user name or password refused" in page
        assert box.gateway.call("settings.get", path="trunks/0/username") == "old-100"
        visitor.post("/wizard/uplink", **form, password=PASSWORD)
    assert box.gateway.call("settings.get", path="trunks/0/tls_name") == NAME
    assert box.wait_trunk("main", "registered")
    [contact] = hosted.contacts(USER)
    assert "transport=tls" in contact.lower()
    calls = [each for each in hosted.requests("INVITE") if ECHO in each.start_line]
    assert calls, "the echo test was called"
    assert box.calls() == []
