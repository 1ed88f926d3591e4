"""The log, certificates, restart and reset, past calls."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.control import Refused
from firmware.setup_code import SetupCodes
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from firmware.webadmin.system.pages import Machine
from firmware.webadmin.tls.certificate import LIFE_DAYS, RENEW_DAYS, Certificates
from firmware.webadmin.tls.nginx import Plan, configuration
from firmware.webadmin.tls.prepare import Renewal, certificates_of, prepare
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import Browser

PASSWORD = "purple kettle on the roof"
PASSPHRASE = "seven slow green bicycles"
DAY_S = 86400


class Box:
    """An appliance that notes what it was told."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.objection = ""

    def log_lines(self, text: str, count: int) -> list[str]:
        return [f"line <b>{number}</b> {text}\x1b[31m" for number in range(count)]

    def restart(self) -> None:
        if self.objection:
            raise Refused(self.objection)
        self.done.append("restart")

    def factory_reset(self) -> None:
        self.done.append("reset")


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    (tmp_path / "run").mkdir()
    with Gateway(tmp_path / "run") as answers:
        yield answers


@pytest.fixture
def pages(tmp_path: Path, gateway: Gateway, box: Box) -> Pages:
    (tmp_path / "settings.json").symlink_to(tmp_path / "gateway-settings.json")
    machine = Machine(box, Certificates(tmp_path / "tls"), lambda: box.done.append("reload"))
    pages = Pages(tmp_path, SetupCodes(tmp_path), machine=machine)
    pages.users.set_password("installer", PASSWORD, Role.INSTALLER)
    return pages


@pytest.mark.parametrize("path", ["backup", "restore", "reset"])
def test_what_is_grave_asks_for_the_password_again(browser: Browser, box: Box, path: str) -> None:
    form = {"passphrase": PASSPHRASE, "file": "x", "password": "wrong"}
    answer = browser.press(f"/system/{path}", **form)
    assert answer.status == 422
    assert "not your password" in answer.text
    assert box.done == []


def test_restart_and_reset_do_what_they_say_and_wait_for_the_next_start(browser: Browser, box: Box) -> None:
    start = json.loads(browser.get("/alive").text)["start"]
    for answer, words in (
        (browser.press("/system/restart"), "restarts"),
        (browser.press("/system/reset", password=PASSWORD), "new setup code"),
    ):
        assert answer.headers["refresh"].endswith("url=/"), "browsers without scripts come back too"
        text = answer.text
        assert words in text
        assert f'data-start="{start}"' in text
        assert "/static/back.js" in text
    assert box.done == ["restart", "reset"]


def test_a_restart_with_a_call_up_asks_before_it_ends_it(browser: Browser, box: Box, pages: Pages) -> None:
    pages.start()
    try:
        until(lambda: "1 call is up" in browser.press("/system/restart").text, 10, "the page knows of the call")
        done_before = list(box.done)
        assert "Restart all the same" in browser.press("/system/restart").text
        assert box.done == done_before
        assert "restarts" in browser.press("/system/restart", sure="yes").text
        assert box.done == [*done_before, "restart"]
    finally:
        pages.stop()


def test_why_a_box_cannot_restart_is_said_in_the_visitors_language(browser: Browser, box: Box) -> None:
    box.objection = "this box was started part by part: nobody is there to start it anew"
    assert "part by part" in browser.press("/system/restart").text
    browser.press("/language", language="de", next="/")
    answer = browser.press("/system/restart")
    assert answer.status == 409
    assert "einzeln" in answer.text


def test_without_a_box_there_is_nothing_to_restart(tmp_path: Path, gateway: Gateway) -> None:
    browser = Browser(Pages(tmp_path, SetupCodes(tmp_path)))
    assert "Factory reset" not in browser.get("/system").text
    assert browser.press("/system/restart").status == 409
    assert browser.press("/system/certificate").status == 409
    assert "on the box itself" in browser.get("/system/log").text


def test_a_program_reads_the_log_and_restarts_but_ends_no_call_unless_told_to(pages: Pages, box: Box) -> None:
    token = {"HTTP_AUTHORIZATION": f"Bearer {pages.users.make_token('heating', Role.INSTALLER)}"}
    program = Browser(pages, role=Role.ANYBODY)
    assert "line <b>7</b> trunk" in json.loads(program.ask("GET", "/api/v1/log?q=trunk", b"", **token).text)["lines"][7]
    pages.start()
    try:
        until(lambda: len(pages.live.view().picture.calls) == 1, 10, "the page knows of the call")
        refused = program.ask("POST", "/api/v1/restart", b"", **token)
        assert (refused.status, json.loads(refused.text)["text"]) == (409, "1 call is up.")
        assert program.ask("POST", "/api/v1/restart", b"{", **token).status == 400
        assert box.done == []
        assert program.ask("POST", "/api/v1/restart", b'{"sure": true}', **token).status == 200
        assert box.done == ["restart"]
    finally:
        pages.stop()


