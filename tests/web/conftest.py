"""The page behind a real nginx with TLS, on loopback."""

import contextlib
import http.client
import os
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from firmware.records import FILE_NAME, CallRecords
from firmware.setup_code import SetupCodes
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from firmware.webadmin.server import WebServer
from firmware.webadmin.tls.certificate import Certificates
from firmware.webadmin.tls.nginx import Plan, configuration
from tests.support.chromium import chromium
from tests.support.process import Program
from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway, Prober, Simulator

DEADLINE_S = 15.0


@dataclass
class TlsBox:
    """A box whose page is reached at `port` by TLS and at `http_port` in clear."""

    folder: Path
    pages: Pages
    certificates: Certificates
    gateway: Gateway
    simulator: Simulator
    prober: Prober
    port: int
    http_port: int
    nginx: Program

    @property
    def session(self) -> dict[str, str]:
        """The headers of an installer who is signed in."""
        return {"Cookie": f"__Host-twinline={self.pages.sessions.open('installer', Role.INSTALLER).id}"}

    def connect(self) -> ssl.SSLSocket:
        """A TLS connection that trusts this box's certificate and no other."""
        context = ssl.create_default_context(cafile=str(self.certificates.cert))
        plain = socket.create_connection(("127.0.0.1", self.port), DEADLINE_S)
        return context.wrap_socket(plain, server_hostname="localhost")

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers of an answer."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=DEADLINE_S)
        connection.sock = self.connect()
        try:
            connection.request(method, path, body, {"Host": f"localhost:{self.port}", **(headers or {})})
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, answer.read().decode(), told
        finally:
            connection.close()


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses just now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@pytest.fixture
def tls_box(tmp_path: Path) -> Iterator[TlsBox]:
    run = tmp_path / "run"
    run.mkdir()
    certificates = Certificates(tmp_path / "tls")
    certificates.ensure(["localhost", "127.0.0.1"])
    port, http_port = free_ports(2)
    user = "root" if os.geteuid() == 0 else ""
    plan = Plan(tmp_path, run / "web.sock", certificates.cert, certificates.key, port, http_port, ("127.0.0.1",), user)
    (tmp_path / "nginx.conf").write_text(configuration(plan))
    command = ["nginx", "-p", str(tmp_path), "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]
    nginx = Program(command, tmp_path / "nginx.log", folder=tmp_path)
    prober = Prober()
    with Gateway(run, **{"test.run": prober}) as gateway, Simulator(run) as simulator:
        pages = Pages(tmp_path, SetupCodes(tmp_path), is_proxied=True, records=CallRecords(tmp_path / FILE_NAME))
        pages.start()
        served = WebServer(pages.wsgi, path=run / "web.sock")
        thread = threading.Thread(target=served.serve, args=(pages.stop,))
        thread.start()
        box = TlsBox(tmp_path, pages, certificates, gateway, simulator, prober, port, http_port, nginx)
        try:
            nginx.start()
            until(lambda: is_open(port), DEADLINE_S, f"nginx listens (log: {nginx.log})")
            headers = box.session
            until(lambda: box.ask("GET", "/", headers=headers)[0] == 200, DEADLINE_S, "the page finds the gateway")
            yield box
        finally:
            nginx.stop()
            served.stop()
            thread.join(DEADLINE_S)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    profile = tmp_path_factory.mktemp("profile")
    shown = chromium(profile, "--ignore-certificate-errors")
    shown.set_script_timeout(60)
    yield shown
    shown.quit()
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def url(tls_box: TlsBox, driver: WebDriver) -> str:
    driver.delete_all_cookies()
    return f"https://localhost:{tls_box.port}/"


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
