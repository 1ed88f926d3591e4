"""Makes what nginx needs before it starts, and keeps the certificate fresh. Knows no page."""

import logging
import subprocess
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from firmware.webadmin.tls.certificate import Certificates
from firmware.webadmin.tls.nginx import Plan, configuration

_LOG = logging.getLogger(__name__)

_EVERY_S = 3600.0  # the clock of a Pi is right some time after the start, and addresses change


def certificates_of(config: Path) -> Certificates:
    """The certificates of the box at `config`."""
    return Certificates(config / "tls")


def prepare(config: Path, names: Iterable[str], *, user: str, is_foreground: bool) -> Path:
    """A certificate that works, and `run/nginx.conf`, whose path is returned. Raises OSError, SubprocessError."""
    certificates = certificates_of(config)
    certificates.ensure(names)
    run = config / "run"
    run.mkdir(mode=0o750, parents=True, exist_ok=True)
    plan = Plan(run, run / "web.sock", certificates.cert, certificates.key, user=user, is_foreground=is_foreground)
    path = run / "nginx.conf"
    path.write_text(configuration(plan))
    return path


class Renewal:
    """Looks at the certificate once an hour; `on_change` lets nginx read it anew."""

    def __init__(
        self, certificates: Certificates, names: Callable[[], Iterable[str]], on_change: Callable[[], None]
    ) -> None:
        self._certificates = certificates
        self._names = names
        self._on_change = on_change
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="web-certificate", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for the thread."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._certificates.ensure(self._names()):
                    _LOG.info("a new certificate was made")
                    self._on_change()
            except (OSError, subprocess.SubprocessError) as error:
                _LOG.error("the certificate cannot be renewed: %s", error)
            self._stopping.wait(_EVERY_S)
