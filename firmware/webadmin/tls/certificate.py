"""The box's own certificate, and one that somebody brings. Knows no nginx."""

import os
import re
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from firmware.control import Refused
from firmware.fingerprint import fingerprint
from firmware.settings.durable import DurableFile
from firmware.webadmin.language import _

LIFE_DAYS = 397  # browsers take no more (CA/Browser Forum BR sect. 6.3.2)
RENEW_DAYS = 60  # before its end: a box that is off for a month comes back in time
_NAMES_MAX = 50
_PEM_BYTES_MAX = 64 * 1024  # a chain of five with a key of 4096 bits has 12 KB
_OPENSSL_S = 20.0  # a Pi Zero makes a key in one
_NAME = re.compile(r"[A-Za-z0-9*._:-]{1,253}")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is told of a certificate. `fingerprint` is SHA-256, as browsers show it."""

    fingerprint: str
    names: tuple[str, ...]
    begins_s: float
    ends_s: float
    is_own: bool


class Certificates:
    """`cert.pem` (with its chain) and `key.pem` in `folder`, mode 0600: always a pair that works.

    `clock` tells wall time: a Pi wakes up with a wrong one, so that `ensure` is to be called every hour.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self.cert = folder / "cert.pem"
        self.key = folder / "key.pem"
        self._own = folder / "own"  # exists while the certificate is one that we made

    def ensure(self, names: Iterable[str]) -> bool:
        """Make or renew what has to be; says whether nginx has to read it anew. Raises OSError.

        One that somebody brought stays until it has run out: then our own takes its place.
        """
        wanted = tuple(sorted({name for name in names if _NAME.fullmatch(name)}))[:_NAMES_MAX]
        present = self.present()
        if present is not None and self._is_fit(present, wanted):
            return False
        self._make(wanted)
        return True

    def present(self) -> Certificate | None:
        """What is in use; None when there is none that works."""
        try:
            return _read(self.cert, self.key, self._own.exists())
        except (OSError, ssl.SSLError, ValueError, subprocess.SubprocessError):
            return None

    def replace(self, chain: bytes, key: bytes) -> Certificate:
        """Use one that somebody brings. It is tried first; raises Refused, and then all is as it was."""
        if len(chain) > _PEM_BYTES_MAX or len(key) > _PEM_BYTES_MAX:
            raise Refused(_("This is no certificate: it is far too large."))
        if b"ENCRYPTED" in key:
            raise Refused(_("The key is locked with a passphrase. Please bring it without one."))
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            new_chain, new_key = Path(folder, "cert.pem"), Path(folder, "key.pem")
            _write(new_chain, chain)
            _write(new_key, key)
            tried = self._tried(new_chain, new_key)
        self._keep(chain, key, is_own=False)
        return tried

    def _tried(self, chain: Path, key: Path) -> Certificate:
        try:
            tried = _read(chain, key, False)
            _shake_hands(chain, key)
        except (OSError, ssl.SSLError, ValueError, subprocess.SubprocessError) as error:
            raise Refused(_("Certificate and key do not work together. Are both in PEM, and of one pair?")) from error
        if not tried.begins_s <= self._clock() < tried.ends_s:
            raise Refused(_("The certificate is not valid now. Is it the new one, and is the clock right?"))
        return tried

    def _is_fit(self, present: Certificate, wanted: tuple[str, ...]) -> bool:
        left_s = present.ends_s - self._clock()
        if not present.is_own:
            return left_s > 0
        is_timely = present.begins_s <= self._clock() and left_s > RENEW_DAYS * 86400
        return is_timely and set(wanted) <= set(present.names)

    def _make(self, names: tuple[str, ...]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        alternatives = ",".join(f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in names) or "DNS:localhost"
        common = next((name for name in names if not _is_address(name)), "twinline")[:64]  # RFC 5280 app. A: 64
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            key, cert = Path(folder, "key.pem"), Path(folder, "cert.pem")
            _openssl(
                *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256"),
                *("-days", str(LIFE_DAYS), "-subj", f"/CN={common}", "-addext", f"subjectAltName={alternatives}"),
                *("-addext", "extendedKeyUsage=serverAuth", "-keyout", str(key), "-out", str(cert)),
            )
            self._keep(cert.read_bytes(), key.read_bytes(), is_own=True)

    def _keep(self, chain: bytes, key: bytes, *, is_own: bool) -> None:
        """The key first: a cut in between leaves a pair that does not fit, which `ensure` then makes anew."""
        DurableFile(self.key).replace(key)
        DurableFile(self.cert).replace(chain)
        if is_own:
            self._own.touch(mode=0o600)
        else:
            self._own.unlink(missing_ok=True)


def _read(cert: Path, key: Path, is_own: bool) -> Certificate:
    """Raises OSError, ssl.SSLError (not a pair), ValueError, SubprocessError."""
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password=lambda: "")
    told = _openssl("x509", "-in", str(cert), "-noout", "-startdate", "-enddate", "-ext", "subjectAltName")
    begins = re.search(r"notBefore=(.*)", told)
    ends = re.search(r"notAfter=(.*)", told)
    if begins is None or ends is None:
        raise ValueError("no dates")
    return Certificate(
        fingerprint(cert.read_text(errors="replace")),
        tuple(sorted(name.lower() for name in re.findall(r"(?:DNS|IP Address):([^,\s]+)", told))),
        ssl.cert_time_to_seconds(begins[1].strip()),
        ssl.cert_time_to_seconds(ends[1].strip()),
        is_own,
    )


def _shake_hands(cert: Path, key: Path) -> None:
    """A whole TLS handshake in memory: what OpenSSL takes here, nginx takes too. Raises ssl.SSLError."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(cert, key, password=lambda: "")
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_context.check_hostname, client_context.verify_mode = False, ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    client = client_context.wrap_bio(to_client, to_server)
    for _round in range(5):  # TLS 1.2 takes two round trips
        finished = [_step(client), _step(server)]
        if all(finished):
            return
    raise ssl.SSLError("the handshake does not end")


def _step(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _is_address(name: str) -> bool:
    return ":" in name or re.fullmatch(r"[0-9.]+", name) is not None


def _write(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)


def _openssl(*arguments: str) -> str:
    """Its output; raises OSError, SubprocessError."""
    done = subprocess.run(
        ["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=_OPENSSL_S, check=True
    )
    return done.stdout.decode("utf-8", "replace")