def test_the_log_is_shown_as_text(browser: Browser) -> None:
    text = browser.get("/system/log?q=<i>").text
    assert "&lt;b&gt;7&lt;/b&gt; &lt;i&gt;" in text
    assert "\x1b" not in text


def test_the_box_makes_a_certificate_of_its_own_and_renews_it_in_time(tmp_path: Path) -> None:
    now = [0.0]
    certificates = Certificates(tmp_path / "tls", lambda: now[0])
    assert certificates.present() is None
    now[0] = time.time() + 60
    assert certificates.ensure(["box", "box.local", "192.0.2.7", "bad name\n"])
    first = certificates.present()
    assert first is not None
    assert first.names == ("192.0.2.7", "box", "box.local")
    assert first.is_own
    assert round((first.ends_s - first.begins_s) / DAY_S) == LIFE_DAYS
    assert certificates.key.stat().st_mode & 0o777 == 0o600
    assert not certificates.ensure(["box", "box.local"])
    assert certificates.ensure(["box", "box.local", "192.0.2.8"]), "a new address"
    now[0] += (LIFE_DAYS - RENEW_DAYS - 2) * DAY_S
    assert not certificates.ensure(["box"])
    now[0] += 3 * DAY_S
    assert certificates.ensure(["box"])


def test_a_pair_that_was_cut_off_in_between_is_made_anew(tmp_path: Path) -> None:
    one, two = Certificates(tmp_path / "one"), Certificates(tmp_path / "two")
    one.ensure(["box"])
    two.ensure(["box"])
    one.key.write_bytes(two.key.read_bytes())
    assert one.present() is None
    assert one.ensure(["box"])
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(one.cert, one.key)


@pytest.mark.long
def test_an_uploaded_certificate_is_tried_before_it_replaces_the_old(
    browser: Browser, tmp_path: Path, box: Box
) -> None:
    other, certificates = Certificates(tmp_path / "other"), Certificates(tmp_path / "tls")
    other.ensure(["box.example"])
    certificates.ensure(["box"])
    before = certificates.present()
    chain, key = other.cert.read_text(), other.key.read_text()
    for form in ({"chain": chain, "key": certificates.key.read_text()}, {"chain": "x", "key": key}, {"chain": chain}):
        answer = browser.press("/system/certificate", **form)
        assert answer.status == 422
        assert "do not work together" in answer.text
        assert certificates.present() == before
    assert box.done == []
    assert browser.press("/system/certificate", chain=chain, key=key).status == 303
    assert box.done == ["reload"]
    now = certificates.present()
    assert now is not None
    assert (now.names, now.is_own) == (("box.example",), False)
    assert now.fingerprint in browser.get("/system").text
    assert not certificates.ensure(["box"]), "it stays"


def test_one_that_has_run_out_is_refused_and_never_locks_anybody_out(tmp_path: Path) -> None:
    later = [time.time()]
    other, certificates = Certificates(tmp_path / "other"), Certificates(tmp_path / "tls", lambda: later[0])
    other.ensure(["box.example"])
    certificates.replace(other.cert.read_bytes(), other.key.read_bytes())
    later[0] += 400 * DAY_S
    with pytest.raises(Refused, match="not valid now"):
        certificates.replace(other.cert.read_bytes(), other.key.read_bytes())
    assert certificates.ensure(["box"])
    own = certificates.present()
    assert own is not None
    assert own.is_own


@pytest.mark.parametrize("path", ["/a b", "/a;b", "/a}b", "relative", "/a\nb", "/$x"])
def test_nginx_gets_no_path_that_it_could_misread(path: str) -> None:
    with pytest.raises(ValueError, match="cannot be given"):
        configuration(Plan(Path(path), Path("/s"), Path("/c"), Path("/k")))


def test_what_nginx_needs_is_made_and_renewed(tmp_path: Path) -> None:
    path = prepare(tmp_path, ["box"], user="", is_foreground=True)
    assert str(tmp_path / "tls" / "cert.pem") in path.read_text()
    assert certificates_of(tmp_path).present() is not None
    changed = threading.Event()
    renewal = Renewal(certificates_of(tmp_path), lambda: ["box", "box.local"], changed.set)
    renewal.start()
    assert changed.wait(20)
    renewal.stop()
