"""The process `twinline web`: where it listens, what it leaves behind."""

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.waiting import until
from tests.unit.webadmin.stand_ins import Gateway

DEADLINE_S = 20.0
ROOT = Path(__file__).parents[3]
PROGRAM = (
    "import sys, pathlib; from firmware.webadmin.process import main; "
    "sys.exit(main(*[pathlib.Path(word) for word in sys.argv[1:]]))"
)


@contextlib.contextmanager
def web(config: Path, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    with (config / "web.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(config), *more], cwd=ROOT, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def url_of(config: Path) -> str:
    path = config / "run" / "web.url"
    until(path.exists, DEADLINE_S, "the page has an address")
    return path.read_text().strip()


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def settings_with_port(config: Path, port: int) -> None:
    document = {"schema": 1, "values": {"web": {"port": port}}}
    (config / "settings.json").write_text(json.dumps({"settings": {"1": document}}))


def test_the_port_is_the_gateways_to_tell(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with Gateway(tmp_path / "run", port=0), web(tmp_path) as process:
        url = url_of(tmp_path)
        assert not url.endswith(":8080/")
        until(lambda: status_of(url) == 200, DEADLINE_S, "the page is there")
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0
    assert not (tmp_path / "run" / "web.url").exists()


def test_without_a_gateway_the_port_is_in_the_settings(tmp_path: Path) -> None:
    settings_with_port(tmp_path, 0)
    before = (tmp_path / "settings.json").read_bytes()
    with web(tmp_path):
        url = url_of(tmp_path)
        assert not url.endswith(":8080/")
        assert status_of(url) == 200
    assert (tmp_path / "settings.json").read_bytes() == before


def test_a_page_whose_address_cannot_be_written_is_served_all_the_same(tmp_path: Path) -> None:
    settings_with_port(tmp_path, 0)
    (tmp_path / "run" / ".web.url.new").mkdir(parents=True)  # as a full card, nothing can be written there
    said = re.compile(r"the page is at (\S+); \S+/run/web.url cannot be written: Is a directory")
    with web(tmp_path) as process:
        until(lambda: said.search((tmp_path / "web.log").read_text()), DEADLINE_S, "it is said where the page is")
        found = said.search((tmp_path / "web.log").read_text())
        assert found and status_of(found[1]) == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0


@pytest.mark.long
def test_a_port_that_another_program_keeps_is_given_up(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        settings_with_port(tmp_path, port)
        with web(tmp_path):
            url = url_of(tmp_path)
            assert not url.endswith(f":{port}/")
            assert status_of(url) == 200
        assert f"port {port} is used by another program" in (tmp_path / "web.log").read_text()


def test_behind_nginx_it_listens_on_a_unix_socket_and_has_a_certificate(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with web(tmp_path, str(path)) as process:
        until(lambda: (tmp_path / "tls" / "cert.pem").exists() and path.exists(), DEADLINE_S, "the page listens")
        until((tmp_path / "run" / "certificate.changed").exists, DEADLINE_S, "nginx is to read it")
        assert path.stat().st_mode & 0o777 == 0o660
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(DEADLINE_S)
            until(lambda: asking.connect_ex(str(path)) == 0, DEADLINE_S, "it answers")
            asking.sendall(b"GET /setup HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\n\r\n")
            assert b"__Host-twinline-form=" in asking.recv(65536)
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0
