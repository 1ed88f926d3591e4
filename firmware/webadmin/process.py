"""The process `twinline web`: finds where to listen, serves until it is told to end."""

import errno
import logging
import signal
import time
from pathlib import Path

from firmware.control import ControlClient, Fault, Refused, Unreachable
from firmware.records import FILE_NAME, CallRecords
from firmware.settings.reading import read_settings
from firmware.setup_code import SetupCodes
from firmware.webadmin.guard import own_names
from firmware.webadmin.pages import Pages
from firmware.webadmin.server import WebServer
from firmware.webadmin.system.pages import Appliance, Machine
from firmware.webadmin.tls.prepare import Renewal, certificates_of

_LOG = logging.getLogger(__name__)

_ASK_GATEWAY_S = 2.0
_PORT_PATIENCE_S = 2.0  # a predecessor that is just ending
_PORT_RETRY_S = 0.2


def main(config: Path, socket_path: Path | None = None, appliance: Appliance | None = None) -> int:
    """Serve the page of the box at `config` until SIGTERM or SIGINT; its URL is in `config/run/web.url`.

    With `socket_path` it listens there and nowhere else: for our nginx, which does TLS. `appliance` is the box as a
    whole, which is not ours to know.

    Returns the exit status: 0 when told to end, 1 when the page cannot be served at all.
    """
    run = config / "run"
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    renewal = None
    machine = Machine(appliance)
    if socket_path is not None:
        changed = (run / "certificate.changed").touch  # a unit of the box waits for it, and reloads nginx
        machine = Machine(appliance, certificates_of(config), changed)
        renewal = Renewal(certificates_of(config), own_names, changed)
    records = CallRecords(config / FILE_NAME)
    pages = Pages(config, SetupCodes(config), is_proxied=socket_path is not None, machine=machine, records=records)
    try:
        server = WebServer(pages.wsgi, path=socket_path) if socket_path else _server(pages, *_address(config))
    except OSError as error:
        _LOG.error("the page cannot listen: %s", error.strerror)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    if renewal is not None:
        renewal.start()
    _serve(pages, server, run / "web.url")
    return 0


def _serve(pages: Pages, server: WebServer, url_file: Path) -> None:
    pages.start()
    _publish(url_file, server.url)
    try:
        server.serve(on_stop=pages.stop)
    finally:
        if url_file.exists() and url_file.read_text().strip() == server.url:
            url_file.unlink(missing_ok=True)


def _address(config: Path) -> tuple[str, int]:
    """From the gateway; from the file while it is down."""
    try:
        with ControlClient(config / "run" / "gateway.sock", _ASK_GATEWAY_S) as gateway:
            address, port = (
                gateway.call("settings.get", path="web/address"),
                gateway.call("settings.get", path="web/port"),
            )
        if isinstance(address, str) and isinstance(port, int):
            return address, port
    except (Unreachable, Refused, Fault) as error:
        _LOG.debug("the gateway does not tell where the page listens: %s", error)
    web = read_settings(config / "settings.json").web
    return web.address, web.port


def _server(pages: Pages, address: str, port: int) -> WebServer:
    """At the port that is set, or any free one when another program keeps it: a page elsewhere beats none."""
    until = time.monotonic() + _PORT_PATIENCE_S
    while True:
        try:
            return WebServer(pages.wsgi, address, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        if time.monotonic() > until:
            _LOG.warning("port %d is used by another program: the page takes another", port)
            return WebServer(pages.wsgi, address, 0)
        time.sleep(_PORT_RETRY_S)


def _publish(path: Path, url: str) -> None:
    """Whole or not at all: others wait for this file to appear. A page on a full card says what is wrong."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(url + "\n")
        temporary.replace(path)
    except OSError as error:
        _LOG.warning("the page is at %s; %s cannot be written: %s", url, path, error.strerror)
    else:
        _LOG.info("the page is at %s", url)
